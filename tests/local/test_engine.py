"""A real llama.cpp with a tiny model of random weights: a passage streams, stops, survives a kill, and two are written at once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from storybot.brief import Brief
from storybot.engines.contract import EngineError, Order, Pieces
from storybot.engines.local import LocalEngine
from storybot.engines.openai import OpenAIEngine
from storybot.local import run
from storybot.settings import Settings, read_settings

from . import tiny

pytestmark = pytest.mark.timeout(120)
LONG = 4000
Body = Callable[[LocalEngine], Coroutine[Any, Any, Any]]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a model folder that holds `tiny`, which does not end by itself, and `broken`."""
    settings = read_settings(data_dir=tmp_path_factory.mktemp("local"), local_threads=1, local_slots=2)
    settings.models_path.mkdir(parents=True)
    whole = tiny.make(settings.models_path / "tiny.gguf", ends=tiny.NEVER_ENDS)
    (settings.models_path / "broken.gguf").write_bytes(whole.read_bytes()[:5000])
    return settings


def _order(*, model: str = "tiny", tokens: int = 30) -> Order:
    asked = ({"role": "user", "content": "A fox by the sea"},)
    return Order(
        generation_id="g", trace_id="t" * 32, brief=Brief(prompt="A fox"), action="begin", messages=asked, max_tokens=tokens, model=model, seed=3
    )


async def _pieces(engine: Any, order: Order) -> AsyncIterator[str]:
    """What comes until the tokens are used up, in mid-sentence or not."""
    try:
        async with aclosing(engine.write(order)) as events:
            async for event in events:
                if isinstance(event, Pieces):
                    yield event.text
    except EngineError as error:
        if error.slug != "engine-cut-off":
            raise


async def _text(engine: Any, order: Order) -> str:
    return "".join([piece async for piece in _pieces(engine, order)])


async def _text_at_last(engine: Any, order: Order) -> str:
    """As the worker does it: what is not for good is tried again."""
    for _ in range(20):
        try:
            return await _text(engine, order)
        except EngineError as error:
            if error.permanent:
                raise
            await asyncio.sleep(0.2)
    return ""


def _with_engine(settings: Settings, body: Body) -> Any:
    async def inside() -> Any:
        engine = LocalEngine(settings)
        try:
            return await body(engine)
        finally:
            await engine.close()

    return asyncio.run(inside())


def _running(settings: Settings) -> run.Running:
    found = run.look(settings.run_path, "tiny")
    assert found is not None
    return found


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_passage_streams_and_the_process_goes_with_the_engine(here: Settings) -> None:
    async def body(engine: LocalEngine) -> tuple[list[str], int]:
        return [piece async for piece in _pieces(engine, _order())], _running(here).pid

    pieces, pid = _with_engine(here, body)
    assert len("".join(pieces).split()) > 5
    assert len(pieces) > 1
    assert _is_gone(pid)


def test_a_stop_is_heard_within_half_a_second(here: Settings) -> None:
    async def body(engine: LocalEngine) -> tuple[float, str]:
        events = engine.write(_order(tokens=LONG))
        async for event in events:
            if isinstance(event, Pieces):
                break
        began = time.monotonic()
        await events.aclose()
        return time.monotonic() - began, await _text(engine, _order())

    seconds, after = _with_engine(here, body)
    assert seconds < 0.5
    assert after


def test_a_killed_process_is_said_and_the_next_try_goes_on(here: Settings) -> None:
    async def body(engine: LocalEngine) -> tuple[EngineError, int, int, str]:
        killed = 0

        async def go_on_although_killed() -> None:
            nonlocal killed
            async for _piece in _pieces(engine, _order(tokens=LONG)):
                if not killed:
                    killed = _running(here).pid
                    os.kill(killed, signal.SIGKILL)

        with pytest.raises(EngineError) as caught:
            await go_on_although_killed()
        text = await _text_at_last(engine, _order())
        return caught.value, killed, _running(here).pid, text

    error, killed, next_one, text = _with_engine(here, body)
    assert (error.slug, error.permanent) == ("model-stopped", False)
    assert killed != next_one
    assert text


def test_two_passages_are_written_at_once(here: Settings) -> None:
    async def body(engine: LocalEngine) -> list[int]:
        came: list[int] = []

        async def write(number: int) -> None:
            async for _piece in _pieces(engine, _order(tokens=200)):
                came.append(number)

        await asyncio.gather(write(1), write(2))
        return came

    came = _with_engine(here, body)
    assert set(came) == {1, 2}
    assert came != sorted(came)
    assert came != sorted(came, reverse=True)


def test_the_same_server_speaks_to_the_plain_engine(here: Settings) -> None:
    async def body(engine: LocalEngine) -> str:
        await _text(engine, _order(tokens=1))
        running = _running(here)
        plain = OpenAIEngine(f"http://127.0.0.1:{running.port}/v1", running.key, "tiny")
        stranger = OpenAIEngine(f"http://127.0.0.1:{running.port}/v1", "another key", "tiny")
        try:
            with run.used(here.run_path, "tiny"), pytest.raises(EngineError, match="key"):
                await _text(stranger, _order())
            return await _text(plain, _order())
        finally:
            await plain.close()
            await stranger.close()

    assert len(_with_engine(here, body).split()) > 5


@pytest.mark.parametrize(("model", "slug"), [("nowhere", "model-missing"), ("broken", "model-broken"), ("../tiny", "model-missing")])
def test_what_cannot_be_loaded_is_refused_for_good(here: Settings, model: str, slug: str) -> None:
    async def body(engine: LocalEngine) -> EngineError:
        with pytest.raises(EngineError) as caught:
            await _text(engine, _order(model=model))
        return caught.value

    error = _with_engine(here, body)
    assert (error.slug, error.permanent) == (slug, True)
