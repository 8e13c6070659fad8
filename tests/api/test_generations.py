"""Generations: how they stand, stopping them, and the bytes of their event streams."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from storybot import generations
from storybot.clock import now
from storybot.db import writing
from storybot.engines.contract import EngineError, Pieces
from storybot.worker import Worker
from tests.api.support import NO_ID, pointers, refused
from tests.api.test_stories import begin
from tests.conftest import Running, finish_all
from tests.fakes.engine import ScriptedEngine

Tell = Callable[..., dict[str, Any]]
WELCOME = b": welcome\n\n"
ONCE = b'id: 1\nevent: text\ndata: {"text":"Once"}\n\n'
UPON = b'id: 2\nevent: text\ndata: {"text":" upon"}\n\n'
DONE = b'event: done\ndata: {"state":"done","last_seq":2}\n\n'


def stream(client: FlaskClient, generation: dict[str, Any], query: str = "", **headers: str) -> bytes:
    """Everything that the stream gives until it closes."""
    answer = client.get(generation["events"] + query, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == 200
    return answer.data


@pytest.fixture
def ended(told: Tell) -> dict[str, Any]:
    """A generation that wrote "Once" and " upon"."""
    generation: dict[str, Any] = told("Once", " upon")["generation"]
    return generation


def test_the_streams_bytes(client: FlaskClient, ended: dict[str, Any]) -> None:
    answer = client.get(ended["events"])
    assert answer.data == WELCOME + ONCE + UPON + DONE
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(("after", "rest"), [("0", ONCE + UPON + DONE), ("1", UPON + DONE), ("2", DONE)])
def test_after_and_last_event_id_resume_at_exactly_the_next_piece(client: FlaskClient, ended: dict[str, Any], after: str, rest: bytes) -> None:
    assert stream(client, ended, f"?after={after}") == WELCOME + rest
    assert stream(client, ended, Last_Event_ID=after) == WELCOME + rest
    assert stream(client, ended, "?after=0", Last_Event_ID=after) == WELCOME + rest  # what the browser saw last counts


@pytest.mark.parametrize("header", ["", "x", "-1", "1.0", "²", "9" * 19, "1; DROP"])
def test_a_last_event_id_that_is_no_number_is_passed_over(client: FlaskClient, ended: dict[str, Any], header: str) -> None:
    answer = client.get(ended["events"] + "?after=1", headers={"Last-Event-ID": header.encode().decode("latin-1")})
    assert answer.data == WELCOME + UPON + DONE


@pytest.mark.parametrize("after", ["-1", "x", "1.5", str(2**63)])
def test_a_wrong_after_is_pointed_at(client: FlaskClient, ended: dict[str, Any], after: str) -> None:
    assert pointers(client.get(f"{ended['events']}?after={after}")) == ["/after"]


def test_long_after_the_end_and_once_the_log_is_folded_the_bytes_are_the_same(
    client: FlaskClient, told: Tell, session: Session, ended: dict[str, Any]
) -> None:
    pieces = ("Ünß", " 🐉 ", "\n\n", "„ja“")
    other = told(*pieces)["generation"]
    before = [stream(client, other, f"?after={after}") for after in range(5)]
    with writing(session):
        assert generations.fold(session.connection(), now() + timedelta(hours=1)) == 2
    assert [stream(client, other, f"?after={after}") for after in range(5)] == before
    assert stream(client, ended) == WELCOME + ONCE + UPON + DONE
    assert client.get(f"/generations/{other['id']}").json == other
    assert [event["data"]["text"] for event in parsed(before[0]) if event["event"] == "text"] == list(pieces)


def parsed(content: bytes) -> list[dict[str, Any]]:
    """The events of a stream. Source: WHATWG HTML, 9.2."""
    found = []
    for block in content.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if fields:
            found.append(fields | {"data": json.loads(fields["data"])})
    return found


@pytest.mark.parametrize("text", ["a\nb\r\nc\rd", "\n\n", "data: x\n\nevent: done", "\u2028\u2029\x85", '"\\', "\x1b[31m"])
def test_no_text_breaks_out_of_its_event(client: FlaskClient, told: Tell, text: str) -> None:
    content = stream(client, told("Once. ", text)["generation"])
    assert [event["event"] for event in parsed(content)] == ["text", "text", "done"]
    assert parsed(content)[1]["data"] == {"text": text}


def test_the_end_of_a_stopped_one(client: FlaskClient) -> None:
    generation = begin(client)["generation"]
    stopped = client.post(f"/generations/{generation['id']}/stop")
    assert (stopped.status_code, stopped.json["state"]) == (200, "stopped")
    assert stream(client, generation) == WELCOME + b'event: stopped\ndata: {"state":"stopped","last_seq":0}\n\n'
    assert client.post(f"/generations/{generation['id']}/stop").json == stopped.json  # twice does no harm


def test_a_failure_is_an_event_with_the_problem(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    fault = EngineError("engine-model-unknown", "The model server does not know the model.", permanent=True, facts={"model": "some-model"})
    engine.enqueue("Once", fault)
    story = client.post("/stories", json={"prompt": "x"}, headers={"X-Trace-Id": "trace-of-the-click"}).json
    worker(finish_all)
    first, last = parsed(stream(client, story["generation"]))
    assert first == {"id": "1", "event": "text", "data": {"text": "Once"}}
    assert "id" not in last
    assert (last["event"], last["data"]["state"], last["data"]["last_seq"]) == ("failed", "failed", 1)
    problem = last["data"]["problem"]
    assert problem["type"] == "urn:storybot:problem:engine-model-unknown"
    assert (problem["status"], problem["model"], problem["trace_id"]) == (502, "some-model", "trace-of-the-click")
    shown = client.get(f"/generations/{story['generation']['id']}").json
    assert (shown["state"], shown["problem"]) == ("failed", problem)
    assert client.get(f"/stories/{story['id']}/passages").json[0]["text"] == "Once"


def test_a_fault_of_the_engine_itself_says_nothing_of_it(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue(RuntimeError("the secret of the engine"))
    story = begin(client)
    worker(finish_all)
    content = stream(client, story["generation"])
    assert parsed(content)[-1]["data"]["problem"]["type"].endswith(":engine-fault")
    assert b"secret" not in content
    assert b"secret" not in client.get(f"/stories/{story['id']}").data


def test_reading_along_while_it_is_written(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    async def body(running: Worker) -> None:
        on = asyncio.Event()
        engine.enqueue("Once", on, " upon")
        generation = begin(client)["generation"]
        early = iter(client.get(generation["events"]).response)
        assert next(early) == WELCOME
        while client.get(f"/generations/{generation['id']}").json["last_seq"] == 0:
            await asyncio.sleep(0)
            await running.step()
        assert await asyncio.to_thread(next, early) == ONCE
        shown = client.get(f"/generations/{generation['id']}").json
        assert (shown["state"], shown["last_seq"]) == ("running", 1)
        passage = client.get(f"/stories/{generation['story_id']}/passages").json[0]
        assert (passage["state"], passage["text"], passage["generation"]["last_seq"]) == ("writing", "Once", 1)
        rest = asyncio.get_running_loop().run_in_executor(None, drain, early)
        late = iter(client.get(generation["events"] + "?after=1").response)
        on.set()
        await finish_all(running)
        assert await rest == UPON + DONE
        assert drain(late) == WELCOME + UPON + DONE

    worker(body)


def drain(chunks: Iterator[bytes]) -> bytes:
    """What is left of a stream, without the comments that only keep it open."""
    return b"".join(chunk for chunk in chunks if chunk == WELCOME or not chunk.startswith(b":"))


def test_stop_keeps_what_was_written(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    async def body(running: Worker) -> None:
        engine.enqueue("Once", asyncio.Event(), " never")
        generation = begin(client)["generation"]
        path = f"/generations/{generation['id']}"
        while client.get(path).json["last_seq"] == 0:
            await asyncio.sleep(0)
            await running.step()
        asked = client.post(f"{path}/stop").json
        assert asked["state"] == "running"  # the worker has not heard of it yet
        await finish_all(running)
        shown = client.get(path).json
        assert (shown["state"], shown["last_seq"], shown["problem"]) == ("stopped", 1, None)
        assert stream(client, generation) == WELCOME + ONCE + b'event: stopped\ndata: {"state":"stopped","last_seq":1}\n\n'
        assert client.get(f"/stories/{generation['story_id']}/passages").json[0]["text"] == "Once"

    worker(body)


def test_tokens_are_counted_as_the_engine_says(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue(Pieces("Once upon", tokens=3), Pieces(" a time.", tokens=4))
    generation = begin(client)["generation"]
    worker(finish_all)
    shown = client.get(f"/generations/{generation['id']}").json
    assert (shown["tokens"], shown["last_seq"], shown["state"]) == (7, 2, "done")
    assert shown["created_at"] <= shown["started_at"] <= shown["first_text_at"] <= shown["finished_at"]


def test_a_finished_one_cannot_be_stopped_any_more(client: FlaskClient, ended: dict[str, Any]) -> None:
    answer = client.post(f"/generations/{ended['id']}/stop")
    assert (answer.status_code, answer.json) == (200, ended)


@pytest.mark.parametrize("unknown", [NO_ID, "nonsense"])
def test_an_unknown_generation_is_not_found(client: FlaskClient, unknown: str) -> None:
    refused(client.get(f"/generations/{unknown}"), 404, "not-found")
    refused(client.get(f"/generations/{unknown}/events"), 404, "not-found")
    refused(client.post(f"/generations/{unknown}/stop"), 404, "not-found")


def test_open_streams_hold_no_connection(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    """More open streams than the pool has connections (30), all before the first piece."""
    generation = begin(client)["generation"]
    readers = [iter(client.get(generation["events"]).response) for _ in range(40)]
    assert {next(reader) for reader in readers} == {WELCOME}
    assert client.get("/prompts").status_code == 200
    engine.enqueue("Once", " upon")
    worker(finish_all)
    assert {drain(reader) for reader in readers} == {ONCE + UPON + DONE}
