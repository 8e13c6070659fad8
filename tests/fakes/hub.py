"""A Hugging Face hub for tests: redirects to a second address, tells size and sum, gives ranges, and fails as it is told.

In a test: `with Hub({"someone/model/file.gguf": content}) as hub: … hub.endpoint …`, with `hub.faults` for what the next
downloads do. As a program: `python -m tests.fakes.hub FOLDER --port 8090` gives the folder's files as `someone/<file>/<file>`.
"""

import argparse
import contextlib
import hashlib
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/([^?]+)")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Fault:
    """What one download does instead of giving all of it.

    cut: breaks off after so many bytes of its body; status: answers with this instead; garbage: gives other bytes; whole: does not
    know ranges; stall: says nothing more after `cut` bytes until the hub ends.
    """

    cut: int | None = None
    status: int | None = None
    garbage: bool = False
    whole: bool = False
    stall: bool = False


@dataclass
class Hub:
    """files: their content by `owner/repo/file`. rate: bytes a second of each download, 0 for as fast as possible. tells_sum: whether
    the ETag is the file's SHA-256, as for files in the hub's large file storage. gated: repositories that want a token."""

    files: dict[str, bytes]
    rate: int = 0
    tells_sum: bool = True
    tag: str | None = None
    gated: frozenset[str] = frozenset()
    host: str = "127.0.0.1"
    port: int = 0
    faults: deque[Fault] = field(default_factory=deque)
    head_faults: deque[int] = field(default_factory=deque)
    ranges: list[str | None] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    sent: int = 0
    _servers: list[ThreadingHTTPServer] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        store = self._serve(_store(self), 0)
        self._store = f"http://localhost:{store.server_address[1]}"
        front = self._serve(_front(self), self.port)
        self.port = front.server_address[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, handler: type[BaseHTTPRequestHandler], port: int) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer((self.host, port), handler)
        server.daemon_threads = True
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    def paced(self, body: bytes) -> Iterator[bytes]:
        """The body in blocks, as fast as `rate` says."""
        block = max(1, min(16_384, self.rate // 50)) if self.rate else 16_384
        for at in range(0, len(body), block):
            piece = body[at : at + block]
            yield piece
            self.sent += len(piece)
            if self.rate:
                time.sleep(len(piece) / self.rate)

    def stall(self) -> None:
        self._ending.wait()


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)


def _front(hub: Hub) -> type[BaseHTTPRequestHandler]:
    """The hub itself: says what a file is, and where it lies."""

    class Front(_Quiet):
        def do_HEAD(self) -> None:
            hub.authorizations.append(self.headers.get("Authorization"))
            found = _RESOLVE.fullmatch(self.path.partition("?")[0])
            if found is None:
                return self._answer(404, {})
            if self.command == "HEAD" and hub.head_faults:
                return self._answer(hub.head_faults.popleft(), {})
            repo, _revision, file = found.groups()
            if repo in hub.gated and not self.headers.get("Authorization"):
                return self._answer(401, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to this model is restricted."})
            content = hub.files.get(f"{repo}/{file}")
            if content is None:
                return self._answer(404, {"X-Error-Code": "EntryNotFound"})
            tag = hub.tag or (hashlib.sha256(content).hexdigest() if hub.tells_sum else hashlib.sha1(content).hexdigest())
            about = {"X-Repo-Commit": COMMIT, "X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{tag}"', "ETag": f'"{tag}"'}
            return self._answer(302, about | {"Location": f"{hub._store}/{repo}/{file}?signed=1"})

        do_GET = do_HEAD

    return Front


def _store(hub: Hub) -> type[BaseHTTPRequestHandler]:
    """Where the files lie: another origin, to which no token may go."""

    class Store(_Quiet):
        def do_GET(self) -> None:
            assert self.headers.get("Authorization") is None, "a token came to another origin"
            content = hub.files[self.path[1:].partition("?")[0]]
            fault = hub.faults.popleft() if hub.faults else Fault()
            wanted = self.headers.get("Range")
            hub.ranges.append(wanted)
            if fault.status:
                return self._answer(fault.status, {})
            at = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not fault.whole else 0
            body = bytes(len(content) - at) if fault.garbage else content[at:]
            part = {"Content-Range": f"bytes {at}-{len(content) - 1}/{len(content)}"} if at else {}
            self._answer(206 if at else 200, {"Content-Length": str(len(body)), "ETag": '"store"'} | part)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for piece in hub.paced(body if fault.cut is None else body[: fault.cut]):
                    self.wfile.write(piece)
                if fault.stall:
                    self.wfile.flush()
                    hub.stall()
            if fault.cut is not None:
                self.close_connection = True
            return None

        do_HEAD = do_GET

    return Store


def main() -> None:
    """Give the files of a folder until the process is ended."""
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--port", type=int, default=8090)
    words.add_argument("--rate", type=int, default=0)
    given = words.parse_args()
    files = {f"someone/{path.name}/{path.name}": path.read_bytes() for path in given.folder.glob("*.gguf")}
    with Hub(files, rate=given.rate, port=given.port) as hub:
        print(f"HF_ENDPOINT={hub.endpoint}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
