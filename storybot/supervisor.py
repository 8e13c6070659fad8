"""`storybot run`: the web process and the worker as children, on one machine, with nothing else needed.

The supervisor owns the listening socket, so that connections wait instead of failing while a web process is replaced;
it starts again whatever dies, serves the metrics of all, and takes everything down with it when it ends.
"""

import http.client
import os
import select
import signal
import subprocess
import sys
import time
import webbrowser
from dataclasses import dataclass
from types import FrameType

from storybot import exposition
from storybot.listening import listening
from storybot.settings import Settings, SettingsError

LOOK_S = 0.1
#: A child that lived less than this is started again only after a pause, both in seconds.
SHORT_LIFE_S = 2.0
PAUSE_S = 0.5
#: How long children may take to end, in seconds.
STOP_S = 10.0
EX_CONFIG = 78


@dataclass
class Child:
    """A process to keep alive."""

    name: str
    command: list[str]
    started: float = 0.0
    not_before: float = 0.0
    process: subprocess.Popen[bytes] | None = None


def run(settings: Settings) -> int:
    """Run until SIGTERM, SIGINT, or a child that says its settings are wrong. Returns the exit status."""
    data = settings.data_path
    (data / "run").mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(data / "run" / "metrics")
    exposition.share(data / "run" / "metrics")
    try:
        listener = listening(settings.host, settings.port)
        _server, metrics_port = exposition.expose(settings.metrics_port)
    except SettingsError as error:
        print(f"storybot: {error}", file=sys.stderr)
        return EX_CONFIG
    port = listener.getsockname()[1]
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
                child.process = None
            if child.process is None and time.monotonic() >= child.not_before:
                _start(child, listener.fileno())
        if not greeted and _answers(settings.host, port):
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


def _start(child: Child, fd: int) -> None:
    child.started = time.monotonic()
    # A session of its own: Ctrl-C reaches the supervisor alone, which then ends its children in order.
    child.process = subprocess.Popen(child.command, pass_fds=(fd,), start_new_session=True)


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


def _answers(host: str, port: int) -> bool:
    try:
        connection = http.client.HTTPConnection(_reachable(host), port, timeout=0.5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def _address(host: str, port: int) -> str:
    shown = _reachable(host)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _reachable(host: str) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here
    return everywhere.get(host, host)


def _greet(settings: Settings, port: int, metrics_port: int) -> None:
    address = _address(settings.host, port)
    print(f"\n  Storybot is at {address}\n  API: {address}docs   Metrics: http://127.0.0.1:{metrics_port}/metrics   Stop: Ctrl-C\n", flush=True)
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
