"""Readers of a stream: however the tail and the connection take turns, each piece is sent once, in order.

Both kinds switch only where they wait, so here whatever else happens meanwhile happens inside those waits, in one thread.
"""

import queue
from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storybot import readers
from storybot.generations import END, TEXT, Piece
from storybot.readers import COMMENT, CUT, DirectReader, Ending, QueueReader, Rendered, Run
from storybot.tail import render

Act = Callable[[], None]


class Turns:
    """What the others do, act by act, while the reader waits (None: it has waited long enough); after the last one it would hang."""

    def __init__(self) -> None:
        self.acts: deque[Act | None] = deque()

    def take(self) -> bool:
        """The next act; False when the waiting has been too long."""
        assert self.acts, "the reader waits for ever"
        act = self.acts.popleft()
        if act is not None:
            act()
        return act is not None


class WaitingEvent:
    def __init__(self, turns: Turns) -> None:
        self._turns, self._flag = turns, False

    def set(self) -> None:
        self._flag = True

    def clear(self) -> None:
        self._flag = False

    def wait(self, _seconds: float) -> bool:
        while not self._flag and self._turns.take():
            pass
        return self._flag


class WaitingQueue:
    def __init__(self, turns: Turns) -> None:
        self._turns, self._items = turns, deque[Rendered]()

    def put(self, item: Rendered) -> None:
        self._items.append(item)

    def qsize(self) -> int:
        return len(self._items)

    def empty(self) -> bool:
        return not self._items

    def get(self, timeout: float | None = None) -> Rendered:
        while not self._items:
            if timeout is None or not self._turns.take():
                raise queue.Empty
        return self._items.popleft()


class FakeLine:
    """A connection that takes so many bytes at a time as `takes` says, then everything."""

    def __init__(self, turns: Turns, takes: Iterator[int]) -> None:
        self.sent = bytearray()
        self.gone = False
        self._turns, self._takes = turns, takes

    def send_now(self, content: bytes) -> bytes:
        if self.gone:
            raise BrokenPipeError
        taken = next(self._takes, len(content))
        self.sent += content[:taken]
        return content[taken:]

    def send_rest(self, rest: bytes) -> None:
        if self._turns.acts:
            self._turns.take()
        if self.gone:
            raise BrokenPipeError
        self.sent += rest


class Stage:
    """A reader of either kind, and what it brought onto the connection."""

    def __init__(self, kind: str, takes: list[int] | None = None) -> None:
        self.turns = Turns()
        self.line = FakeLine(self.turns, iter(takes or []))
        real = readers.queue, readers.threading
        readers.queue = SimpleNamespace(SimpleQueue=lambda: WaitingQueue(self.turns), Empty=queue.Empty)  # type: ignore[assignment]
        readers.threading = SimpleNamespace(Event=lambda: WaitingEvent(self.turns))  # type: ignore[assignment]
        try:
            self.reader: Any = QueueReader() if kind == "queue" else DirectReader(self.line)
        finally:
            readers.queue, readers.threading = real

    def put(self, *seqs: int) -> Act:
        return lambda: [self.reader.put(piece(seq)) for seq in seqs] and None

    def read(self, after: int = 0, pause_s: int = 0) -> Ending | None:
        for number, chunk in enumerate(self.reader.stream(after)):
            if isinstance(chunk, Ending):
                return chunk
            if number < pause_s and self.turns.acts:
                self.turns.take()  # the server waits for the connection before it asks for more
            self.line.sent += chunk
        return None

    @property
    def events(self) -> bytes:
        return bytes(self.line.sent).replace(COMMENT, b"")


def piece(seq: int) -> Rendered:
    return render(Piece(seq, TEXT, f"Stück {seq}"))


def end(seq: int, state: str = "done") -> Rendered:
    return render(Piece(seq, END, state))


def expected(first: int, last: int) -> bytes:
    return b"".join(piece(seq).event for seq in range(first, last + 1))


both = pytest.mark.parametrize("kind", ["queue", "direct"])


def test_a_piece_is_one_event_on_one_line_whatever_it_holds() -> None:
    assert render(Piece(7, TEXT, 'Zeile\n\r"ü"\u2028')).event.decode() == 'id: 7\nevent: text\ndata: {"text":"Zeile\\n\\r\\"ü\\"\u2028"}\n\n'
    assert end(8, "stopped") == Rendered(8, b"", "stopped")


def test_a_run_sends_what_comes_next_and_nothing_else() -> None:
    run = Run(4)
    assert run.accept(piece(4)) == b""
    assert run.accept(piece(5)) == piece(5).event
    assert run.accept(piece(5)) == b""
    assert not run.over
    assert run.accept(end(6)) == b""
    assert run.ending == Ending("done", 5)


@pytest.mark.parametrize("gap", [piece(3), end(3), CUT])
def test_a_gap_breaks_the_run_and_is_no_end(gap: Rendered) -> None:
    run = Run(1)
    assert run.accept(gap) == b""
    assert run.over
    assert run.broken
    assert run.ending is None
    assert run.after == 1


@both
@given(data=st.data())
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_piece_once_in_order(kind: str, data: st.DataObject) -> None:
    last = data.draw(st.integers(0, 12), "last")
    after = data.draw(st.integers(0, last), "after")
    overlap = data.draw(st.integers(0, after), "first that it is handed") + 1
    stage = Stage(kind, data.draw(st.lists(st.integers(0, 30), max_size=12), "bytes that the connection takes"))
    handed = [piece(seq) for seq in range(overlap, last + 1)] + [end(last + 1)]
    for count in [*data.draw(st.lists(st.integers(0, 4), max_size=8), "at once"), len(handed)]:
        now, handed = handed[:count], handed[count:]
        stage.turns.acts.append((lambda now=now: [stage.reader.put(one) for one in now] and None) if now else None)  # type: ignore[misc]
    for _ in range(data.draw(st.integers(0, 2), "before it streams")):
        if stage.turns.acts:
            stage.turns.take()
    assert stage.read(after, pause_s=data.draw(st.integers(0, 5))) == Ending("done", last)
    assert stage.events == expected(after + 1, last)


@both
def test_a_reader_far_behind_is_cut_off_and_gets_what_came_before(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MAX_BEHIND", 3)
    stage = Stage(kind)
    stage.put(1, 2, 3, 4, 5, 6)()
    assert stage.read() is None
    assert stage.events == expected(1, 3)


@both
def test_a_gap_sends_the_reader_home(kind: str) -> None:
    stage = Stage(kind)
    stage.turns.acts.extend([stage.put(1), stage.put(3, 4)])
    assert stage.read() is None
    assert stage.events == expected(1, 1)


@both
def test_silence_is_filled_with_comments(kind: str) -> None:
    stage = Stage(kind)
    stage.turns.acts.extend([None, stage.put(1), None, None, lambda: stage.reader.put(end(2))])
    assert stage.read() == Ending("done", 1)
    assert bytes(stage.line.sent) == COMMENT + piece(1).event + COMMENT * 2


def test_a_comment_that_is_half_sent_is_finished_before_the_next_event() -> None:
    stage = Stage("direct", [5])
    stage.turns.acts.extend([None, stage.put(1), lambda: stage.reader.put(end(2))])
    assert stage.read() == Ending("done", 1)
    assert bytes(stage.line.sent) == COMMENT + piece(1).event


def test_a_connection_that_is_gone_ends_the_stream() -> None:
    stage = Stage("direct")

    def hang_up() -> None:
        stage.line.gone = True
        stage.reader.put(piece(2))
        stage.reader.put(piece(3))

    stage.turns.acts.extend([stage.put(1), hang_up])
    assert stage.read() is None
    assert stage.events == expected(1, 1)


def test_a_connection_that_goes_with_a_rest_left_says_so() -> None:
    stage = Stage("direct", [4])

    def hang_up() -> None:
        stage.line.gone = True

    stage.turns.acts.extend([stage.put(1), hang_up])
    with pytest.raises(BrokenPipeError):
        stage.read()
    assert piece(1).event.startswith(bytes(stage.line.sent))


def test_pieces_go_straight_to_a_free_connection() -> None:
    stage = Stage("direct")
    seen: list[bytes] = []

    def look() -> None:
        stage.reader.put(piece(1))
        seen.append(bytes(stage.line.sent))  # before the reader's own greenlet has run

    stage.turns.acts.extend([look, lambda: stage.reader.put(end(2, "failed"))])
    assert stage.read() == Ending("failed", 1)
    assert seen == [piece(1).event]
