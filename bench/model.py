"""The benchmark's model server: numbered, time-stamped words at a steady rate, as cheaply as Python can.

`python -m bench.model --port 0 --words 300 --rate 20` prints the port that it listens on. Each delta is one word
"w17@81234.567890 ": its number and the monotonic clock when it was sent, in seconds. Plain protocols on uvloop: the
test server in `tests/fakes` is for behaviour, this one for speed.
"""

import argparse
import asyncio
import re
import time
from typing import cast

import uvloop

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
_EVENT = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"words",'
    b'"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":%s}]}\n\n'
)


def _chunked(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


class Stream(asyncio.Protocol):
    """One connection: waits for a request, says its words, waits for the next."""

    __slots__ = ("_asked", "_begin", "_loop", "_number", "_period_s", "_timer", "_transport", "_words")

    def __init__(self, words: int, rate: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._words = words
        self._period_s = 1 / rate
        self._asked = b""
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._asked += data
        head, gap, body = self._asked.partition(b"\r\n\r\n")
        if not gap:
            return
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length[1]):
            return
        self._asked = b""
        self._number = 0
        self._begin = self._loop.time()
        self._transport.write(_HEAD)
        self._say()

    def _say(self) -> None:
        self._number += 1
        word = b"w%d@%.6f " % (self._number, time.monotonic())
        self._transport.write(_chunked(_EVENT % (word, b"null")))
        if self._number < self._words:
            # To a plan and not from word to word, so that the rate holds whatever a word costs.
            self._timer = self._loop.call_at(self._begin + self._number * self._period_s, self._say)
        else:
            self._timer = None
            self._transport.write(_end(self._words))

    def connection_lost(self, _: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _end(words: int) -> bytes:
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":50,"completion_tokens":%d}}\n\n' % words
    stop = _EVENT.replace(b'"content":"%s"', b"") % b'"stop"'
    return _chunked(stop) + _chunked(usage) + _chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n"


async def _serve(port: int, words: int, rate: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Stream(words, rate), "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    options = argparse.ArgumentParser(description="The benchmark's model server.")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--words", type=int, default=300)
    options.add_argument("--rate", type=float, default=20.0, help="words a second in each stream")
    chosen = options.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(chosen.port, chosen.words, chosen.rate))


if __name__ == "__main__":
    main()
