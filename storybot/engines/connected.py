"""The engine of connected servers: one client for each, made when it is first asked and anew when anything about it changed."""

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from storybot.engines import style
from storybot.engines.contract import EngineError, Event, Order, Server
from storybot.engines.openai import OpenAIEngine

#: Clients that are kept, with their open connections; those longest unused go first.
KEPT = 64


class ConnectedEngine:
    """Writes through the server that the order names."""

    name = "openai"

    def __init__(self) -> None:
        self._writers: OrderedDict[str, tuple[str, OpenAIEngine]] = OrderedDict()
        self._writing: dict[OpenAIEngine, int] = {}

    async def write(self, order: Order) -> AsyncGenerator[Event, None]:
        """Events of the passage; see `Engine.write`. Raises: EngineError."""
        if order.server is None:
            raise EngineError("engine-not-configured", "The server that this story was written with is not connected any more.", permanent=True)
        writer = await self._writer(order.server)
        self._writing[writer] = self._writing.get(writer, 0) + 1
        try:
            async with aclosing(writer.write(order)) as events:
                async for event in events:
                    yield event
        finally:
            self._writing[writer] -= 1
            if not self._writing[writer]:
                del self._writing[writer]
                if all(kept is not writer for _revision, kept in self._writers.values()):
                    await writer.close()

    async def _writer(self, server: Server) -> OpenAIEngine:
        revision, writer = self._writers.get(server.id, ("", None))
        if writer is None or revision != server.revision:
            if writer is not None:
                del self._writers[server.id]
                await self._end(writer)
            writer = _client(server)
            self._writers[server.id] = (server.revision, writer)
        self._writers.move_to_end(server.id)
        while len(self._writers) > KEPT:
            _id, (_revision, oldest) = self._writers.popitem(last=False)
            await self._end(oldest)
        return writer

    async def _end(self, writer: OpenAIEngine) -> None:
        if writer not in self._writing:  # otherwise its last story closes it
            await writer.close()

    async def close(self) -> None:
        """Close all connections."""
        for _revision, writer in self._writers.values():
            await writer.close()
        self._writers.clear()


def _client(server: Server) -> OpenAIEngine:
    given = {"connect_timeout_s": server.connect_s, "first_text_timeout_s": server.first_text_s, "stall_timeout_s": server.stall_s}
    times: dict[str, Any] = {name: seconds for name, seconds in given.items() if seconds is not None}
    return OpenAIEngine(
        server.base_url,
        server.key,
        server.model,
        headers=server.headers,
        open_only=not server.may_be_private,
        samplers=style.accepted_by(server.limits),
        refused=tuple(server.limits.get("refused", ())),
        **times,
    )
