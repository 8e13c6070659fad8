"""What the tests of the engine `openai` share: running under uvloop, orders, and collecting events."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

from storybot.brief import Brief
from storybot.engines.contract import Event, Order, Pieces
from storybot.engines.openai import OpenAIEngine
from tests.fakes.model_server import ModelServer

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Under uvloop, as in the worker; fails where a task or a callback's exception is left behind."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_watched(main))


async def _watched(main: Coroutine[Any, Any, T]) -> T:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    result = await main
    assert not complaints
    return result


def order(**changes: Any) -> Order:
    """An order for a first passage, with whatever else the test wants."""
    fields: dict[str, Any] = {
        "generation_id": "g1",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "brief": Brief(prompt="A dragon who is afraid of fire"),
        "action": "begin",
        "messages": ({"role": "user", "content": "Tell me a story."},),
    }
    return Order(**(fields | changes))


def engine(server: ModelServer, **changes: Any) -> OpenAIEngine:
    """An engine for the server, with short limits."""
    options: dict[str, Any] = {"connect_timeout_s": 1.0, "first_text_timeout_s": 1.0, "stall_timeout_s": 0.4}
    fields: dict[str, Any] = {"base_url": server.base_url, "api_key": "secret-key", "model": "words"}
    chosen = fields | options | changes
    return OpenAIEngine(chosen.pop("base_url"), chosen.pop("api_key"), chosen.pop("model"), **chosen)


async def events(engine: OpenAIEngine, order: Order, into: list[Event] | None = None) -> list[Event]:
    """All events; those before an error are in `into`."""
    collected: list[Event] = [] if into is None else into
    async for event in engine.write(order):
        collected.append(event)
    return collected


def text_of(collected: list[Event]) -> str:
    """The text that the events append."""
    return "".join(event.text for event in collected if isinstance(event, Pieces))


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Waits for the condition; fails when it does not come true."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - it may be of another process or of the server
                await asyncio.sleep(0.005)
    assert condition()


def numbered(first: int, last: int) -> str:
    """What the fake server says: "w3 w4 w5"."""
    return " ".join(f"w{number}" for number in range(first, last + 1))
