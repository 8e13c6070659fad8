"""Two workers, one database: each generation has one writer, and one that was given up for dead writes nothing."""

import contextlib
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes.harness import OF_GENERATION, Model, Program, Server, assert_numbered, environment, log_lines, query, wait_until
from tests.processes.reader import Reader

pytestmark = pytest.mark.crash


WORDS = 50


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(tmp_path_factory.mktemp("model"), words=WORDS, rate=25) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Server]:
    """The web process alone: each test brings its own workers."""
    with Server(tmp_path_factory.mktemp("workers") / "data", command=("web", "--upgrade"), LIMITS="off", **model.settings) as running:
        yield running


@contextlib.contextmanager
def _workers(server: Server, model: Model, count: int, **settings: object) -> Iterator[list[Program]]:
    env = environment(server.data, **settings, **model.settings)
    before = len(_registered(server))
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(Program(server.data.parent / f"worker-{number}", "storybot", "worker", env=env)) for number in range(count)]
        wait_until(lambda: len(_registered(server)) == before + count, 15, "the workers' registration")
        yield programs


def _registered(server: Server) -> list[int]:
    return [row[0] for row in query(server.data, "SELECT pid FROM workers WHERE lost_at IS NULL")]


def _starts(server: Server) -> dict[str, list[int]]:
    """Which processes began each generation, in order."""
    found: dict[str, list[int]] = {}
    for line in log_lines(server.data):
        if line["message"] == "generation started":
            found.setdefault(line["storybot.generation.id"], []).append(line["process.pid"])
    return found


def _pause(program: Program, server: Server) -> None:
    """Stop the process in its tracks, but not while it holds SQLite's write lock: a machine that loses a process in
    that very moment is not what is shown here, and nobody at all could write then."""
    while True:
        program.send(signal.SIGSTOP)
        wait_until(lambda: Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T", 5, "the pause")
        with contextlib.closing(sqlite3.connect(server.data / "storybot.sqlite3", timeout=0.2, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                program.send(signal.SIGCONT)
                continue
        return


def _log(server: Server, generation_id: str) -> list[tuple[Any, ...]]:
    return query(server.data, f"SELECT seq, kind, text FROM token_log WHERE {OF_GENERATION} ORDER BY position", generation_id)


def _assert_written_once(server: Server, generation_id: str) -> None:
    rows = _log(server, generation_id)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[1] for row in rows[-2:]] == ["text", "end"]
    text = "".join(row[2] for row in rows[:-1])
    assert_numbered(text, WORDS)
    assert query(server.data, "SELECT p.text FROM passages p JOIN generations g ON g.passage_id = p.id WHERE g.id = ?", generation_id) == [(text,)]


def test_each_of_thirty_generations_has_one_winner(server: Server, model: Model) -> None:
    with _workers(server, model, 2) as workers:
        for worker in workers:
            _pause(worker, server)
        ids = [server.tell()["generation"]["id"] for _ in range(30)]
        for worker in workers:
            worker.send(signal.SIGCONT)
        for generation_id in ids:
            assert server.ended(generation_id)["state"] == "done"

        # And one at a time, while both look for work: over and over they reach for the same one.
        for _ in range(10):
            told = [server.tell()["generation"]["id"] for _ in range(10)]
            ids += [server.ended(generation_id)["id"] for generation_id in told]
            shares = Counter(pids[0] for pids in _starts(server).values())
            if set(shares) == {worker.pid for worker in workers}:
                break
        for generation_id in ids:
            _assert_written_once(server, generation_id)
        starts = _starts(server)
        assert {generation_id: len(starts[generation_id]) for generation_id in ids} == dict.fromkeys(ids, 1)
        print(f"{len(ids)} generations, shares {sorted(shares.values())}")
        assert set(shares) == {worker.pid for worker in workers}, "one worker did everything: they never competed"


def test_a_worker_that_slept_beyond_its_lease_cannot_append_and_starts_over(server: Server, model: Model) -> None:
    with _workers(server, model, 1, LEASE_S=1) as (sleeper,):
        readers = [Reader(server, server.tell()) for _ in range(6)]
        for reader in readers:
            reader.start()
        for reader in readers:
            wait_until(lambda one=reader: one.last_id >= 5, 15, "the first words")
        _pause(sleeper, server)
        slept_at = {reader.generation_id: len(_log(server, reader.generation_id)) for reader in readers}
        with _workers(server, model, 1, LEASE_S=1) as (heir,):
            for reader in readers:
                wait_until(lambda one=reader: len(_log(server, one.generation_id)) > slept_at[one.generation_id] + 3, 15, "the heir's words")
            # The sleeper holds words that it had read before it fell asleep; all are written by another by now.
            sleeper.send(signal.SIGCONT)
            gave_up = "this worker was given up for dead; starting over"
            wait_until(
                lambda: any(line["message"] == gave_up and line["process.pid"] == sleeper.pid for line in log_lines(server.data)), 10, "its insight"
            )
            for reader in readers:
                assert reader.finish().terminal is not None
                assert server.generation(reader.generation_id)["state"] == "done"
                _assert_written_once(server, reader.generation_id)
                assert reader.text == server.text(reader.story["id"])
            starts = _starts(server)
            assert [starts[reader.generation_id] for reader in readers] == [[sleeper.pid, heir.pid]] * len(readers)
            wait_until(lambda: set(_registered(server)) == {sleeper.pid, heir.pid}, 5, "the sleeper's new registration")
        assert heir.wait() == 0
        assert sleeper.process is not None
        assert sleeper.process.poll() is None
        story = server.tell()
        assert server.ended(story["generation"]["id"])["state"] == "done"
        assert _starts(server)[story["generation"]["id"]] == [sleeper.pid]
        _assert_written_once(server, story["generation"]["id"])


def test_a_killed_worker_is_noticed_before_its_lease_ends(server: Server, model: Model) -> None:
    with _workers(server, model, 2, LEASE_S=60) as workers:
        reader = Reader(server, server.tell())
        reader.start()
        wait_until(lambda: reader.last_id >= 5, 15, "the first words")
        [writer] = _starts(server)[reader.generation_id]
        os.kill(writer, signal.SIGKILL)
        other = next(worker.pid for worker in workers if worker.pid != writer)
        wait_until(lambda: _starts(server)[reader.generation_id] == [writer, other], 20, "the other worker, well within the lease")
        reader.finish()
        _assert_written_once(server, reader.generation_id)
        assert reader.breaks == 0
