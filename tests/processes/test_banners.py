"""No process tells a stranger what it is made of: asked over a real connection, rightly and wrongly."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.processes.harness import Server, call, free_port

#: Names and versions that a banner may hold.
TELLING = re.compile(rb"gevent|gunicorn|werkzeug|wsgiserver|cpython|python|flask|\d+\.\d+\.\d+", flags=re.I)


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, metrics_port: int) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("banners") / "data", METRICS_PORT=metrics_port) as running:
        yield running


def _raw(port: int, request: bytes) -> bytes:
    """The status line and the headers of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer and (read := connection.recv(4096)):
            answer += read
    return answer.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /prompts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /prompts HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["page", "api", "missing", "host", "trace", "nonsense", "version", "header", "long"],
)
def test_the_web_server_tells_no_name_and_no_version(server: Server, request_: bytes) -> None:
    head = _raw(server.port, request_)
    assert head.startswith(b"HTTP/1.")
    headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:])}
    assert not {b"server", b"x-powered-by", b"via"} & set(headers)
    assert not any(TELLING.search(value) for value in headers.values()), head
    assert b"200" not in head.split(b"\r\n")[0] or b"content-security-policy" in headers


def test_trace_is_not_answered_with_what_was_sent(server: Server) -> None:
    answer = call(f"{server.url}/prompts", "TRACE", headers={"X-Secret": "do-not-echo"})
    assert answer.status in {405, 404, 501}
    assert b"do-not-echo" not in answer.body


def test_metrics_tell_no_version_in_their_headers(server: Server, metrics_port: int) -> None:
    head = _raw(metrics_port, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b" 200 " in head
    assert b"\r\nServer: storybot" in head
    assert not re.search(rb"WSGIServer|CPython|Python/", head)
