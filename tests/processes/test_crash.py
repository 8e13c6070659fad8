"""Nothing read is ever lost: kill -9 at random moments, of everything, while many stories are written and read."""

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.processes.harness import OF_GENERATION, Model, Server, assert_numbered, children, is_alive, is_free, log_lines, query, wait_until
from tests.processes.reader import Reader

pytestmark = pytest.mark.crash

#: kill -9 signals that must reach a running process; a moment at which both are killed counts two.
KILLS = 60
TELLERS = 40
TARGETS = (("worker",), ("web",), ("worker", "web"), ("worker", "web"))
#: So many more events read since the last kill show that all stand on their feet again.
RECOVERED_EVENTS = 60
#: On a busy machine recovery takes its time; after so many seconds the rest of the kills waits for it no more.
PATIENCE_S = 50.0


class Teller(threading.Thread):
    """Tells one story after the other and reads each to its end, until told to finish; every third reader has a
    companion who comes along and closes the page in the middle."""

    def __init__(self, server: Server, number: int, finishing: threading.Event) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._number = number
        self._finishing = finishing
        self.readers: list[Reader] = []
        self.leavers: list[Reader] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._finishing.is_set():
                self._tell_one()
        except BaseException as failure:
            self.failure = failure

    def _tell_one(self) -> None:
        key = f"teller {self._number}, story {len(self.readers)}"
        story = self._server.tell(key=key)
        reader = Reader(self._server, story)
        self.readers.append(reader)
        reader.start()
        if self._number % 3 == 0:
            leaver = Reader(self._server, story, leave_after=random.Random(key).randint(1, 60))
            self.leavers.append(leaver)
            leaver.start()
        reader.finish(110)


def _kill_all(server: Server, tellers: list[Teller], chance: random.Random) -> int:
    """Kill -9 at random moments, some after all have recovered and are in the midst of writing, some while they may
    still be starting. Returns how many signals were sent, each to a running process."""
    kills = 0
    patience_ends = time.monotonic() + PATIENCE_S
    while kills < KILLS:
        if chance.random() < 0.5 and time.monotonic() < patience_ends:
            before = _events(tellers)
            wait_until(lambda than=before: _events(tellers) > than + RECOVERED_EVENTS, 30, "readers who read on after a kill")
        time.sleep(chance.uniform(0, 0.5))  # the random moment is the point
        pids = [server.child(role) for role in chance.choice(TARGETS)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        kills += len(pids)
    return kills


def _events(tellers: list[Teller]) -> int:
    for teller in tellers:
        if teller.failure is not None:
            raise teller.failure
    return sum(len(reader.events) for teller in tellers for reader in teller.readers)


def _state(server: Server, reader: Reader) -> Any:
    shown = server.generation(reader.generation_id)
    assert shown["state"] in {"done", "failed"}, shown
    return shown


def _assert_whole(server: Server, words: int, reader: Reader) -> str:
    """The reader has exactly what is stored, in pieces that follow each other in the log too. Returns how it ended."""
    shown = _state(server, reader)
    stored = server.text(reader.story["id"])
    assert reader.text == stored
    assert reader.terminal is not None
    assert reader.terminal.name == shown["state"]
    assert reader.terminal.data["last_seq"] == shown["last_seq"] == reader.last_id
    assert_numbered(stored, words if shown["state"] == "done" else None)
    if shown["state"] == "failed":
        assert shown["problem"]["type"].endswith(":engine-gave-up")
    log = query(server.data, f"SELECT seq, kind, text FROM token_log WHERE {OF_GENERATION} ORDER BY position", reader.generation_id)
    assert [row[0] for row in log] == list(range(1, shown["last_seq"] + 2))
    assert [row[1] for row in log] == ["text"] * shown["last_seq"] + ["end"]
    assert "".join(row[2] for row in log[:-1]) == stored
    state: str = shown["state"]
    return state


def test_sixty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    finishing = threading.Event()
    with Model(tmp_path, words=150, rate=40) as model, Server(tmp_path / "data", LIMITS="off", LEASE_S=5, **model.settings) as server:
        tellers = [Teller(server, number, finishing) for number in range(TELLERS)]
        for teller in tellers:
            teller.start()
        began = time.monotonic()
        kills = _kill_all(server, tellers, chance)
        killed_s = time.monotonic() - began
        finishing.set()
        for teller in tellers:
            teller.join(60)
            assert not teller.is_alive(), "a story never came to its end"
            if teller.failure is not None:
                raise teller.failure
        readers = [reader for teller in tellers for reader in teller.readers]
        states = [_assert_whole(server, model.words, reader) for reader in readers]
        leavers = [leaver.finish() for teller in tellers for leaver in teller.leavers]
        for leaver in leavers:
            stored = server.text(leaver.story["id"])
            assert stored.startswith(leaver.text)
        stories = query(server.data, "SELECT count(*) FROM stories")[0][0]
        resumed = [line for line in log_lines(server.data) if line["message"] == "generation started" and line["storybot.resumed_chars"]]
        breaks = sum(reader.breaks for reader in readers)
        print(
            f"{kills} kills in {killed_s:.0f} s, {len(readers)} generations ({states.count('failed')} failed), "
            f"{breaks} broken streams, {len(resumed)} resumed"
        )
        assert server.output.count("ended with status -9; starting it again") >= kills - 2
        assert len(readers) >= 40
        assert stories == len(readers), "a repeated request made a second story"
        assert len(resumed) >= 30, "the kills hardly hit a generation that had text"
        assert breaks >= 30, "the kills hardly hit an open stream"
        assert states.count("done") >= 0.8 * len(states)


def _ended(pids: list[int]) -> bool:
    return not any(is_alive(pid) for pid in pids)


def _following(server: Server, count: int) -> list[Reader]:
    """Readers of `count` new stories, each of which has some text already."""
    readers = [Reader(server, server.tell()) for _ in range(count)]
    for reader in readers:
        reader.start()
    for reader in readers:
        wait_until(lambda one=reader: one.last_id >= 5, 15, "the first words")
    return readers


def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with Model(tmp_path, words=40, rate=15) as model, Server(tmp_path / "data", **model.settings) as server:
        readers = _following(server, 5)
        pids = list(children(server.pid).values())
        assert len(pids) == 2
        server.send(signal.SIGKILL)
        server.wait()
        try:
            wait_until(lambda: _ended(pids), 10, "the end of the orphaned children")
        finally:
            for pid in filter(is_alive, pids):  # a failure must not leave them behind
                os.kill(pid, signal.SIGKILL)
        assert is_free(server.port)
        server.start()
        for reader in readers:
            reader.finish()
            assert _assert_whole(server, model.words, reader) == "done"
            assert reader.breaks > 0


def test_sigterm_ends_cleanly_and_leaves_generations_that_the_next_start_resumes(tmp_path: Path) -> None:
    with Model(tmp_path, words=40, rate=15) as model, Server(tmp_path / "data", **model.settings) as server:
        readers = _following(server, 5)
        pids = list(children(server.pid).values())
        began = time.monotonic()
        server.send(signal.SIGTERM)
        assert server.wait() == 0
        seconds = time.monotonic() - began
        print(f"SIGTERM to the end: {seconds:.1f} s")
        assert seconds < 10
        assert _ended(pids)
        assert is_free(server.port)
        assert "Traceback" not in server.output
        rows = query(server.data, "SELECT state, worker_id FROM generations")
        assert rows == [("queued", None)] * 5
        assert query(server.data, "SELECT count(*) FROM workers") == [(0,)]
        for reader in readers:
            kept = "".join(
                row[0] for row in query(server.data, f"SELECT text FROM token_log WHERE {OF_GENERATION} ORDER BY seq", reader.generation_id)
            )
            assert_numbered(kept)
            assert kept.startswith(reader.text)
            assert reader.text
        server.start()
        for reader in readers:
            reader.finish()
            assert _assert_whole(server, model.words, reader) == "done"
