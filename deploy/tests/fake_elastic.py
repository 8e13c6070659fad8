"""As much of Elasticsearch and Kibana as the preparations need, with Python's own library only: a test holds it in its own
process, or runs it on a server as `fake_elastic.py PORT STATE PASSWORD [CERTIFICATES]`; STATE is a file that shows what it was told."""

import base64
import json
import os
import socket
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

#: What a new token of the service account looks like.
TOKEN = "AAEAAW"


class FakeElastic(ThreadingHTTPServer):
    """certificates: the folder with elasticsearch.crt and .key; None: plain HTTP. state: a file that is written at each change."""

    def __init__(self, password: str, certificates: Path | None = None, *, port: int = 0, state: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "elasticsearch.crt", certificates / "elasticsearch.key")
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.login = "Basic " + base64.b64encode(f"elastic:{password}".encode()).decode()
        self.put: dict[str, Any] = {}
        self.keys: dict[str, bool] = {}
        self.tokens = 0
        self._state = state

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def background(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def note(self) -> None:
        if self._state:
            self._state.write_text(json.dumps({"put": self.put, "keys": self.keys, "tokens": self.tokens}))


class _Handler(BaseHTTPRequestHandler):
    server: FakeElastic

    def _do(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, body = self._answer_to(raw)
        self.server.note()
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = _do

    def _answer_to(self, raw: bytes) -> tuple[int, Any]:
        path, server = self.path.partition("?")[0], self.server
        if self.headers["Authorization"] != server.login:
            return 401, {"error": {"type": "security_exception", "reason": "unable to authenticate user [elastic]"}}
        if path == "/api/status":
            return 200, {"status": {"overall": {"level": "available"}}}
        if path == "/api/saved_objects/_import":
            server.put[path] = raw.decode()
            return (200, {"success": True, "successCount": 9}) if self.headers["kbn-xsrf"] else (400, {"message": "kbn-xsrf is missing"})
        if self.command == "PUT":
            body = json.loads(raw)
            if len(body.get("password", "long enough")) < 6:
                return 400, {"error": {"reason": "passwords must be at least [6] characters long"}}
            server.put[path] = body
            return 200, {"acknowledged": True}
        if path == "/_security/api_key":
            return self._api_key(json.loads(raw) if raw else {})
        if path.startswith("/_security/service/elastic/kibana/"):
            return self._token()
        return 404, {"error": {"reason": "no handler found"}}

    def _token(self) -> tuple[int, Any]:
        if self.command == "DELETE":
            found, self.server.tokens = self.server.tokens, 0
            return (200, {"found": True}) if found else (404, {"found": False})
        self.server.tokens += 1
        return 200, {"created": True, "token": {"name": "storybot", "value": TOKEN}}

    def _api_key(self, body: dict[str, Any]) -> tuple[int, Any]:
        keys = self.server.keys
        if self.command == "POST":
            name = f"key{len(keys)}"
            keys[name] = True
            self.server.put["key"] = body
            return 200, {"id": name, "api_key": "secret", "name": body["name"]}
        if self.command == "DELETE":
            keys.update(dict.fromkeys(body["ids"], False))
            return 200, {"invalidated_api_keys": body["ids"]}
        return 200, {"api_keys": [{"id": name, "invalidated": not valid} for name, valid in keys.items()]}

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def main() -> None:
    """Serve until it is ended; tells systemd when it can be asked."""
    port, state, password, *certificates = sys.argv[1:]
    server = FakeElastic(password, Path(certificates[0]) if certificates else None, port=int(port), state=Path(state))
    if notify := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.connect("\0" + notify[1:] if notify.startswith("@") else notify)
            told.send(b"READY=1")
    server.serve_forever(0.02)


if __name__ == "__main__":
    main()
