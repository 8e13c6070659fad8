"""The MDN HTTP Observatory, asked about a running Storybot behind a gateway with TLS, gives the page and the API an A+."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.processes.harness import ROOT, Server
from tests.requirements import need

pytestmark = pytest.mark.e2e
MODULES = ROOT / ".make" / "observatory" / "node_modules"
PAGES = ["/", "/library", "/story/0190", "/settings", "/docs"]
API = ["/prompts", "/api/prompts", "/api/stories", "/healthz", "/openapi.json", "/api/nowhere"]
ANY = "-new -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"


class Gateway(BaseHTTPRequestHandler):
    """What a gateway does: hands a request on over http and says that it came over https; plain http it sends to https."""

    protocol_version = "HTTP/1.1"
    behind: int
    secure_port: int

    def _hand_on(self) -> None:
        if not isinstance(self.connection, ssl.SSLSocket):
            self._answer(301, [("Location", f"https://localhost:{self.secure_port}{self.path}")], b"")
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=15)
        told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.client_address[0]}
        connection.request(self.command, self.path, headers=dict(self.headers.items()) | told)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        hop = {"connection", "transfer-encoding", "content-length", "keep-alive"}
        self._answer(answer.status, [item for item in answer.getheaders() if item[0].lower() not in hop], body)

    do_GET = do_OPTIONS = _hand_on

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def gateway(tmp_path: Path, page_dist: Path) -> Iterator[tuple[int, int, Path]]:
    """Ports of http and https of a gateway before a Storybot that trusts it, and the certificate to trust."""
    need(shutil.which("openssl"), "openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", *ANY.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(tmp_path / "data", TRUSTED_PROXIES=1, LIMITS="off", WEB_DIST=page_dist) as storybot:
        doors = [ThreadingHTTPServer(("localhost", 0), Gateway) for _ in range(2)]
        Gateway.behind, Gateway.secure_port = storybot.port, doors[1].server_port
        doors[1].socket = context.wrap_socket(doors[1].socket, server_side=True)
        threads = [threading.Thread(target=door.serve_forever) for door in doors]
        for thread in threads:
            thread.start()
        yield doors[0].server_port, doors[1].server_port, certificate
        for door, thread in zip(doors, threads, strict=True):
            door.shutdown()
            thread.join(10)
            door.server_close()


def test_the_page_and_the_api_get_an_a_plus(gateway: tuple[int, int, Path]) -> None:
    need(MODULES.is_dir(), "the Observatory (make observatory)")
    plain, secure, certificate = gateway
    script = ROOT / "tests" / "observatory" / "scan.mjs"
    scanned = subprocess.run(
        ["node", script, MODULES, "localhost", str(plain), str(secure), *PAGES, *API],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate), "no_proxy": "localhost", "NO_PROXY": "localhost"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert scanned.returncode == 0, scanned.stderr
    found = json.loads(scanned.stdout)
    assert {path: one for path, one in found.items() if one["grade"] != "A+" or one["lost"]} == {}
    assert [found[path]["status"] for path in PAGES] == [200] * len(PAGES)
    assert min(found[path]["score"] for path in PAGES) >= 120
    assert found["/api/nowhere"]["status"] == 404
