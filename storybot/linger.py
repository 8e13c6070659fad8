"""How long a commit waits for more text to come in.

A single stream is committed at once. Where several are open, one commit serves many of them, which is what makes a
thousand affordable (see docs/performance.md); only a first text is not kept waiting.
"""

import asyncio

#: With several open generations every commit leaves the others who write this long, in seconds.
LEAST_S = 0.004
#: Per open generation, at least and at the most, in seconds.
EACH_S = 0.0001
MIN_S = 0.02
MAX_S = 0.15


class Linger:
    """The wait before a commit. Made inside the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()

    async def wait(self, open_generations: int, *, urgent: bool) -> None:
        """Wait as long as so many open generations make worth while; urgent: somebody's first text is there already."""
        if open_generations < 2:
            return
        await asyncio.sleep(LEAST_S)
        if not urgent:
            self._over.clear()
            alarm = self._loop.call_later(min(MAX_S, max(MIN_S, EACH_S * open_generations)) - LEAST_S, self._over.set)
            await self._over.wait()
            alarm.cancel()

    def cut_short(self) -> None:
        """A first text has come."""
        self._over.set()
