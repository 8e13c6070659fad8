"""Work that takes long and would hold up every greenlet of the web process, done in threads beside it."""

from collections.abc import Callable
from typing import Any, TypeVar

from gevent import monkey
from gevent.threadpool import ThreadPool

T = TypeVar("T")


class OffLoop:
    """A few threads for one kind of work; made when they are first needed.

    at_once: how many may work at the same time; more wait their turn, and other greenlets go on meanwhile.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._threads: ThreadPool | None = None

    def do(self, work: Callable[..., T], *given: Any) -> T:
        """What `work` returns or raises. It must touch nothing that greenlets share: no session, no lock of theirs."""
        if not monkey.is_module_patched("threading"):
            return work(*given)  # the command line, and servers with threads of their own
        if self._threads is None:
            self._threads = ThreadPool(self._at_once)
        result: T = self._threads.apply(work, given)
        return result
