"""A stream can be taken up again at every single place, during the writing and long after the end."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from storybot import generations
from storybot.clock import now
from storybot.db import make_engine
from tests.processes.harness import OF_GENERATION, Model, Server, assert_numbered, call, query, wait_until
from tests.processes.reader import TERMINAL, Event, Reader, assert_contiguous, stream

WORDS = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("resume")
    with Model(folder, words=WORDS, rate=20) as model:
        settings = {**model.settings, "LIMITS": "off", "ENGINE_ATTEMPTS": 1}
        with Server(folder / "data", **settings) as running:
            yield running


@pytest.fixture(scope="module")
def finished(server: Server) -> Reader:
    return _done(server)


def _pieces_one_by_one(url: str, by: Literal["header", "query"]) -> list[Event]:
    """All events, read with a new connection for each: so it breaks after every single one."""
    events: list[Event] = []
    while not events or events[-1].name not in TERMINAL:
        after = len(events)
        connection = stream(url, after, by)
        with contextlib.suppress(http.client.HTTPException), contextlib.closing(connection):
            events.append(next(connection))
    return events


def _assert_everywhere(server: Server, reader: Reader) -> None:
    """From each place on, both ways of asking give exactly the rest and one end; beyond the end only the end."""
    url = server.url + reader.story["generation"]["events"]
    whole = reader.events
    last = len(whole) - 1
    for after in range(last + 3):
        for by in ("header", "query"):
            assert list(stream(url, after, by)) == whole[min(after, last) :], f"after={after} by {by}"
    assert list(stream(url, 10**17)) == whole[-1:]


def _fold(server: Server) -> int:
    engine = make_engine(f"sqlite:///{server.data / 'storybot.sqlite3'}")
    try:
        with engine.connect().execution_options(storybot_write=True) as connection, connection.begin():
            return generations.fold(connection, now() + timedelta(seconds=1))
    finally:
        engine.dispose()


def test_a_break_after_every_single_piece_loses_and_repeats_nothing(server: Server) -> None:
    story = server.tell()
    reader = Reader(server, story)
    reader.start()
    url = server.url + story["generation"]["events"]
    found: dict[str, list[Event]] = {}

    def read(by: Literal["header", "query"]) -> None:
        found[by] = _pieces_one_by_one(url, by)

    threads = [threading.Thread(target=read, args=(by,)) for by in ("header", "query")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    whole = reader.finish().events
    assert_numbered(reader.text, WORDS)
    assert reader.breaks == 0
    assert found == {"header": whole, "query": whole}


def test_readers_who_come_at_every_place_while_it_is_written(server: Server) -> None:
    story = server.tell()
    first = Reader(server, story)
    first.start()
    latecomers: list[tuple[int, list[Event]]] = []
    threads = []

    def come(after: int) -> None:
        latecomers.append((after, list(stream(server.url + story["generation"]["events"], after))))

    for after in range(WORDS):
        wait_until(lambda than=after: first.last_id > than, 60, f"piece {after + 1}", every_s=0.005)
        # One who has all that is there, one who has half, and one who claims to have what is not written yet.
        for place in (after, after // 2, after + 5):
            threads.append(threading.Thread(target=come, args=(place,)))
            threads[-1].start()
    first.finish()
    for thread in threads:
        thread.join(20)
    assert len(latecomers) == 3 * WORDS
    for after, events in latecomers:
        assert events == first.events[min(after, len(first.events) - 1) :], f"after={after}"


def _done(server: Server) -> Reader:
    return _followed(server, server.tell())


def _stopped(server: Server) -> Reader:
    reader = Reader(server, server.tell())
    reader.start()
    wait_until(lambda: reader.last_id >= 10, 60, "some words")
    assert call(f"{server.url}/generations/{reader.generation_id}/stop", "POST").status == 200
    return reader.finish()


def _failed(server: Server) -> Reader:
    return _followed(server, server.tell(model="fault-ends-early"))


def _failed_without_text(server: Server) -> Reader:
    return _followed(server, server.tell(model="fault-401"))


def _followed(server: Server, story: Any) -> Reader:
    reader = Reader(server, story)
    reader.start()
    return reader.finish()


@pytest.mark.parametrize(
    ("make", "state", "texts"),
    [(_done, "done", None), (_stopped, "stopped", None), (_failed, "failed", "Once upon a time"), (_failed_without_text, "failed", "")],
)
def test_every_place_long_after_the_end_also_when_the_rows_are_folded(server: Server, make: Any, state: str, texts: str | None) -> None:
    reader = make(server)
    assert reader.terminal.name == state
    assert reader.terminal.data["state"] == state
    assert reader.terminal.data["last_seq"] == len(reader.events) - 1
    assert ("problem" in reader.terminal.data) == (state == "failed")
    if texts is not None:
        assert reader.text == texts
    else:
        assert_numbered(reader.text)
        assert len(reader.events) > 10
    assert reader.text == server.text(reader.story["id"])
    assert_contiguous(reader.events)
    _assert_everywhere(server, reader)
    rows = f"SELECT count(*) FROM token_log WHERE {OF_GENERATION}"
    assert query(server.data, rows, reader.generation_id) == [(len(reader.events),)]
    assert _fold(server) >= 1
    assert query(server.data, rows, reader.generation_id) == [(0,)]
    _assert_everywhere(server, reader)
    assert reader.text == server.text(reader.story["id"])


def test_a_generation_that_is_still_open_is_never_folded(server: Server) -> None:
    reader = Reader(server, server.tell())
    reader.start()
    wait_until(lambda: reader.last_id >= 5, 60, "some words")
    _fold(server)
    assert query(server.data, f"SELECT count(*) >= 5 FROM token_log WHERE {OF_GENERATION}", reader.generation_id) == [(1,)]
    reader.finish()
    assert_numbered(reader.text, WORDS)
    assert reader.breaks == 0


def test_text_and_last_seq_of_an_unfinished_passage_fit_each_other(server: Server) -> None:
    """What the page does on a reload: take the text that is there, and the stream after `last_seq`."""
    story = server.tell()
    first = Reader(server, story)
    first.start()
    seen = []
    for enough in (1, 10, 25):
        wait_until(lambda than=enough: first.last_id >= than, 60, "some words")
        seen += call(f"{server.url}/stories/{story['id']}/passages").json
    first.finish()
    assert [passage["state"] for passage in seen] == ["writing"] * 3
    for passage in seen:
        rest = stream(server.url + passage["generation"]["events"], passage["generation"]["last_seq"])
        assert passage["text"] + "".join(event.data["text"] for event in rest if event.name == "text") == first.text


@pytest.mark.parametrize("number", ["-1", "abc", "1e3", "99999999999999999999999", "%00", ""])
def test_a_senseless_place_is_refused_or_read_as_the_beginning(server: Server, finished: Reader, number: str) -> None:
    url = server.url + finished.story["generation"]["events"]
    answer = call(f"{url}?after={number}")
    assert answer.status in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    given = call(url, headers={"Last-Event-ID": number})
    assert given.status == 200
    assert given.body == call(url).body
