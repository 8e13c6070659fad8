"""Whether a child of the supervisor still works: a process may live and do nothing.

A worker touches its lock file at every sign of life; the web process answers /healthz.
"""

import http.client
import threading
import time
from collections.abc import Callable
from pathlib import Path

#: How long the web process may take for one answer, and how long it is left alone between two, in seconds.
ANSWER_S = 5.0
PAUSE_S = 2.0


class Pulse:
    """Takes note of the moments in which something was seen to work, and of how long ago the last one is.

    Before the first one it is patient: a start may have to bring a large database up to date. Time stands still while
    the machine sleeps (Linux: CLOCK_MONOTONIC), so that nobody seems dead after it woke up.
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._seen: object = None

    def note(self, sign: object) -> None:
        """Something is a sign of life if it is not what was there before."""
        if sign != self._seen:
            self._seen, self._last = sign, time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the last sign of life; 0 before the first one."""
        return 0.0 if self._last is None else time.monotonic() - self._last

    def end(self) -> None:
        """Look no more."""


class WorkerPulse(Pulse):
    """A worker's pulse, by its lock file in `folder`."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__()
        self._folder = folder
        self._pid = str(pid)
        self._path: Path | None = None

    def look(self) -> float:
        """Take the pulse. Returns how long there was none, in seconds."""
        try:
            self._path = self._path or next(path for path in self._folder.glob("worker-*.lock") if path.read_text() == self._pid)
            self.note((self._path, self._path.stat().st_mtime_ns))
        except (OSError, StopIteration):
            self._path = None  # it is still loading, or has started over under another name
        return self.silent_s


class WebPulse(Pulse):
    """The web process's pulse, felt by a thread of its own: an answer takes its time where there is much to do."""

    def __init__(self, connect: Callable[[], http.client.HTTPConnection]) -> None:
        super().__init__()
        self._connect = connect
        self._count = 0
        self._over = threading.Event()
        threading.Thread(target=self._feel, name="pulse", daemon=True).start()

    def look(self) -> float:
        """How long there was no pulse, in seconds."""
        return self.silent_s

    def end(self) -> None:
        self._over.set()

    def _feel(self) -> None:
        while not self._over.wait(PAUSE_S):
            if answers(self._connect):
                self._count += 1
                self.note(self._count)


def answers(connect: Callable[[], http.client.HTTPConnection]) -> bool:
    """Whether the web process says that it is well."""
    connection = connect()
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
