"""A deadline for reading that costs a stream no timer a token: it is looked at only when it might have passed."""

import asyncio
from collections.abc import Callable


class Stalled(Exception):
    """The server gave no sign of work for too long."""


class Watch:
    """Calls `fail` with `Stalled` when `extend` was not called for `limit_s` seconds.

    Time counts only between `extend` and `pause`: a reader that is busy elsewhere makes no server slow.
    """

    __slots__ = ("_deadline", "_fail", "_handle", "_limit_s", "_loop", "_paused")

    def __init__(self, fail: Callable[[Exception], None], limit_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._fail = fail
        self._limit_s = limit_s
        self._paused = False
        self._deadline = self._loop.time() + limit_s
        self._handle = self._loop.call_later(limit_s, self._look)

    def extend(self) -> None:
        """The server is at work, or the reader is back: the time starts anew."""
        self._deadline = self._loop.time() + self._limit_s
        self._paused = False

    def pause(self) -> None:
        """The reader is busy with what came."""
        self._paused = True

    def limit(self, limit_s: float) -> None:
        """From now on another limit, in seconds."""
        self._handle.cancel()
        self._limit_s = limit_s
        self._deadline = self._loop.time() + limit_s
        self._handle = self._loop.call_later(limit_s, self._look)

    def stop(self) -> None:
        """No deadline any more."""
        self._handle.cancel()

    def _look(self) -> None:
        left_s = self._limit_s if self._paused else self._deadline - self._loop.time()
        if left_s > 0:
            self._handle = self._loop.call_later(left_s, self._look)
        else:
            self._fail(Stalled())
