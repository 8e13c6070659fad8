"""The readers of a stream, as the tail sees them: where a piece goes, and how it gets onto the connection.

`QueueReader` is for any WSGI server: the piece waits in a queue until the request's thread or greenlet takes it.
`DirectReader` is for our own gevent server: the tail writes the piece straight to the socket, so that no greenlet has to
be woken for it, which is most of what a piece costs. Only when the socket takes no more does it go the long way round.
"""

import queue
import threading
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, Protocol

#: After this long without an event a comment keeps the connection open, in seconds.
KEEP_ALIVE_S = 15.0
COMMENT = b": still here\n\n"
#: A reader who has fallen behind by more events than this is cut off; it comes back and resumes where it was.
MAX_BEHIND = 10_000


class Rendered(NamedTuple):
    """One piece as an event: its number and its bytes. `ended`: for the last one, the state that the generation ended in."""

    seq: int
    event: bytes
    ended: str | None = None


class Ending(NamedTuple):
    """The end of a stream: the state that the generation ended in, and the number of its last piece of text."""

    state: str
    last_seq: int


#: Tells a reader to hang up without an end, so that the browser comes back.
CUT = Rendered(-1, b"")


class Reader(Protocol):
    """What the tail hands pieces to."""

    def put(self, rendered: Rendered) -> None:
        """Take a piece; never waits."""

    def stream(self, after: int) -> Iterator[bytes | Ending]:
        """Bytes of the events after piece `after`, each exactly once and in order; then how it ended.

        Returns without an end when the reader has to come back: it fell behind, or the tail broke off.
        """


class Run:
    """The pieces that may be sent next: those right after `after`, of what a reader was handed."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.ending: Ending | None = None
        self.broken = False

    def accept(self, rendered: Rendered) -> bytes:
        """The bytes to send for this piece; nothing for one that was sent before, or when it ends or breaks the run.

        A gap cannot come from the log; if it ever does, the reader comes back and reads it there.
        """
        if rendered is CUT or rendered.seq > self.after + 1:
            self.broken = True
        elif rendered.ended:
            self.ending = Ending(rendered.ended, rendered.seq - 1)
        elif rendered.seq == self.after + 1:
            self.after = rendered.seq
            return rendered.event
        return b""

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self.broken or self.ending is not None


class QueueReader:
    """A reader whose own thread or greenlet takes the pieces from a queue."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Rendered] = queue.SimpleQueue()

    def put(self, rendered: Rendered) -> None:
        behind = self._queue.qsize()
        if behind < MAX_BEHIND:
            self._queue.put(rendered)
        elif behind == MAX_BEHIND:
            self._queue.put(CUT)

    def stream(self, after: int) -> Iterator[bytes | Ending]:
        run = Run(after)
        while not run.over:
            try:
                chunks = [run.accept(self._queue.get(timeout=KEEP_ALIVE_S))]
            except queue.Empty:
                yield COMMENT
                continue
            while not run.over and not self._queue.empty():
                chunks.append(run.accept(self._queue.get()))
            if chunk := b"".join(chunks):
                yield chunk
        if run.ending:
            yield run.ending


class Line(Protocol):
    """A connection that can be written to from outside its own greenlet."""

    def send_now(self, content: bytes) -> bytes:
        """Send, without waiting; returns what the connection did not take. Raises: OSError when it is gone."""

    def send_rest(self, rest: bytes) -> None:
        """Send what `send_now` left, waiting for the connection to take it. Raises: OSError when it is gone."""


class DirectReader:
    """A reader to whose connection the tail writes. Its parts run in greenlets of one thread, which switch only where
    they wait: what stands between two waits cannot be interrupted."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._held: deque[Rendered] | None = deque()  # None: pieces go straight to the line
        self._rest = b""
        self._run = Run(0)
        self._wake = threading.Event()

    def put(self, rendered: Rendered) -> None:
        if self._held is None:
            event = self._run.accept(rendered)
            if event:
                self._send(event)
            elif self._run.over:
                self._wake.set()
        elif len(self._held) < MAX_BEHIND:
            self._held.append(rendered)
        elif len(self._held) == MAX_BEHIND:
            self._held.append(CUT)

    def _send(self, content: bytes) -> None:
        try:
            self._rest = self._line.send_now(content)
        except OSError:
            self._run.broken = True
            self._wake.set()
            return
        if self._rest:
            self._held = deque()
            self._wake.set()

    def stream(self, after: int) -> Iterator[bytes | Ending]:
        run = self._run = Run(after)
        while not run.over:
            if self._rest:
                rest, self._rest = self._rest, b""
                self._line.send_rest(rest)
            while self._held and not run.over:
                yield b"".join(run.accept(self._held.popleft()) for _ in range(len(self._held)) if not run.over)
            if not run.over:
                self._held = None
                self._wait(run)
        if run.ending:
            yield run.ending

    def _wait(self, run: Run) -> None:
        self._wake.clear()
        while self._held is None and not run.over:
            if not self._wake.wait(KEEP_ALIVE_S) and self._held is None and not run.over:
                self._send(COMMENT)
