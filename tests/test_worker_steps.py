"""The worker, step by step: claims, commits, stops, failures, and what it leaves behind."""

import asyncio
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storybot import generations
from storybot import worker as worker_module
from storybot.clock import now
from storybot.db import writing
from storybot.engines.contract import EngineError, Pieces, Title, Usage
from storybot.settings import Settings
from storybot.worker import Worker
from tests.conftest import Running, a_worker, finish_all
from tests.fakes.engine import ScriptedEngine


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BACKOFF_S", 0.0)


def _begin(client: FlaskClient, **wanted: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.post("/stories", json={"prompt": "A dragon"} | wanted).json
    return made


def _now(client: FlaskClient, story: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"/stories/{story['id']}").json
    return shown


def _text(client: FlaskClient, story: dict[str, Any]) -> str:
    return "".join(passage["text"] for passage in client.get(f"/stories/{story['id']}/passages").json)


async def _steps(running: Worker, count: int) -> None:
    for _ in range(count):
        await running.step()
        await asyncio.sleep(0)


def test_nothing_can_be_read_before_it_is_committed(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    more = asyncio.Event()
    engine.enqueue("One.", more, " Two.")
    story = _begin(client)
    seen = []

    async def body(running: Worker) -> None:
        await running.step()  # claims
        await asyncio.sleep(0)  # the engine gives its first piece
        seen.append(_text(client, story))
        await running.step()  # commits it
        seen.append(_text(client, story))
        more.set()
        await finish_all(running)

    worker(body)
    assert seen == ["", "One."]
    assert _text(client, story) == "One. Two."


def test_one_transaction_serves_all_streams(client: FlaskClient, worker: Running, engine: ScriptedEngine, database: Engine) -> None:
    hold = asyncio.Event()
    for _ in range(3):
        engine.enqueue("A piece.", hold)
    stories = [_begin(client) for _ in range(3)]

    async def body(running: Worker) -> None:
        await running.step()
        await asyncio.sleep(0)
        await running.step()
        with database.connect() as connection:
            positions = connection.scalars(text("SELECT position FROM token_log ORDER BY position")).all()
        assert len(positions) == 3  # one step, three streams
        hold.set()
        await finish_all(running)

    worker(body)
    assert {_now(client, story)["state"] for story in stories} == {"done"}


def test_stop_keeps_the_text_and_frees_the_engine(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue("Kept.", asyncio.Event())
    story = _begin(client)

    async def body(running: Worker) -> None:
        await _steps(running, 3)
        stopped = client.post(f"/generations/{story['generation']['id']}/stop").json
        assert stopped["state"] == "running"
        await finish_all(running)

    worker(body)
    assert _now(client, story)["state"] == "stopped"
    assert _text(client, story) == "Kept."


def test_a_queued_generation_is_stopped_at_once(client: FlaskClient) -> None:
    story = _begin(client)
    assert client.post(f"/generations/{story['generation']['id']}/stop").json["state"] == "stopped"


def test_a_passing_failure_is_tried_again_from_the_kept_text(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue("Once", EngineError("engine-overloaded", "Busy.", permanent=False))
    engine.enqueue(" upon a time.")
    story = _begin(client)
    worker(finish_all)
    assert [order.written for order in engine.orders] == ["", "Once"]
    assert engine.orders[1].messages[-2] == {"role": "assistant", "content": "Once"}
    assert _text(client, story) == "Once upon a time."
    assert _now(client, story)["state"] == "done"


@pytest.mark.parametrize(
    ("act", "slug", "tries"),
    [
        (EngineError("engine-key-refused", "No.", permanent=True), "engine-key-refused", 1),
        (EngineError("engine-timeout", "Slow.", permanent=False), "engine-timeout", 3),
        (EngineError("engine-rate-limited", "Later.", permanent=False, retry_after_s=3600), "engine-rate-limited", 1),
        (ValueError("a secret"), "engine-fault", 1),
    ],
)
def test_a_failure_keeps_the_text_and_says_why(
    client: FlaskClient, worker: Running, engine: ScriptedEngine, act: Exception, slug: str, tries: int
) -> None:
    engine.enqueue("Kept.", act)
    for _ in range(5):
        engine.enqueue(act)
    story = _begin(client)
    worker(finish_all)
    shown = _now(client, story)
    assert shown["state"] == "failed"
    assert shown["generation"]["problem"]["type"].endswith(f":{slug}")
    assert "secret" not in str(shown)
    assert _text(client, story) == "Kept."
    assert len(engine.orders) == tries


def test_an_answer_without_a_word_is_a_failure(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue(Pieces(""))
    story = _begin(client)
    worker(finish_all)
    assert _now(client, story)["generation"]["problem"]["type"].endswith(":engine-empty")


def test_the_engines_title_never_replaces_a_readers(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue(Title("The Engine's"), "Text.", Usage(tokens_in=7, tokens_out=3))
    story = _begin(client)
    worker(finish_all)
    assert _now(client, story)["title"] == "The Engine's"
    client.patch(f"/stories/{story['id']}", json={"title": "Mine"})
    engine.enqueue(Title("Another"), "Other text.")
    assert client.post(f"/stories/{story['id']}/passages", json={"action": "retry"}).status_code == 202
    worker(finish_all)
    assert _now(client, story)["title"] == "Mine"


def test_what_a_leaving_worker_had_goes_on_with_another(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue("First half,", asyncio.Event())
    story = _begin(client)
    worker(lambda running: _steps(running, 3))
    assert _now(client, story)["state"] == "queued"
    assert _text(client, story) == "First half,"
    engine.enqueue(" second half.")
    worker(finish_all)
    assert engine.orders[-1].written == "First half,"
    assert _text(client, story) == "First half, second half."
    events = client.get(story["generation"]["events"]).get_data(as_text=True)
    assert [line for line in events.splitlines() if line.startswith("id:")] == ["id: 1", "id: 2"]


def test_a_worker_given_up_for_dead_writes_nothing_more(client: FlaskClient, database: Engine, settings: Settings, engine: ScriptedEngine) -> None:
    go_on = asyncio.Event()
    engine.enqueue("One.", go_on, " Stale.")
    story = _begin(client)

    async def body() -> None:
        async with a_worker(database, settings, engine) as stale:
            await _steps(stale, 3)
            with Session(database) as session, writing(session):
                session.execute(text("UPDATE workers SET lost_at = :at"), {"at": str(now())})
                held = session.scalars(text("SELECT id FROM workers")).one()
                assert generations.reclaim(session.connection(), held) == 1
            go_on.set()
            await asyncio.sleep(0)
            await stale.step()  # it finds out, and starts over
            assert _text(client, story) == "One."
            engine.enqueue(" Fresh.")
            await finish_all(stale)

    asyncio.run(body())
    assert _text(client, story) == "One. Fresh."


def test_claims_of_workers_that_die_come_to_an_end(client: FlaskClient, database: Engine, settings: Settings, engine: ScriptedEngine) -> None:
    story = _begin(client)

    async def body() -> None:
        for _ in range(generations.MAX_BARREN_CLAIMS):
            engine.enqueue(asyncio.Event())
            dead = Worker(database, {"storyteller": lambda: engine}, settings)
            await dead.register()
            await _steps(dead, 2)
            assert dead._registration is not None
            dead._registration._lock.close()  # as the end of its process does
            async with a_worker(database, settings, engine) as other:
                dead._registration._connection.rollback()
                other._leaving = True  # it takes nothing up itself
                await other.step()
            await dead._drop_jobs()
            dead._registration._connection.close()

    asyncio.run(body())
    assert _now(client, story)["generation"]["problem"]["type"].endswith(":engine-gave-up")


def test_restarts_do_not_count_against_a_story(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    story = _begin(client)
    for _ in range(generations.MAX_BARREN_CLAIMS + 1):
        engine.enqueue(asyncio.Event())
        worker(lambda running: _steps(running, 2))
    assert _now(client, story)["generation"]["state"] == "queued"
    engine.enqueue("At last.")
    worker(finish_all)
    assert _text(client, story) == "At last."


def test_who_leaves_takes_up_nothing_and_loses_no_token(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue("One.", Pieces(" Two.", 3), asyncio.Event())
    begun = _begin(client)
    late = []

    async def body(running: Worker) -> None:
        await _steps(running, 4)
        late.append(_begin(client))

    worker(body)
    assert _now(client, begun)["generation"]["state"] == _now(client, late[0])["generation"]["state"] == "queued"
    assert _now(client, begun)["generation"]["tokens"] == 4
    assert len(engine.orders) == 1


def test_a_commit_that_fails_is_made_again_without_loss(
    client: FlaskClient, worker: Running, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.enqueue("One.", " Two.", " Three.")
    story = _begin(client)
    real, failures = generations.append, [OperationalError("INSERT", {}, Exception("disk I/O error"))]

    def append(connection: Any, rows: Any) -> None:
        if failures:
            raise failures.pop()
        real(connection, rows)

    monkeypatch.setattr(generations, "append", append)
    worker(finish_all)
    assert not failures
    assert _text(client, story) == "One. Two. Three."


def test_folding_changes_nothing_that_a_reader_sees(client: FlaskClient, told: Any, database: Engine) -> None:
    story = told("Äpfel ", "und ", "🍐 Birnen.")
    before = client.get(story["generation"]["events"]).data
    with Session(database) as session, writing(session):
        assert generations.fold(session.connection(), now()) == 1
        assert session.scalar(text("SELECT count(*) FROM token_log")) == 0
    assert client.get(story["generation"]["events"]).data == before
    assert b"id: 3" in client.get(f"{story['generation']['events']}?after=2").data
    assert b"id: 2" not in client.get(f"{story['generation']['events']}?after=2").data


@pytest.mark.parametrize(("slug", "next_engine"), [("engine-key-refused", "storyteller"), ("engine-overloaded", "openai")])
def test_after_a_failure_that_another_engine_mends_the_readers_choice_counts(
    client: FlaskClient, worker: Running, engine: ScriptedEngine, slug: str, next_engine: str
) -> None:
    engine.enqueue(EngineError(slug, "No.", permanent=True))
    story = client.post("/stories", json={"prompt": "x", "engine": "openai"}).json
    worker(finish_all)
    assert client.patch("/configuration", json={"engine": "storyteller"}).status_code == 200
    again = client.post(f"/stories/{story['id']}/passages", json={"action": "retry"})
    assert again.json["generation"]["engine"] == next_engine
