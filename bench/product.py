"""Storybot as the benchmark starts it, and what its processes use, read from /proc (Linux).

It runs as a user's does: `python -m storybot run` with a data folder of its own, all its processes on one core.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_READY_S = 60.0
_SAMPLE_S = 0.25


class NotReady(Exception):
    """Storybot did not start; the message says why, with the end of its log."""


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Product:
    """A running Storybot. model_port: of the model server; core: to run on, None for anywhere."""

    def __init__(self, model_port: int, core: int | None) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="storybot-bench-"))
        self._core = core
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYBOT_")} | {
            "STORYBOT_LIMITS": "off",
            "STORYBOT_ENGINE": "openai",
            "STORYBOT_OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
            "STORYBOT_OPENAI_MODEL": "words",
            "STORYBOT_PORT": str(self.port),
            "STORYBOT_METRICS_PORT": str(free_port()),
            "STORYBOT_DATA_DIR": str(self.folder / "data"),
            "STORYBOT_OPEN_BROWSER": "off",
        }
        self.peak_mib = 0.0

    def __enter__(self) -> Self:
        self._log = (self.folder / "output.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "storybot", "run"],
            env=self._environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=self._pin,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        self._watching = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_watcher"):
            self._watching.set()
            self._watcher.join()
        pids = self.pids()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pin(self) -> None:
        if self._core is not None:
            os.sched_setaffinity(0, {self._core})

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.05)
        raise NotReady(f"Storybot did not start. Its last words:\n{self.last_words()}")

    def last_words(self, characters: int = 2000) -> str:
        """The end of what it printed."""
        return (self.folder / "output.log").read_text(errors="replace")[-characters:]

    def pids(self) -> list[int]:
        """The supervisor and all below it."""
        return descendants(self._process.pid)

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds since each process began, by its role (`web`, `worker`, `supervisor`), with `all`."""
        used: dict[str, float] = {"all": 0.0}
        for pid in self.pids():
            seconds = cpu_s(pid)
            role = _role(pid)
            used[role] = used.get(role, 0.0) + seconds
            used["all"] += seconds
        return used

    def _watch(self) -> None:
        while not self._watching.wait(_SAMPLE_S):
            self.peak_mib = max(self.peak_mib, sum(resident_mib(pid) for pid in self.pids()))


def descendants(root: int) -> list[int]:
    """`root` and every process below it that lives."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds of the process with all its threads; 0 where it is gone."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def resident_mib(pid: int) -> float:
    """Memory of its own plus its share of what several processes use; 0 where it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def busy_s(core: int | None) -> float:
    """Seconds that the core (or all of them) was busy since the machine began, with whatever it was."""
    name = "cpu" if core is None else f"cpu{core}"
    for line in Path("/proc/stat").read_text().splitlines():
        words = line.split()
        if words[0] == name:
            user, nice, system, _idle, _wait, irq, soft, steal = map(int, words[1:9])
            return (user + nice + system + irq + soft + steal) / _TICKS
    return 0.0


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the third one, the state; empty where it is gone. Source: proc(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _role(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    for role in (b"web", b"worker"):
        if role in words:
            return role.decode()
    return "supervisor"
