"""A reader of event streams as strict as a browser and as stubborn as a child: it comes back after every break."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from tests.processes.harness import Server

TERMINAL = ("done", "stopped", "failed")


@dataclass(frozen=True)
class Event:
    """One server-sent event. `id`: the piece's number, None for the end."""

    id: int | None
    name: str
    data: Any


def parse(block: bytes) -> Event | None:
    """The event of one block (without its blank line); None where it holds only comments.

    Source: WHATWG HTML, 9.2.6, Interpreting an event stream.
    """
    fields: dict[str, str] = {}
    for line in block.decode().split("\n"):
        if line and not line.startswith(":"):
            name, _, value = line.partition(":")
            assert name in {"id", "event", "data"}, f"an unknown field: {line!r}"
            assert name not in fields, f"a field twice in one event: {block!r}"
            fields[name] = value.removeprefix(" ")
    if not fields:
        return None
    return Event(int(fields["id"]) if "id" in fields else None, fields["event"], json.loads(fields["data"]))


def stream(url: str, after: int = 0, by: Literal["header", "query"] = "header", timeout_s: float = 25) -> Iterator[Event]:
    """The events of one connection, until it ends or breaks.

    after: the number of the last piece that the reader has, given as `Last-Event-ID` or as `?after=`.
    Raises: OSError, http.client.HTTPException where the connection breaks or is refused.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(after)} if after and by == "header" else {})
        connection.request("GET", parts.path + (f"?after={after}" if by == "query" else ""), headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            raise http.client.HTTPException(f"status {response.status}")
        kept = b""
        while received := response.read1(65536):
            *blocks, kept = (kept + received).split(b"\n\n")
            for block in blocks:
                if (event := parse(block)) is not None:
                    yield event
    finally:
        connection.close()


class Reader(threading.Thread):
    """Reads one generation to its end in a thread; after any break it goes on after the last piece that it has.

    leave_after: it closes the page for good after so many events (0: never).
    """

    def __init__(self, server: Server, story: Any, *, leave_after: int = 0, limit_s: float = 120) -> None:
        super().__init__(daemon=True)
        self.story = story
        self.generation_id: str = story["generation"]["id"]
        self._url = server.url + story["generation"]["events"]
        self._leave_after = leave_after
        self._deadline = time.monotonic() + limit_s
        self.events: list[Event] = []
        self.breaks = 0
        self.failure: Exception | None = None

    @property
    def last_id(self) -> int:
        return next((event.id for event in reversed(self.events) if event.id is not None), 0)

    @property
    def text(self) -> str:
        return "".join(event.data["text"] for event in self.events if event.name == "text")

    @property
    def terminal(self) -> Event | None:
        return self.events[-1] if self.events and self.events[-1].name in TERMINAL else None

    def run(self) -> None:
        try:
            while self.terminal is None and not self._has_left():
                assert time.monotonic() < self._deadline, "the stream never came to its end"
                self._read_on()
        except Exception as failure:
            self.failure = failure

    def _has_left(self) -> bool:
        return 0 < self._leave_after <= len(self.events)

    def _read_on(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            for event in stream(self._url, self.last_id):
                assert self.terminal is None, f"an event after the end: {event}"
                self.events.append(event)
                if self._has_left():
                    return
        if self.terminal is None:
            self.breaks += 1
            time.sleep(0.02)  # the pause of a client that knocks at a door nobody stands behind

    def finish(self, timeout_s: float = 60) -> "Reader":
        """Wait for its end. Raises: what went wrong in it, AssertionError where pieces do not follow each other."""
        self.join(timeout_s)
        assert not self.is_alive(), f"still reading {self.generation_id} at piece {self.last_id}"
        if self.failure is not None:
            raise self.failure
        assert_contiguous(self.events)
        return self


def assert_contiguous(events: list[Event], after: int = 0) -> None:
    """The pieces are numbered after + 1, after + 2, …; at most one end comes, at the end, without a number."""
    texts = events[:-1] if events and events[-1].name in TERMINAL else events
    assert [event.name for event in texts] == ["text"] * len(texts)
    assert [event.id for event in texts] == list(range(after + 1, after + len(texts) + 1))
    if len(texts) < len(events):
        assert events[-1].id is None
