"""What a process and the service manager that started it say to each other; nothing where nobody did.

Source: systemd, sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
"""

import contextlib
import os
import socket

#: The first socket that is handed over. Source: sd_listen_fds(3), SD_LISTEN_FDS_START.
FIRST_FD = 3


def listening_fd() -> int | None:
    """The socket that the service manager listens on for this process, and keeps while it is replaced; None: there is none."""
    meant_for_us = os.environ.get("LISTEN_PID") == str(os.getpid())
    return FIRST_FD if meant_for_us and os.environ.get("LISTEN_FDS") == "1" else None


def tell(state: str) -> None:
    """Tell the service manager how it stands: `READY=1`, `STOPPING=1`, `WATCHDOG=1`."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):  # it may be busy: then the next one tells
        sender.sendto(state.encode(), "\0" + name[1:] if name.startswith("@") else name)


def pulse_s() -> float | None:
    """How often it wants a sign of life, in seconds, with room to spare; None: never."""
    limit_us = os.environ.get("WATCHDOG_USEC", "")
    if not limit_us.isascii() or not limit_us.isdigit() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(limit_us) / 1e6 / 3
