"""Taking turns: a lock that goes to who has waited longest."""

import threading
from collections import deque


class Turn:
    """As a `threading.Lock`, but fair: under steady demand a plain lock lets newcomers overtake until somebody starves."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn, at most `timeout` seconds; whether it came."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=timeout):
            return True
        with self._guard:
            try:
                self._waiting.remove(ticket)
            except ValueError:
                return True  # the turn was handed over in this very moment
        return False

    def release(self) -> None:
        """Hand the turn to the next one."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
