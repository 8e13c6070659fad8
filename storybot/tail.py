"""One tail a web process: it reads what the worker has committed and hands it to whoever reads along.

The tail looks only while somebody listens. A look is `PRAGMA data_version`; when it has changed, one query fetches the
new rows of all generations, and each row becomes the bytes of one server-sent event once, however many read it.
Works with threads as well as with gevent's greenlets (which stand in for threads in the web process).
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, func, select

from storybot import generations, metrics
from storybot.generations import END, Piece
from storybot.models import Token, table

log = logging.getLogger(__name__)

#: How often the tail looks while somebody listens, in seconds.
LOOK_S = 0.004
#: After this long without an event a comment keeps the connection open, in seconds.
KEEP_ALIVE_S = 15.0
#: A reader who has fallen behind by more events than this is cut off; it comes back and resumes where it was.
MAX_BEHIND = 10_000

_tokens = table(Token)
_encode = msgspec.json.encode


class Rendered(NamedTuple):
    """One piece as an event: its number, its bytes, and whether it is the last one."""

    seq: int
    event: bytes
    is_end: bool


class _Text(msgspec.Struct):
    text: str


Reader = queue.SimpleQueue[Rendered]


def render_text(piece: Piece) -> Rendered:
    """A `text` event. Source: WHATWG HTML, 9.2 Server-sent events."""
    return Rendered(piece.seq, b"id: %d\nevent: text\ndata: %b\n\n" % (piece.seq, _encode(_Text(piece.text))), False)


class Tail:
    """Follows the token log for all readers of this process. `engine`: where the log is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers: dict[str, tuple[Reader, ...]] = {}  # tuples, so that one being walked over never changes
        self._lock = threading.Lock()
        self._running = False

    def subscribe(self, generation_id: str) -> Reader:
        """A queue that gets every piece committed from now on (and maybe some just before)."""
        reader: Reader = queue.SimpleQueue()
        with self._lock:
            self._readers[generation_id] = (*self._readers.get(generation_id, ()), reader)
            if not self._running:
                self._running = True
                follower = _Follower(self._engine)  # it stands at the log's end before this call returns
                threading.Thread(target=self._follow, args=(follower,), name="tail", daemon=True).start()
        metrics.OPEN_STREAMS.inc()
        return reader

    def unsubscribe(self, generation_id: str, reader: Reader) -> None:
        """The reader has gone."""
        with self._lock:
            readers = tuple(one for one in self._readers[generation_id] if one is not reader)
            if readers:
                self._readers[generation_id] = readers
            else:
                del self._readers[generation_id]
        metrics.OPEN_STREAMS.dec()

    def _follow(self, follower: "_Follower") -> None:
        try:
            while True:
                with self._lock:
                    if not self._readers:
                        self._running = False
                        return
                for generation_id, piece in follower.new_pieces():
                    readers = self._readers.get(generation_id)
                    if readers:
                        self._hand_out(readers, piece)
                time.sleep(LOOK_S)
        except Exception:
            log.exception("the tail broke off")
            with self._lock:
                self._running = False
                for readers in self._readers.values():
                    for reader in readers:
                        reader.put(_CUT)  # they come back, and a new tail begins
        finally:
            follower.close()

    def _hand_out(self, readers: tuple[Reader, ...], piece: Piece) -> None:
        rendered = Rendered(piece.seq, b"", True) if piece.kind == END else render_text(piece)
        for reader in readers:
            if reader.qsize() < MAX_BEHIND:
                reader.put(rendered)
            elif reader.qsize() == MAX_BEHIND:
                reader.put(_CUT)


#: Tells a reader to hang up without an end, so that the browser comes back.
_CUT = Rendered(-1, b"", False)


class _Follower:
    """A connection that stands at a place in the log."""

    def __init__(self, engine: Engine) -> None:
        self._connection: Connection = engine.connect()
        self._version = -1
        with self._connection.begin():
            self._position: int = self._connection.scalar(select(func.max(_tokens.c.position))) or 0
        self._query = (
            select(_tokens.c.position, _tokens.c.generation_id, _tokens.c.seq, _tokens.c.kind, _tokens.c.text)
            .order_by(_tokens.c.position)
            .limit(5000)
        )

    def new_pieces(self) -> Iterator[tuple[str, Piece]]:
        """The rows that came since the last call, in the order of their commits."""
        while self._has_changed():
            with self._connection.begin():
                rows = self._connection.execute(self._query.where(_tokens.c.position > self._position)).all()
            if not rows:
                return
            self._position = rows[-1].position
            for row in rows:
                yield row.generation_id, Piece(row.seq, row.kind, row.text)
            if len(rows) == 5000:
                self._version = -1

    def _has_changed(self) -> bool:
        raw = self._connection.connection.dbapi_connection
        if not isinstance(raw, sqlite3.Connection):
            return True
        version: int = raw.execute("PRAGMA data_version").fetchone()[0]
        changed, self._version = version != self._version, version
        return changed

    def close(self) -> None:
        self._connection.close()


def events(tail: Tail, engine: Engine, generation_id: str, after: int) -> Iterator[bytes | None]:
    """The generation's events after piece `after` as bytes, until its end has come; None stands for the end itself.

    First what is committed already, then what the tail brings; each piece exactly once, in order. Holds no database
    connection while it waits.
    """
    reader = tail.subscribe(generation_id)
    try:
        with engine.connect() as connection, connection.begin():
            known = generations.pieces_after(connection, generation_id, after)
        texts = [render_text(piece) for piece in known if piece.kind != END]
        if texts:
            yield b"".join(rendered.event for rendered in texts)
            after = texts[-1].seq
        if known and known[-1].kind == END:
            yield None
            return
        yield from _live(reader, after)
    finally:
        tail.unsubscribe(generation_id, reader)


def _live(reader: Reader, after: int) -> Iterator[bytes | None]:
    while True:
        try:
            rendered = reader.get(timeout=KEEP_ALIVE_S)
        except queue.Empty:
            yield b": still here\n\n"
            continue
        chunk = []
        while True:
            if rendered is _CUT or rendered.seq > after + 1:
                return  # a gap cannot come from the log; if it ever does, the reader comes back and reads it there
            if rendered.is_end:
                break
            if rendered.seq == after + 1:
                chunk.append(rendered.event)
                after = rendered.seq
            try:
                rendered = reader.get_nowait()
            except queue.Empty:
                break
        if chunk:
            yield chunk[0] if len(chunk) == 1 else b"".join(chunk)
        if rendered.is_end:
            yield None
            return
