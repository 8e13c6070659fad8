"""One answer of a model server while it comes: bytes of the response into text, until it has ended properly.

The engine makes one for each request and asks it for more text as often as it can take some.
"""

import asyncio
import contextlib

import aiohttp

from storybot.engines.contract import EngineError, Usage
from storybot.engines.openai import refusals
from storybot.engines.openai.tap import BrokenBody, body_of
from storybot.engines.openai.watch import Stalled, Watch
from storybot.engines.openai.wire import Reply

#: The longest answer that is taken from a server that does not stream, in bytes.
MAX_BODY_BYTES = 10 * 1024 * 1024
#: How long after the finish reason the end of the stream (and the usage) is waited for, in seconds.
END_S = 5.0
#: How long after `[DONE]` the end of the body is waited for, so that the connection can serve again, in seconds.
DRAIN_S = 0.2

_BOM = b"\xef\xbb\xbf"


class Answer:
    """The text of `response`, as it comes.

    first_text_s, stall_s: how long to wait, in seconds, for the first text from now on, and later for a sign of work.
    """

    __slots__ = ("_announced", "_body", "_ended", "_head", "_is_stream", "_reply", "_response", "_stall_s", "_started", "_watch", "_whole")

    def __init__(self, response: aiohttp.ClientResponse, *, first_text_s: float, stall_s: float) -> None:
        self._response = response
        self._body = body_of(response)
        self._reply = Reply()
        self._watch = Watch(self._body.fail, first_text_s)
        self._stall_s = stall_s
        self._started = False
        self._ended = False
        self._announced = False
        # Not every server names the type right, so that anything but an event stream is looked at first.
        self._is_stream = response.content_type == "text/event-stream"
        self._head: bytes | None = None if self._is_stream else b""
        self._whole: bytearray | None = None

    @property
    def usage(self) -> Usage | None:
        """The server's own counts, once the answer has ended."""
        return self._reply.usage

    @property
    def finish(self) -> str | None:
        """Why the model ended (`stop`, `length`, `content_filter`, …), if the server said so."""
        return self._reply.finish

    @property
    def thinks(self) -> bool:
        """Whether the server sent reasoning, which is no text of the story."""
        return self._reply.thinks

    async def more(self) -> tuple[str, int] | None:
        """All the text that is there by now, and in how many tokens it came; None after the end. There is some, but once when
        the model has begun to think.

        Raises: EngineError where the answer is broken, holds an error, or stalls.
        """
        reply = self._reply
        watch = self._watch
        watch.extend()
        while not self._ended:
            received = self._body.take() or await self._read()
            if received:
                text, tokens = self._take(received) if self._head is not None else reply.feed(received)
                if reply.done:
                    self._ended = True
            else:
                self._ended = True
                text, tokens = self._finish()
            if text:
                if not self._started:
                    self._started = True
                    watch.limit(self._stall_s)
                if reply.finish is not None:
                    watch.limit(min(END_S, self._stall_s))
                watch.pause()
                return text, tokens
            if reply.alive:
                reply.alive = False
                watch.extend()
                if reply.thinks and not self._announced:
                    self._announced = True
                    return "", 0
            if reply.finish is not None:
                watch.limit(min(END_S, self._stall_s))
        return None

    async def drain(self) -> None:
        """Read what follows the last event, so that the connection can be used again; gives up soon."""
        self._watch.stop()
        with contextlib.suppress(BrokenBody, Stalled, TimeoutError):
            if not self._body.complete:
                async with asyncio.timeout(DRAIN_S):
                    while await self._body.read():
                        pass
            self._body.finish()

    def close(self) -> None:
        """Free the connection at once; it goes back for reuse if the answer was read to its end."""
        self._watch.stop()
        self._response.close()

    async def _read(self) -> bytes:
        """What has arrived, at least one byte; b"" at the end."""
        try:
            return await self._body.read()
        except (BrokenBody, Stalled) as failure:
            if self._reply.finish is not None:
                return b""
            if isinstance(failure, Stalled):
                raise refusals.too_slow("the text stopped" if self._started else "no text came") from None
            raise refusals.broken("the connection ended early") from failure

    def _take(self, received: bytes) -> tuple[str, int]:
        """As `Reply.feed`, for an answer that may be something else than an event stream."""
        if self._whole is None:
            head = ((self._head or b"") + received).removeprefix(_BOM).lstrip()
            if not head:
                self._head = head
                return "", 0
            if head.startswith(b"<"):
                raise refusals.broken("it is a web page", permanent=True)
            if not head.startswith(b"{"):
                self._head = None
                return self._reply.feed(head)
            self._whole = bytearray()
            received = head
        self._whole += received
        if len(self._whole) > MAX_BODY_BYTES:
            raise refusals.broken("the answer is too long")
        return "", 0

    def _finish(self) -> tuple[str, int]:
        """The last text. Raises: EngineError where the answer has no proper end."""
        reply = self._reply
        if self._whole is not None:
            return reply.whole(bytes(self._whole))
        text, tokens = reply.end()
        if not (reply.done or reply.finish):
            if not reply.events and not self._is_stream:
                raise refusals.broken("it is no event stream", permanent=True)
            raise self._ended_early()
        return text, tokens

    def _ended_early(self) -> EngineError:
        return refusals.broken("it ended before the model had finished")
