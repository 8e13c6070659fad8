"""The body of a streaming answer, taken straight off the connection.

aiohttp makes the connection (names, TLS, proxies, reuse) and reads the head of each answer; the bodies of successful
answers are taken out of their framing here, because aiohttp's own way costs several Python calls for each chunk and,
after a broken connection, withholds what had arrived before (measured in docs/performance.md). Everything else goes
its usual way through aiohttp.
"""

import asyncio
import functools
import re
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

#: How much may wait to be read, in bytes, before the server is held back.
MAX_WAITING_BYTES = 1024 * 1024

_MAX_HEAD_BYTES = 64 * 1024
_MAX_LINE_BYTES = 4096
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n")
_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\n]*|\r)?\n")
_TRAILER = re.compile(rb"([^\n]*)\n")
_LAST_CHUNK = b"0\r\n\r\n"


class BrokenBody(Exception):
    """The connection ended, or the framing broke, before the body's end."""


class Body:
    """One body: bytes of the connection go in by `feed`, those of the body come out by `read`.

    length: in bytes; None where it is chunked or goes on until the connection ends.
    Source of the framing: RFC 9112, 7.1 (chunked; extensions and trailers are skipped) and 6.3.
    """

    __slots__ = ("_ending", "_failure", "_left", "_line", "_loop", "_parts", "_tap", "_waiter", "_waiting_bytes", "chunked", "complete")

    def __init__(self, tap: "Tap | None", *, chunked: bool, length: int | None) -> None:
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self.chunked = chunked
        # Of the chunk (with its line end) or of the body; -1 where only the connection's end is the end.
        self._left = 0 if chunked else -1 if length is None else length
        self._line = b""
        self._ending = False
        self._parts: list[bytes] = []
        self._waiting_bytes = 0
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self.complete = length == 0

    @property
    def failure(self) -> Exception | None:
        """Why no more will come, before its end."""
        return self._failure

    def take(self) -> bytes:
        """What has arrived; b"" for nothing yet, or nothing any more."""
        parts = self._parts
        if not parts:
            return b""
        taken = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        if self._waiting_bytes > MAX_WAITING_BYTES and self._tap is not None:
            self._tap.hold(False)
        self._waiting_bytes = 0
        return taken

    async def read(self) -> bytes:
        """What has arrived, at least one byte; b"" at the end. Raises: BrokenBody, or what `fail` was given."""
        while not self._parts:
            if self.complete:
                return b""
            if self._failure is not None:
                raise self._failure
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self.take()

    def finish(self) -> None:
        """Give the connection back, so that it can serve again; to be called when all is read."""
        if self.complete and self.chunked and self._tap is not None:
            self._tap.finish()

    def fail(self, failure: Exception) -> None:
        """No more will come; what has arrived can still be read."""
        if not self.complete and self._failure is None:
            self._failure = failure
            self._wake()

    def feed(self, received: bytes) -> None:
        """Bytes from the connection."""
        if self._failure is not None or self.complete:
            return
        if self.chunked:
            self._feed_chunks(received)
        else:
            if self._left >= 0:
                received = received[: self._left]
                self._left -= len(received)
                self.complete = self._left == 0
            self._keep(received)
        if self._parts or self.complete or self._failure is not None:
            self._wake()

    def lost(self, clean: bool) -> None:
        """The connection has ended."""
        if self._left < 0 and not self.chunked and clean:
            self.complete = True
            self._wake()
        else:
            self.fail(BrokenBody())

    def _feed_chunks(self, received: bytes) -> None:
        if self._line:
            received = self._line + received
            self._line = b""
        at, end = 0, len(received)
        while at < end:
            left = self._left
            if left:
                # `left` counts the two bytes of the line end after the chunk, which are no part of the body.
                if end - at >= left:
                    if left > 2:
                        self._keep(received[at : at + left - 2])
                    self._left = 0
                    at += left
                    continue
                if left > 2:
                    self._keep(received[at : min(end, at + left - 2)])
                self._left = left - (end - at)
                return
            match = (_TRAILER if self._ending else _SIZE).match(received, at)
            if match is None:
                self._line = received[at:]
                if b"\n" in self._line or len(self._line) > _MAX_LINE_BYTES:
                    self._failure = BrokenBody()
                return
            at = match.end()
            if self._ending:
                self.complete = match[1] in (b"", b"\r")
                if self.complete:
                    return
            else:
                size = int(match[1], 16)
                self._left = size + 2 if size else 0
                self._ending = not size

    def _keep(self, body: bytes) -> None:
        self._parts.append(body)
        before = self._waiting_bytes
        self._waiting_bytes = before + len(body)
        if before <= MAX_WAITING_BYTES < self._waiting_bytes and self._tap is not None:
            self._tap.hold(True)

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class Tap(ResponseHandler):
    """aiohttp's protocol for one connection, but for the bodies of successful answers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.body: Body | None = None
        self._head: bytes | None = None

    def set_response_params(self, **params: Any) -> None:
        """aiohttp calls this before each request."""
        self.body = None
        self._head = b""
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """From the transport."""
        if self.body is not None:
            self.body.feed(data)
        elif self._head is not None:
            self._read_head(self._head + data)
        else:
            super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """From the transport."""
        if self._head:
            head, self._head = self._head, None
            super().data_received(head)
        if self.body is not None:
            self.body.lost(exc is None)
        super().connection_lost(exc)

    def finish(self) -> None:
        """Tell aiohttp that the body is complete: its own reader has seen nothing of it but now the end."""
        self.body = None
        super().data_received(_LAST_CHUNK)

    def hold(self, on: bool) -> None:
        """Stop the server from sending while too much waits to be read, or let it go on."""
        if self.transport is not None:
            if on:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def _read_head(self, head: bytes) -> None:
        end = head.find(b"\r\n\r\n") + 4
        if end < 4 and len(head) <= _MAX_HEAD_BYTES and head.startswith(b"HTTP/"[: len(head)]):
            self._head = head
            return
        if end >= 4 and head[8:10] == b" 1":
            # An informational answer comes before the real one.
            super().data_received(head[:end])
            self._head = b""
            if end < len(head):
                self._read_head(head[end:])
            return
        self._head = None
        lower = head[:end].lower()
        chunked = _CHUNKED.search(lower) is not None
        if end < 4 or head[8:10] != b" 2" or (not chunked and b"\r\ntransfer-encoding:" in lower):
            super().data_received(head)
            return
        length = None if chunked else _LENGTH.search(lower)
        self.body = Body(self, chunked=chunked, length=int(length[1]) if length else None)
        super().data_received(head[:end])
        if end < len(head):
            self.body.feed(head[end:])


def tap_into(connector: aiohttp.BaseConnector) -> None:
    """Make the connector's new connections `Tap`s."""
    connector._factory = functools.partial(Tap, connector._loop)  # type: ignore[assignment]


def body_of(response: aiohttp.ClientResponse) -> Body:
    """The body of a successful answer; to be asked once, right after the head has come."""
    connection = response.connection
    body = connection.protocol.body if connection is not None and isinstance(connection.protocol, Tap) else None
    # aiohttp lets go of the connection at once where the head says that there is no body.
    return body or Body(None, chunked=False, length=0)
