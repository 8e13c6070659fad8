"""What the worker does besides a plain story: commits counted, limits kept, works reclaimed, stops at awkward moments."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from storybot import generations, stories
from storybot import worker as worker_module
from storybot.brief import Brief
from storybot.clock import now
from storybot.db import writing
from storybot.engines.contract import EngineError, Pieces, Title, Usage
from storybot.errors import PROBLEM_TYPE
from storybot.models import LOCAL_OWNER_ID, Generation, Passage, Story, Token, WorkerRow
from storybot.settings import Settings
from storybot.stories import Choice
from storybot.worker import Worker
from tests.conftest import Running, a_worker, finish_all
from tests.fakes.engine import ScriptedEngine


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BACKOFF_S", 0.0)


@pytest.fixture
def begin(session: Session) -> Callable[[], Generation]:
    """Begin a story; gives its generation."""

    def made() -> Generation:
        with writing(session):
            return stories.create(session, LOCAL_OWNER_ID, Brief(prompt="A dragon"), Choice("storyteller")).generation

    return made


Begin = Callable[[], Generation]


def _now(session: Session, generation: Generation) -> Generation:
    session.rollback()
    session.refresh(generation)
    return generation


def _text(session: Session, generation: Generation) -> str:
    _now(session, generation)
    return session.get_one(Passage, generation.passage_id, populate_existing=True).text


def _slug(generation: Generation) -> str:
    return generation.problem["type"].removeprefix(PROBLEM_TYPE) if generation.problem else ""


async def _steps(running: Worker, count: int) -> None:
    for _ in range(count):
        await running.step()
        await asyncio.sleep(0)


def _ask_to_stop(session: Session, generation: Generation) -> None:
    with writing(session):
        generations.request_stop(session, _now(session, generation))


def test_the_text_of_all_streams_goes_into_one_commit(begin: Begin, worker: Running, engine: ScriptedEngine, database: Engine) -> None:
    hold = asyncio.Event()
    for _ in range(5):
        engine.enqueue("A piece.", hold)
        begin()
    commits: list[object] = []

    def committed(connection: object) -> None:
        commits.append(connection)

    async def body(running: Worker) -> None:
        await _steps(running, 1)
        event.listen(database, "commit", committed)
        try:
            await running.step()
        finally:
            event.remove(database, "commit", committed)
        with database.connect() as connection:
            assert len(connection.execute(select(Token.seq)).all()) == 5
        hold.set()
        await finish_all(running)

    worker(body)
    assert len(commits) == 1


def test_it_takes_no_more_than_it_may(begin: Begin, database: Engine, settings: Settings, engine: ScriptedEngine, session: Session) -> None:
    few, hold = settings.model_copy(update={"worker_generations": 2}), asyncio.Event()
    begun = [begin() for _ in range(3)]
    for _ in begun:
        engine.enqueue("Text.", hold)

    async def body() -> None:
        async with a_worker(database, few, engine) as running:
            await _steps(running, 4)
            assert [_now(session, one).state for one in begun] == ["running", "running", "queued"]
            hold.set()
            await finish_all(running)
            await finish_all(running)

    asyncio.run(body())
    assert {_now(session, one).state for one in begun} == {"done"}


def test_a_passage_that_grows_too_long_ends_with_what_fits(
    begin: Begin, database: Engine, settings: Settings, engine: ScriptedEngine, session: Session
) -> None:
    generation, small = begin(), settings.model_copy(update={"text_chars": 10})
    engine.enqueue("12345", "67890", "!")

    async def body() -> None:
        async with a_worker(database, small, engine) as running:
            await finish_all(running)

    asyncio.run(body())
    assert _text(session, generation) == "1234567890"
    assert (generation.state, _slug(generation)) == ("failed", "engine-too-long")
    assert len(engine.orders) == 1


def test_tokens_and_usage_are_counted_also_over_a_failed_try(begin: Begin, worker: Running, engine: ScriptedEngine, session: Session) -> None:
    engine.enqueue(Pieces("One", tokens=3), EngineError("engine-overloaded", "Busy.", permanent=False))
    engine.enqueue(Pieces(" two.", tokens=4), Usage(tokens_in=70, tokens_out=8))
    generation = begin()
    worker(finish_all)
    row = _now(session, generation)
    assert (row.tokens, row.tokens_in, row.tokens_out, row.last_seq) == (7, 70, 8, 2)
    assert row.first_text_at is not None


def test_a_long_title_is_cut(begin: Begin, worker: Running, engine: ScriptedEngine, session: Session, settings: Settings) -> None:
    engine.enqueue(Title("T" * 5000), "Text.")
    generation = begin()
    worker(finish_all)
    _now(session, generation)
    assert session.get_one(Story, generation.story_id, populate_existing=True).title == "T" * settings.title_chars


def test_what_the_engine_was_asked_is_kept_once(begin: Begin, worker: Running, engine: ScriptedEngine, session: Session) -> None:
    engine.enqueue("Half", EngineError("engine-overloaded", "Busy.", permanent=False))
    generation = begin()
    worker(finish_all)
    kept = _now(session, generation).context
    assert kept == {"messages": [dict(message) for message in engine.orders[0].messages], "max_tokens": engine.orders[0].max_tokens}


def test_leaving_closes_the_engine_and_its_generators(begin: Begin, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue("One.", "Two.")
    begin()
    worker(lambda running: _steps(running, 2))
    assert engine.closed


@pytest.mark.parametrize("death", ["its process is killed", "it hangs"])
def test_the_work_of_a_dead_worker_goes_on_where_it_was(
    begin: Begin, database: Engine, settings: Settings, engine: ScriptedEngine, session: Session, death: str
) -> None:
    engine.enqueue("First half,", asyncio.Event())
    generation = begin()

    async def body() -> None:
        dead = Worker(database, {"storyteller": lambda: engine}, settings)
        await dead.register()
        await _steps(dead, 3)
        assert dead._registration is not None
        if death == "it hangs":
            with writing(session):
                session.get_one(WorkerRow, dead._registration.id).heartbeat_at = now() - timedelta(seconds=settings.lease_s + 1)
        else:
            dead._registration._lock.close()
        engine.enqueue(" second half.")
        async with a_worker(database, settings, engine) as other:
            await other.step()
            await finish_all(other)
        await dead.leave()  # it wakes up: everything is another's by now

    asyncio.run(body())
    assert engine.orders[-1].written == "First half,"
    assert _text(session, generation) == "First half, second half."
    assert [piece.seq for piece in generations.pieces_after(session.connection(), generation.number, 0)] == [1, 2, 3]


def test_a_stop_while_an_engine_is_asked_again_keeps_the_text(
    begin: Begin, worker: Running, engine: ScriptedEngine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "BACKOFF_S", 15.0)
    engine.enqueue("Kept.", EngineError("engine-overloaded", "Busy.", permanent=False))
    generation = begin()

    async def body(running: Worker) -> None:
        await _steps(running, 4)
        _ask_to_stop(session, generation)
        await finish_all(running)

    worker(body)
    assert _text(session, generation) == "Kept."
    assert generation.state == "stopped"
    assert len(engine.orders) == 1


def test_a_stop_in_the_moment_of_the_end_leaves_nothing_open(begin: Begin, worker: Running, engine: ScriptedEngine, session: Session) -> None:
    last_word = asyncio.Event()
    engine.enqueue("All of it.", last_word)
    generation = begin()

    async def body(running: Worker) -> None:
        await _steps(running, 3)
        _ask_to_stop(session, generation)
        real = running._committed

        async def committed(batch: Any) -> Any:
            beat = await real(batch)  # it saw the wish to stop
            last_word.set()  # and meanwhile the engine came to its end
            for _ in range(5):
                await asyncio.sleep(0)
            return beat

        running._committed = committed  # type: ignore[method-assign]
        await running.step()
        running._committed = real  # type: ignore[method-assign]
        await _steps(running, 5)
        assert running.idle

    worker(body)
    assert _text(session, generation) == "All of it."
    assert generation.state in {"done", "stopped"}


def test_the_loop_works_until_it_is_told_to_stop(
    begin: Begin, database: Engine, settings: Settings, engine: ScriptedEngine, session: Session
) -> None:
    engine.enqueue("One.", " Two.")
    generation = begin()

    async def body() -> None:
        stopping = asyncio.Event()
        running = Worker(database, {"storyteller": lambda: engine}, settings)
        loop = asyncio.create_task(running.run(stopping))
        async with asyncio.timeout(20):
            while _now(session, generation).state != "done":  # noqa: ASYNC110 (the database rings no event)
                await asyncio.sleep(0.002)
        stopping.set()
        await asyncio.wait_for(loop, 20)

    asyncio.run(body())
    assert _text(session, generation) == "One. Two."
    assert engine.closed
    session.rollback()
    assert session.scalars(select(WorkerRow.id)).all() == []
