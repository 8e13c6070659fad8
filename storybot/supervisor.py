"""`storybot run`: the web process and the worker as children, on one machine, with nothing else needed.

The supervisor owns the listening socket, so that connections wait instead of failing while a web process is replaced;
it starts again whatever dies or hangs, serves the metrics of all, and takes everything down with it when it ends.
"""

import fcntl
import functools
import http.client
import os
import select
import signal
import subprocess
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from storybot import exposition
from storybot.listening import listening
from storybot.settings import Settings, SettingsError
from storybot.vitals import ANSWER_S, WebPulse, WorkerPulse, answers

LOOK_S = 0.1
#: A child that lived less than this is started again only after a pause, both in seconds.
SHORT_LIFE_S = 2.0
PAUSE_S = 0.5
#: How long children may take to end, in seconds.
STOP_S = 10.0
#: After so many leases without a sign of life a child is ended and started again.
PATIENCE_LEASES = 3
#: How long one look at whether the page can be reached may take, in seconds.
GREETING_S = 0.5
EX_CONFIG = 78


@dataclass
class Child:
    """A process to keep alive."""

    name: str
    command: list[str]
    started: float = 0.0
    not_before: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    pulse: WorkerPulse | WebPulse | None = None

    def forget(self) -> None:
        """The process is none any more."""
        self.process = None
        if self.pulse is not None:
            self.pulse.end()
            self.pulse = None


def run(settings: Settings) -> int:
    """Run until SIGTERM, SIGINT, or a child that says its settings are wrong. Returns the exit status."""
    data = settings.data_path
    (data / "run").mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(data / "run" / "metrics")
    try:
        _lock = _only_one(data)
        exposition.share(data / "run" / "metrics")
        listener = listening(settings.host, settings.port)
        _server, metrics_port = exposition.expose(settings.metrics_host, settings.metrics_port)
    except SettingsError as error:
        print(f"storybot: {error}", file=sys.stderr)
        return EX_CONFIG
    port = listener.getsockname()[1]
    connect = functools.partial(http.client.HTTPConnection, _reachable(settings.host), port)
    children = _children(listener.fileno())
    stopping = _Stopping()
    status = 0
    greeted = False
    while not stopping.asked:
        for child in children:
            code = child.process.poll() if child.process else None
            if child.process and code is not None:
                exposition.forget_process(child.process.pid)
                if code == EX_CONFIG:
                    stopping.asked, status = True, EX_CONFIG
                    break
                if code != 0 or greeted:
                    print(f"storybot: the {child.name} ended with status {code}; starting it again.", file=sys.stderr)
                child.not_before = time.monotonic() + (PAUSE_S if time.monotonic() - child.started < SHORT_LIFE_S else 0)
                child.forget()
            if child.process is None and time.monotonic() >= child.not_before:
                child.process = _start(child, listener.fileno())
                child.pulse = (
                    WorkerPulse(data / "run", child.process.pid) if child.name == "worker" else WebPulse(functools.partial(connect, timeout=ANSWER_S))
                )
            _end_what_hangs(child, PATIENCE_LEASES * settings.lease_s)
        if not greeted and answers(functools.partial(connect, timeout=GREETING_S)):
            greeted = True
            _greet(settings, port, metrics_port)
        stopping.wait(LOOK_S)
    _stop(children)
    return status


def _children(fd: int) -> list[Child]:
    program, me = [sys.executable, "-m", "storybot"], ["--supervisor", str(os.getpid())]
    return [
        Child("web process", [*program, "web", "--fd", str(fd), "--upgrade", *me]),
        Child("worker", [*program, "worker", "--wait", *me]),
    ]


def _only_one(data: Path) -> IO[str]:
    """Takes hold of the data folder for as long as this process lives. Raises: SettingsError where another one has it."""
    lock = (data / "run" / "supervisor.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        process = lock.read().strip() or "unknown"
        raise SettingsError(f"Storybot runs already with the data folder {data} (process {process}): stop it, or set STORYBOT_DATA_DIR.") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _start(child: Child, fd: int) -> subprocess.Popen[bytes]:
    child.started = time.monotonic()
    # A session of its own: Ctrl-C reaches the supervisor alone, which then ends its children in order.
    return subprocess.Popen(child.command, pass_fds=(fd,), start_new_session=True)


def _end_what_hangs(child: Child, patience_s: float) -> None:
    if child.process is not None and child.pulse is not None and child.pulse.look() > patience_s:
        print(f"storybot: the {child.name} gave no sign of life for {patience_s:g} seconds; ending it.", file=sys.stderr)
        child.pulse.end()
        child.pulse = None
        child.process.kill()


class _Stopping:
    """Whether somebody asked to stop; a signal ends a wait at once."""

    def __init__(self) -> None:
        self.asked = False
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        self._reader = reader
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def wait(self, seconds: float) -> None:
        if not self.asked and select.select([self._reader], [], [], seconds)[0]:
            os.read(self._reader, 64)


def _address(host: str, port: int) -> str:
    shown = _reachable(host)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _reachable(host: str) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
    return everywhere.get(host, host)


def _greet(settings: Settings, port: int, metrics_port: int) -> None:
    address = _address(settings.host, port)
    measured = f"http://{settings.metrics_host}:{metrics_port}/metrics"
    print(f"\n  Storybot is at {address}\n  API: {address}docs   Metrics: {measured}   Stop: Ctrl-C\n", flush=True)
    desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if settings.open_browser == "on" or (settings.open_browser == "auto" and desktop and sys.stdout.isatty()):
        webbrowser.open(address)


def _stop(children: list[Child]) -> None:
    running = [child.process for child in children if child.process and child.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_S
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
