"""A bell between processes of one machine: "there is something new in the database, look now".

It carries nothing and may be missed: who waits for it also looks by itself now and then. It only saves the processes
from looking hundreds of times a second. A bell is a datagram socket in a folder; whoever rings sends to all of a kind.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from storybot.ids import new_id


class Bell:
    """A bell that hangs in `folder/kind` until it is closed."""

    def __init__(self, folder: Path, kind: str) -> None:
        self._folder = folder / kind
        self._folder.mkdir(parents=True, exist_ok=True)
        self._name = new_id()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with _reachable(self._folder) as base:
            self._socket.bind(f"{base}/{self._name}")

    def fileno(self) -> int:
        """For an event loop that wants to hear it."""
        return self._socket.fileno()

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, `seconds` at the most; whether it rang."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(16)
        except TimeoutError:
            return False
        self.hush()
        return True

    def hush(self) -> None:
        """Forget all ringing up to now."""
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)

    def close(self) -> None:
        """Take it down."""
        self._socket.close()
        (self._folder / self._name).unlink(missing_ok=True)


def ring(folder: Path, kind: str) -> None:
    """Ring every bell of this kind; never waits, and takes down those whose process has died."""
    place = folder / kind
    try:
        names = [path.name for path in place.iterdir()]
    except FileNotFoundError:
        return
    if not names:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, _reachable(place) as base:
        sender.setblocking(False)
        for name in names:
            try:
                sender.sendto(b"!", f"{base}/{name}")
            except ConnectionRefusedError:
                (place / name).unlink(missing_ok=True)
            except OSError:
                continue  # it is full of rings already, or just coming or going


@contextlib.contextmanager
def _reachable(folder: Path) -> Iterator[str]:
    """A short path to the folder: a socket's address has room for some hundred bytes only (unix(7))."""
    direct = str(folder)
    if len(direct) < 60 or not Path("/proc/self/fd").exists():
        yield direct
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{fd}"
    finally:
        os.close(fd)
