"""The benchmark's readers: many streams at once, each word's delay and order, as cheaply as Python can.

`python -m bench.load --target direct --port … --streams 200 --words 150 --rounds 2 --ramp-s 5` writes one JSON object
(`Outcome`) to `--output`. `direct` asks the model server itself; `storybot` posts a story and reads its generation's events. Every
stream is one connection that is open before it begins, as a reader's browser's is.
"""

import argparse
import asyncio
import re
import time
from array import array
from pathlib import Path
from typing import Literal, cast

import msgspec
import uvloop

Target = Literal["direct", "storybot"]

_WORD = re.compile(rb"w(\d+)@([\d.]+) ")
_EVENTS = re.compile(rb'"events":\s*"([^"]+)"')
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_BODY_END = b"0\r\n\r\n"


class Outcome(msgspec.Struct, kw_only=True):
    """What all streams together saw; times in seconds.

    first_s: from the request to the first text, one for each generation. delays_s: from the sending of a word to its
    arrival. gaps_s: how much longer than at its sending the pause before a word was.
    """

    streams: int
    generations: int = 0
    failed: int = 0
    words: int = 0
    missing: int = 0
    double: int = 0
    reordered: int = 0
    seconds: float = 0.0
    first_s: list[float] = msgspec.field(default_factory=list)
    delays_s: list[float] = msgspec.field(default_factory=list)
    gaps_s: list[float] = msgspec.field(default_factory=list)
    reasons: dict[str, int] = msgspec.field(default_factory=dict)


class Reader(asyncio.Protocol):
    """One stream after another over one connection, `rounds` of them."""

    def __init__(self, target: Target, port: int, words: int, rounds: int, ended: asyncio.Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._target = target
        self._host = b"Host: 127.0.0.1:%d\r\n" % port
        self._port = port
        self._words = words
        self._rounds = rounds
        self._ended = ended
        self._end_sign = b"[DONE]" if target == "direct" else b"event: done\n"
        self.transport: asyncio.Transport | None = None
        self._rest = b""
        self._in_events = False
        self._over = False
        self._end = b""
        self._next = 1
        self._asked_at = 0.0
        self._last_sent = 0.0
        self._last_come = 0.0
        self._seen: set[int] = set()
        self.first_s = array("d")
        self.delays_s = array("d")
        self.gaps_s = array("d")
        self.reordered = 0
        self.double = 0
        self.missing = 0
        self.reasons: list[str] = []
        self._pending: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if self._pending is not None:
            self.transport.write(self._pending)
            self._pending = None

    def begin(self) -> None:
        """Ask for the next generation."""
        self._rounds -= 1
        self._rest = b""
        self._over = False
        self._in_events = self._target == "direct"
        self._next = 1
        self._last_come = 0.0
        self._seen.clear()
        if self._target == "direct":
            path, body = b"/v1/chat/completions", b'{"model":"words","stream":true,"messages":[]}'
        else:
            path, body = b"/stories", b'{"prompt":"A dragon who is afraid of fire"}'
        self._asked_at = time.monotonic()
        self._send(b"POST %b HTTP/1.1\r\n%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (path, self._host, len(body), body))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if self._over:
            self._end = (self._end + data)[-5:]
            if self._end == _BODY_END:
                self._finish()
            return
        data = self._rest + data
        if not self._in_events:
            self._story_made(data)
            return
        # Lines are whole or not there; the sizes of HTTP chunks stand on lines of their own.
        cut = data.rfind(b"\n") + 1
        self._rest = data[cut:]
        for match in _WORD.finditer(data, 0, cut):
            self._word(int(match[1]), float(match[2]), now)
        if self._end_sign in data:
            # The chunk that ends the body may come a moment later.
            self._over = True
            self._end = data[-5:]
        elif self._target == "storybot" and (b"event: failed\n" in data or b"event: stopped\n" in data):
            self.fail("failed" + (re.findall(rb"problem:([a-z-]+)", data) or [b""])[0].decode())
            return
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 200"):
            self.fail(f"status {data[9:12].decode()}")
            return
        if self._over and self._end == _BODY_END:
            self._finish()

    def _word(self, number: int, sent: float, now: float) -> None:
        if self._last_come:
            self.gaps_s.append((now - self._last_come) - (sent - self._last_sent))
        else:
            self.first_s.append(now - self._asked_at)
        self._last_come, self._last_sent = now, sent
        self.delays_s.append(now - sent)
        if number == self._next:
            self._next += 1
        elif number in self._seen:
            self.double += 1
        elif number < self._next:
            self.reordered += 1
        else:
            self._next = number + 1
        self._seen.add(number)

    def _story_made(self, data: bytes) -> None:
        head, gap, body = data.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not gap or (length is not None and len(body) < int(length[1])):
            self._rest = data
            return
        events = _EVENTS.search(body)
        if events is None:
            self.fail(f"status {head[9:12].decode()}")
            return
        self._in_events = True
        self._rest = b""
        request = b"GET %b HTTP/1.1\r\n%bAccept: text/event-stream\r\n\r\n" % (events[1], self._host)
        if b"connection: close" in head.lower():
            self._reconnect(request)
        else:
            self._send(request)

    def _send(self, request: bytes) -> None:
        if self.transport is None:
            self._reconnect(request)
        else:
            self.transport.write(request)

    def _reconnect(self, request: bytes) -> None:
        if self.transport is not None:
            transport, self.transport = self.transport, None
            transport.abort()
        self._pending = request
        self._task = self._loop.create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await self._loop.create_connection(lambda: self, "127.0.0.1", self._port)
        except OSError:
            self.fail("not connected")

    def connection_lost(self, _: Exception | None) -> None:
        if self._pending is not None or self.transport is None:
            return
        self.transport = None
        if self._over:
            self._finish()
        elif self._in_events and not self._ended.done() and self._next > 1:
            self.fail("closed")

    def _finish(self) -> None:
        self._over = False
        self.missing += self._words - len(self._seen)
        if self._rounds > 0:
            self.begin()
        elif not self._ended.done():
            self._ended.set_result(None)

    def fail(self, reason: str) -> None:
        """This generation came to nothing."""
        if not self._ended.done():
            self.reasons.append(reason)
            if self.transport is not None:
                # Whatever still comes on it belongs to what has failed.
                transport, self.transport = self.transport, None
                transport.abort()
            self._finish()


async def read(target: Target, port: int, *, streams: int, words: int, rounds: int, ramp_s: float, limit_s: float) -> Outcome:
    """Begins `streams` streams, evenly over `ramp_s` seconds, and reads them to their ends."""
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    ends: list[asyncio.Future[None]] = []
    for _ in range(streams):
        ended: asyncio.Future[None] = loop.create_future()
        reader = Reader(target, port, words, rounds, ended)
        await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)  # type: ignore[misc]
        readers.append(reader)
        ends.append(ended)
    begin = time.monotonic()
    for number, reader in enumerate(readers):
        loop.call_later(number * ramp_s / streams, reader.begin)
    await asyncio.wait(ends, timeout=limit_s)
    for reader, ended in zip(readers, ends, strict=True):
        if not ended.done():
            reader.fail("not finished")
    outcome = Outcome(streams=streams, generations=streams * rounds, seconds=time.monotonic() - begin)
    for reader in readers:
        outcome.words += len(reader.delays_s)
        outcome.missing += reader.missing
        outcome.double += reader.double
        outcome.reordered += reader.reordered
        outcome.failed += len(reader.reasons)
        outcome.first_s.extend(reader.first_s)
        outcome.delays_s.extend(reader.delays_s)
        outcome.gaps_s.extend(reader.gaps_s)
        for reason in reader.reasons:
            outcome.reasons[reason] = outcome.reasons.get(reason, 0) + 1
        if reader.transport is not None:
            reader.transport.abort()
    return outcome


def main() -> None:
    options = argparse.ArgumentParser(description="The benchmark's readers.")
    options.add_argument("--target", choices=("direct", "storybot"), required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--streams", type=int, default=1)
    options.add_argument("--words", type=int, default=300)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--ramp-s", type=float, default=0.0)
    options.add_argument("--limit-s", type=float, default=180.0)
    options.add_argument("--output", type=Path, default=Path("/dev/stdout"))
    chosen = options.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(
            read(
                chosen.target,
                chosen.port,
                streams=chosen.streams,
                words=chosen.words,
                rounds=chosen.rounds,
                ramp_s=chosen.ramp_s,
                limit_s=chosen.limit_s,
            )
        )
    # To a file: on a pipe, megabytes written after uvloop has run were cut off now and then.
    chosen.output.write_bytes(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
