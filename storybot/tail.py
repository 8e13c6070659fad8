"""One tail a web process: it reads what the worker has committed and hands it to whoever reads along.

The tail looks only while somebody listens: when the worker's bell rings, and now and then besides. A look is `PRAGMA
data_version`; when it has changed, one query fetches the new rows of all generations, and each row becomes the bytes of
one server-sent event once, however many read it. Works with threads as well as with gevent's greenlets (which stand in
for threads in the web process).
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import msgspec
from sqlalchemy import Engine

from storybot import generations, metrics
from storybot.bell import Bell
from storybot.generations import END, Piece
from storybot.readers import CUT, DirectReader, Ending, Line, QueueReader, Reader, Rendered, Run
from storybot.settings import TAIL_BELL

log = logging.getLogger(__name__)

#: How often the tail looks while somebody listens and no bell rings, in seconds.
LOOK_S = 0.05
#: Rows that one query of the tail fetches at the most.
ROWS_A_LOOK = 5000

_NEW_ROWS = "SELECT position, generation, seq, kind, text FROM token_log WHERE position > ? ORDER BY position LIMIT ?"
_encode = msgspec.json.encode


class _Text(msgspec.Struct):
    text: str


def render(piece: Piece) -> Rendered:
    """A `text` event, or the end. Source: WHATWG HTML, 9.2 Server-sent events."""
    if piece.kind == END:
        return Rendered(piece.seq, b"", piece.text)
    return Rendered(piece.seq, b"id: %d\nevent: text\ndata: %b\n\n" % (piece.seq, _encode(_Text(piece.text))))


class Tail:
    """Follows the token log for all readers of this process. engine: where the log is; bells: where to hang the bell."""

    def __init__(self, engine: Engine, bells: Path) -> None:
        self._engine = engine
        self._bells = bells
        self._readers: dict[int, tuple[Reader, ...]] = {}  # tuples, so that one being walked over never changes
        self._lock = threading.Lock()
        self._running = False

    def subscribe(self, number: int, reader: Reader) -> None:
        """Hand the reader every piece that is committed from now on (and maybe some from just before)."""
        with self._lock:
            self._readers[number] = (*self._readers.get(number, ()), reader)
            if not self._running:
                try:
                    follower = _Follower(self._engine, self._bells)  # it stands at the log's end before this call returns
                except Exception:
                    self._forget(number, reader)
                    raise
                self._running = True
                threading.Thread(target=self._follow, args=(follower,), name="tail", daemon=True).start()
        metrics.OPEN_STREAMS.inc()

    def unsubscribe(self, number: int, reader: Reader) -> None:
        """The reader has gone."""
        with self._lock:
            self._forget(number, reader)
        metrics.OPEN_STREAMS.dec()

    def _forget(self, number: int, reader: Reader) -> None:
        readers = tuple(one for one in self._readers[number] if one is not reader)
        if readers:
            self._readers[number] = readers
        else:
            del self._readers[number]

    def _follow(self, follower: "_Follower") -> None:
        try:
            while True:
                with self._lock:
                    if not self._readers:
                        self._running = False
                        return
                for number, piece in follower.new_pieces():
                    readers = self._readers.get(number)
                    if readers:
                        rendered = render(piece)
                        for reader in readers:
                            reader.put(rendered)
                follower.bell.wait(LOOK_S)
        except Exception:
            log.exception("the tail broke off")
            with self._lock:
                self._running = False
                for readers in self._readers.values():
                    for reader in readers:
                        reader.put(CUT)  # they come back, and a new tail begins
        finally:
            follower.close()


class _Follower:
    """A connection that stands at a place in the log. It speaks to SQLite without SQLAlchemy: this is the hottest read."""

    def __init__(self, engine: Engine, bells: Path) -> None:
        self.bell = Bell(bells, TAIL_BELL)
        self._pooled = engine.raw_connection()
        self._connection = cast(sqlite3.Connection, self._pooled.dbapi_connection)
        self._version = -1
        self._position: int = self._connection.execute("SELECT coalesce(max(position), 0) FROM token_log").fetchone()[0]

    def new_pieces(self) -> Iterator[tuple[int, Piece]]:
        """Generations' numbers and pieces that were committed since the last call, in the order of their commits."""
        while self._has_changed():
            rows = self._connection.execute(_NEW_ROWS, (self._position, ROWS_A_LOOK)).fetchall()
            if not rows:
                return
            self._position = rows[-1][0]
            for _position, number, seq, kind, text in rows:
                yield number, Piece(seq, kind, text)
            if len(rows) == ROWS_A_LOOK:
                self._version = -1  # there may be more

    def _has_changed(self) -> bool:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        changed, self._version = version != self._version, version
        return changed

    def close(self) -> None:
        self.bell.close()
        self._pooled.close()


def events(tail: Tail, engine: Engine, number: int, after: int, line: Line | None = None) -> Iterator[bytes | Ending]:
    """The generation's events after piece `after` as bytes, until its end has come; then how it ended.

    First what is committed already, then what the tail brings; each piece exactly once, in order. Holds no database
    connection while it waits. line: the connection, where the tail may write to it itself.
    """
    reader: Reader = DirectReader(line) if line else QueueReader()
    tail.subscribe(number, reader)
    try:
        with engine.connect() as connection, connection.begin():
            known = generations.pieces_after(connection, number, after)
        run = Run(after)
        if chunk := b"".join([run.accept(render(piece)) for piece in known]):
            yield chunk
        if run.ending:
            yield run.ending
        else:
            yield from reader.stream(run.after)
    finally:
        tail.unsubscribe(number, reader)
