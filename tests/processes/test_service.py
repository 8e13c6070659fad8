"""The service manager's part: it hands over a socket, is told when the process is ready, and sees that it lives."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storybot import service
from tests.processes.harness import ROOT, call, environment, wait_until


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def test_nobody_is_told_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    service.tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    service.tell("READY=1")


def test_the_manager_hears(manager: socket.socket) -> None:
    service.tell("READY=1")
    assert manager.recv(64) == b"READY=1"


@pytest.mark.parametrize(("pid", "count", "fd"), [("me", "1", 3), ("1", "1", None), ("me", "2", None), ("me", "", None), ("", "1", None)])
def test_only_a_socket_that_is_meant_for_this_process_counts(monkeypatch: pytest.MonkeyPatch, pid: str, count: str, fd: int | None) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()) if pid == "me" else pid)
    monkeypatch.setenv("LISTEN_FDS", count)
    assert service.listening_fd() == fd


@pytest.mark.parametrize(("limit", "pid", "seconds"), [("30000000", "", 10.0), ("30000000", "1", None), ("", "", None), ("soon", "", None)])
def test_how_often_a_sign_of_life_is_wanted(monkeypatch: pytest.MonkeyPatch, limit: str, pid: str, seconds: float | None) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", limit)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert service.pulse_s() == seconds


def test_the_web_process_serves_on_a_socket_that_it_is_handed(tmp_path: Path, manager: socket.socket) -> None:
    """Connections that come before it is there wait in that socket; it says when it is ready, that it lives, and that it goes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # As systemd does: the socket is descriptor 3, and LISTEN_PID is the process itself.
        command = 'exec 3<&"$1"; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" -m storybot web --upgrade'
        env = environment(tmp_path / "data", PORT=1) | {"NOTIFY_SOCKET": os.environ["NOTIFY_SOCKET"], "WATCHDOG_USEC": "600000"}
        web = subprocess.Popen(
            ["bash", "-c", command, sys.executable, str(listener.fileno())],
            cwd=ROOT,
            env=env,
            pass_fds=(listener.fileno(),),
            stdout=subprocess.DEVNULL,
        )
        try:
            assert call(f"http://127.0.0.1:{port}/healthz").status == 200
            told = [manager.recv(64), manager.recv(64)]
            web.terminate()
            assert web.wait(20) == 0
        finally:
            web.kill()
            web.wait()
    assert told == [b"READY=1", b"WATCHDOG=1"]
    assert wait_until(lambda: manager.recv(64) == b"STOPPING=1", 5, "the word that it goes")
