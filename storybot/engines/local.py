"""The engine `local`: a GGUF model on this machine, run by llama.cpp in a process of its own that speaks the OpenAI shape."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from storybot.engines import style
from storybot.engines.contract import EngineError, Event, Order
from storybot.engines.openai import OpenAIEngine
from storybot.local import run
from storybot.local.keeper import Keeper
from storybot.settings import Settings

log = logging.getLogger(__name__)

#: How long the first text may take, in seconds: a story waits for a free slot, and a long context is read slowly without a graphics card.
FIRST_TEXT_S = 900.0
#: What a process that died, or hangs, looks like to whoever asks it.
_MAY_BE_DEAD = {"engine-unreachable", "engine-broken-stream", "engine-timeout", "engine-overloaded", "engine-key-refused"}


class LocalEngine:
    """Writes through `OpenAIEngine` against the model's process, which the keeper starts.

    settings: of the model folder, of how many stories at once, of when a model leaves the memory; model: where the order names none.
    """

    name = "local"

    def __init__(self, settings: Settings, keeper: Keeper | None = None) -> None:
        self._settings = settings
        self._keeper = keeper or Keeper(settings)
        self._writers: dict[str, tuple[run.Running, OpenAIEngine]] = {}

    async def write(self, order: Order) -> AsyncGenerator[Event, None]:
        """Events of the passage; see `Engine.write`. Raises: EngineError."""
        name = order.model or self._settings.local_model
        if not name:
            raise EngineError("model-missing", "No model is chosen.", permanent=True)
        with run.used(self._settings.run_path, name):
            running = await self._keeper.ready(name)
            writer = await self._writer(name, running)
            try:
                async with aclosing(writer.write(msgspec.structs.replace(order, model=name))) as events:
                    async for event in events:
                        yield event
            except EngineError as error:
                if error.slug in _MAY_BE_DEAD and not await self._keeper.examine(name):
                    raise EngineError("model-stopped", "The model's process ended.", permanent=False, facts={"model": name}) from error
                raise

    async def _writer(self, name: str, running: run.Running) -> OpenAIEngine:
        known = self._writers.get(name)
        if known is not None and known[0] == running:
            return known[1]
        made = OpenAIEngine(f"http://127.0.0.1:{running.port}/v1", running.key, name, first_text_timeout_s=FIRST_TEXT_S, samplers=style.LLAMA)
        self._writers[name] = (running, made)
        if known is not None:
            await known[1].close()
        return made

    async def close(self) -> None:
        """Close all connections, and end the processes."""
        for _running, writer in self._writers.values():
            await writer.close()
        self._writers.clear()
        await self._keeper.close()
