"""The tail with real threads and real commits: whoever joins whenever reads every piece once, in order."""

import random
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storybot import generations, readers, stories
from storybot import tail as tail_module
from storybot.bell import ring
from storybot.brief import Brief
from storybot.db import writing
from storybot.generations import TEXT
from storybot.models import LOCAL_OWNER_ID
from storybot.readers import COMMENT, Ending
from storybot.settings import TAIL_BELL
from storybot.stories import Choice
from storybot.tail import Tail, events

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "LOOK_S", 0.002)


@pytest.fixture
def bells(tmp_path: Path) -> Path:
    return tmp_path / "bells"


@pytest.fixture
def tail(database: Engine, bells: Path) -> Iterator[Tail]:
    """A tail; after the test nobody may be subscribed any more and its thread has ended."""
    made = Tail(database, bells)
    yield made
    assert made._readers == {}
    for thread in threading.enumerate():
        if thread.name == "tail":
            thread.join(PATIENCE_S)
    assert not made._running


class Log:
    """The token log of one generation, written to as a worker does."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._seq = 0
        with Session(database) as session, writing(session):
            self.number = stories.create(session, LOCAL_OWNER_ID, Brief(prompt="A dragon"), Choice("storyteller")).generation.number

    def append(self, count: int = 1, *, also_end: str | None = None) -> None:
        with Session(self._database) as session, writing(session):
            rows = [(self.number, self._seq + one, TEXT, f"word {self._seq + one} ") for one in range(1, count + 1)]
            if rows:
                generations.append(session.connection(), rows)
            if also_end:
                generations.finish(session.connection(), self.number, also_end)
        self._seq += count


@pytest.fixture
def log(database: Engine) -> Log:
    return Log(database)


def numbers(content: bytes) -> list[int]:
    """The numbers of the events; each must carry its own text."""
    found = re.findall(rb'id: (\d+)\nevent: text\ndata: \{"text":"word (\d+) "\}\n\n', content)
    assert content.replace(COMMENT, b"").count(b"\n\n") == len(found)
    assert all(seq == word for seq, word in found)
    return [int(seq) for seq, _word in found]


def read(stream: Iterator[bytes | Ending]) -> tuple[list[int], Ending | None]:
    """Read a stream to its end."""
    content, ending = b"", None
    for chunk in stream:
        if isinstance(chunk, Ending):
            ending = chunk
        else:
            content += chunk
    return numbers(content), ending


@pytest.mark.parametrize("seed", range(4))
def test_readers_who_join_at_any_moment_read_everything_once(tail: Tail, database: Engine, log: Log, bells: Path, seed: int) -> None:
    chance, other, last = random.Random(seed), Log(database), 150
    reached = [threading.Event() for _ in range(last + 1)]
    reached[0].set()

    def write() -> None:
        seq = 0
        while seq < last:
            count = min(chance.choice([1, 1, 2, 7]), last - seq)
            log.append(count)
            other.append(1)
            if seed % 2:
                ring(bells, TAIL_BELL)
            for one in range(seq + 1, seq + count + 1):
                reached[one].set()
            seq += count
        log.append(0, also_end="done")
        other.append(0, also_end="stopped")

    def join(at: int, after: int) -> tuple[int, tuple[list[int], Ending | None]]:
        assert reached[at].wait(PATIENCE_S)
        return after, read(events(tail, database, log.number, after))

    with ThreadPoolExecutor(20) as pool:
        joining = [(at, chance.choice([0, chance.randint(0, at)])) for at in [0, 0, last, *(chance.randint(0, last) for _ in range(12))]]
        waiting = [pool.submit(join, at, after) for at, after in joining]
        pool.submit(write).result(PATIENCE_S * 2)
        for one in waiting:
            after, (seen, ending) = one.result(PATIENCE_S)
            assert seen == list(range(after + 1, last + 1))
            assert ending == Ending("done", last)


def test_a_finished_generation_is_read_without_waiting(tail: Tail, database: Engine, log: Log) -> None:
    log.append(3, also_end="failed")
    assert read(events(tail, database, log.number, 0)) == ([1, 2, 3], Ending("failed", 3))
    assert read(events(tail, database, log.number, 2)) == ([3], Ending("failed", 3))
    assert read(events(tail, database, log.number, 3)) == ([], Ending("failed", 3))


def test_more_rows_than_one_look_fetches(tail: Tail, database: Engine, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "ROWS_A_LOOK", 3)
    stream = events(tail, database, log.number, 0)
    log.append(1)
    first = next(stream)
    assert isinstance(first, bytes)
    assert numbers(first) == [1]
    log.append(17, also_end="done")
    assert read(stream) == (list(range(2, 19)), Ending("done", 18))


def test_nothing_that_is_not_committed_is_read(tail: Tail, database: Engine, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "KEEP_ALIVE_S", 0.03)
    log.append(1)
    stream = events(tail, database, log.number, 0)
    next(stream)
    with Session(database) as session, writing(session):
        generations.append(session.connection(), [(log.number, 2, TEXT, "word 2 ")])
        session.flush()
        assert [next(stream), next(stream)] == [COMMENT, COMMENT]
    assert isinstance(chunk := _next_event(stream), bytes)
    assert numbers(chunk) == [2]
    stream.close()  # type: ignore[attr-defined]


def _next_event(stream: Iterator[bytes | Ending]) -> bytes | Ending:
    return next(chunk for chunk in stream if chunk != COMMENT)


def test_silence_is_filled_with_comments(tail: Tail, database: Engine, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "KEEP_ALIVE_S", 0.001)
    stream = events(tail, database, log.number, 0)
    assert [next(stream) for _ in range(3)] == [COMMENT] * 3
    log.append(1, also_end="done")
    assert read(stream) == ([1], Ending("done", 1))


def test_a_stream_holds_no_connection_while_it_waits(tail: Tail, database: Engine, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "KEEP_ALIVE_S", 0.001)
    streams = [events(tail, database, log.number, 0) for _ in range(5)]
    before = database.pool.checkedout()  # type: ignore[attr-defined]
    for stream in streams:
        assert next(stream) == COMMENT
    assert database.pool.checkedout() == before + 1  # type: ignore[attr-defined]  # the tail's own
    for stream in streams:
        stream.close()  # type: ignore[attr-defined]


def test_whoever_leaves_is_forgotten_and_the_others_read_on(tail: Tail, database: Engine, log: Log) -> None:
    log.append(1)
    leaving, staying = events(tail, database, log.number, 0), events(tail, database, log.number, 0)
    next(leaving)
    next(staying)
    leaving.close()  # type: ignore[attr-defined]
    log.append(1, also_end="done")
    assert read(staying) == ([2], Ending("done", 2))


def test_a_tail_that_breaks_off_sends_readers_home_and_a_new_one_begins(
    tail: Tail, database: Engine, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = threading.Event()
    real: Callable[[Any], Any] = tail_module._Follower.new_pieces

    def new_pieces(follower: Any) -> Any:
        if broken.is_set():
            raise RuntimeError("the disk is gone")
        return real(follower)

    monkeypatch.setattr(tail_module._Follower, "new_pieces", new_pieces)
    log.append(2)
    stream = events(tail, database, log.number, 0)
    assert numbers(next(stream)) == [1, 2]  # type: ignore[arg-type]
    broken.set()
    assert read(stream) == ([], None)
    broken.clear()
    again = events(tail, database, log.number, 2)
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(read, again)
        log.append(3, also_end="done")
        assert seen.result(PATIENCE_S) == ([3, 4, 5], Ending("done", 5))


def test_the_tail_rests_when_nobody_reads(tail: Tail, database: Engine, log: Log, bells: Path) -> None:
    log.append(1, also_end="done")
    read(events(tail, database, log.number, 0))
    for thread in threading.enumerate():
        if thread.name == "tail":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
    assert list((bells / TAIL_BELL).iterdir()) == []


def test_a_tail_that_cannot_begin_leaves_nobody_waiting(database: Engine, bells: Path, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = Tail(database, bells)

    def refuse(*_args: Any) -> Any:
        raise OSError("too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(tail_module, "_Follower", refuse)
        with pytest.raises(OSError, match="too many"):
            next(events(tail, database, log.number, 0))
    monkeypatch.setattr(readers, "KEEP_ALIVE_S", 0.001)
    stream = events(tail, database, log.number, 0)
    assert next(stream) == COMMENT
    assert "tail" in {thread.name for thread in threading.enumerate()}, "nobody follows the log"
    log.append(1, also_end="done")
    assert read(stream) == ([1], Ending("done", 1))
    assert tail._readers == {}
