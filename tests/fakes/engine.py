"""An engine that does what a test says."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from storybot.engines.contract import Event, Order, Pieces

#: A piece of text, an event, an error to raise, or something to wait for.
Act = str | Event | Exception | asyncio.Event


class ScriptedEngine:
    """`enqueue` says what the next call of `write` does; without a script it writes one word. `orders` are all it was given."""

    name = "scripted"

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.closed = False
        self.left_early = 0
        self._scripts: deque[tuple[Act, ...]] = deque()

    def enqueue(self, *acts: Act) -> None:
        """What the next generation consists of."""
        self._scripts.append(acts)

    async def write(self, order: Order) -> AsyncIterator[Event]:
        self.orders.append(order)
        acts = self._scripts.popleft() if self._scripts else ("Text.",)
        try:
            for act in acts:
                if isinstance(act, str):
                    yield Pieces(act)
                elif isinstance(act, Exception):
                    raise act
                elif isinstance(act, asyncio.Event):
                    await act.wait()
                else:
                    yield act
        except GeneratorExit:
            self.left_early += 1
            raise

    async def close(self) -> None:
        self.closed = True
