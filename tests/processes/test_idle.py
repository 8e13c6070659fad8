"""Connections that do nothing, or not all of what they began, are closed; who reads slowly is waited for, but not for ever."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.harness import Program, environment, free_port, wait_until

#: The web process alone, with less patience than it has otherwise.
IMPATIENT = """
from gevent import monkey
monkey.patch_all()
from storybot import schema, web
from storybot.settings import read_settings
web.IDLE_S, web.STALL_S = 1.0, 1.5
settings = read_settings()
schema.upgrade(settings)
web.serve(settings)
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("idle")
    chosen = free_port()
    (folder / "impatient.py").write_text(IMPATIENT)
    with Program(folder, "impatient", env=environment(folder / "data", PORT=chosen)):
        wait_until(
            lambda: _answer(chosen, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200"),
            30,
            "a start",
        )
        yield chosen


def _answer(port: int, *parts: bytes) -> bytes:
    """What comes back until the server closes the connection."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            for part in parts:
                connection.sendall(part)
            answer = b""
            while read := connection.recv(65536):
                answer += read
            return answer
    except OSError:
        return b""


@pytest.mark.parametrize("begun", [b"", b"GET /heal", b"GET /healthz HTTP/1.1\r\nHost: local"], ids=["nothing", "half a line", "half a head"])
def test_what_is_never_asked_is_not_waited_for(port: int, begun: bytes) -> None:
    assert b"200 OK" not in _answer(port, begun)


def test_a_connection_that_was_used_is_closed_when_it_is_idle(port: int) -> None:
    assert _answer(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_half_a_body_is_not_waited_for(port: int) -> None:
    head = b"POST /prompts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    assert b"bad-request" in _answer(port, head, b'{"content":')
