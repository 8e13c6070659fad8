"""Whoever visits the site: requests by HTTPS to a name that no resolver knows, and readers who come back when they are cut off."""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """An HTTP answer; header names in small letters, repeated ones joined."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Connection(http.client.HTTPSConnection):
    def __init__(self, address: str, name: str, context: ssl.SSLContext, timeout_s: float) -> None:
        super().__init__(name, 443, timeout=timeout_s, context=context)
        self._address = address
        self._name = name
        self._tls = context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, 443), self.timeout)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)
        except OSError:
            plain.close()
            raise


@dataclass
class Visitor:
    """A client that trusts `ca` and finds every name at `address`."""

    address: str
    ca: Path

    def connection(self, name: str, timeout_s: float = 30) -> http.client.HTTPSConnection:
        """An open way to a host of the site. Raises: OSError, ssl.SSLError."""
        return _Connection(self.address, name, ssl.create_default_context(cafile=str(self.ca)), timeout_s)

    def call(self, url: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        """One request; `url` is `host/path`, `body` goes as JSON, `x_y=` is the header X-Y."""
        name, _, path = url.partition("/")
        connection = self.connection(name)
        try:
            sent = None if body is None else json.dumps(body).encode()
            typed = {"Content-Type": "application/json"} if sent is not None else {}
            connection.request(method, f"/{path}", sent, typed | {key.replace("_", "-"): value for key, value in headers.items()})
            response = connection.getresponse()
            fields: dict[str, str] = {}
            for key, value in response.getheaders():
                fields[key.lower()] = f"{fields[key.lower()]}, {value}" if key.lower() in fields else value
            return Answer(response.status, fields, response.read())
        finally:
            connection.close()

    def plain(self, name: str, path: str = "/") -> Answer:
        """The same without TLS, on port 80."""
        connection = http.client.HTTPConnection(self.address, 80, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": name})
            response = connection.getresponse()
            return Answer(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
        finally:
            connection.close()


class Reader(threading.Thread):
    """Reads a story to its end, and goes on at the last place where the stream breaks."""

    def __init__(self, visitor: Visitor, name: str, story: dict[str, Any], patience_s: float = 120) -> None:
        super().__init__(daemon=True)
        self.text = ""
        self.breaks = 0
        self.first_s = 0.0
        self.ended = ""
        self.failure: BaseException | None = None
        self.story = story
        self._visitor = visitor
        self._name = name
        self._path = f"/generations/{story['generation']['id']}/events"
        self._last_id = ""
        self._deadline = time.monotonic() + patience_s

    def run(self) -> None:
        try:
            while not self.ended:
                assert time.monotonic() < self._deadline, f"the story did not end: {len(self.text)} characters, {self.breaks} breaks"
                try:
                    for kind, number, data in self._events():
                        self._take(kind, number, data)
                        if self.ended:
                            break
                except (OSError, http.client.HTTPException):
                    pass
                if not self.ended:
                    self.breaks += 1
                    time.sleep(0.1)
        except BaseException as error:
            self.failure = error

    def _take(self, kind: str, number: str, data: Any) -> None:
        if kind == "text":
            assert number != self._last_id, "a piece came twice"
            self.text += data["text"]
        elif kind in {"done", "stopped", "failed"}:
            self.ended = kind
        if number:
            self._last_id = number

    def _events(self) -> Iterator[tuple[str, str, Any]]:
        connection = self._visitor.connection(self._name)
        began = time.monotonic()
        try:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": self._last_id} if self._last_id else {})
            connection.request("GET", self._path, headers=headers)
            response = connection.getresponse()
            assert response.status == 200, (response.status, response.read()[:300])
            kind, number, lines = "message", "", []
            while raw := response.readline():
                line = raw.decode().rstrip("\n")
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if not line and lines:
                    self.first_s = self.first_s or time.monotonic() - began
                    yield kind, number, json.loads("\n".join(lines))
                    kind, number, lines = "message", "", []
                elif field == "event":
                    kind = value
                elif field == "id":
                    number = value
                elif field == "data":
                    lines.append(value)
        finally:
            connection.close()
