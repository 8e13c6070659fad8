"""A model server for tests: it speaks `/v1/chat/completions` and says numbered words, or fails as it is told.

In a test: `async with ModelServer(words=20) as server: … server.base_url …`, with `server.script(…)` for what the next
request gets. As a program: `python -m tests.fakes.model_server --port 8081 --words 200 --rate 20`; there a model named
`fault-<name>` fails as `tests.fakes.model_faults` says.

It numbers its words "w1 w2 w3 …", each delta one word, and goes on after the last number in the last assistant message
of the request, up to the next multiple of `words`: a generation that is resumed goes on, and the next passage of a
story does so too.
"""

import argparse
import asyncio
import contextlib
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from aiohttp import web

from tests.fakes.model_faults import FAULTS, Hang, Part, Script, Vanish, chunk

_NUMBER = re.compile(r"w(\d+)")


@dataclass
class Asked:
    """One request that came, as the server saw it."""

    body: dict[str, Any]
    headers: dict[str, str]
    peer: tuple[str, int]


@dataclass
class ModelServer:
    """words: how many a passage has; rate: words a second, 0 for as fast as possible; first_s: before the first.

    before_word: is awaited with a word's number before the word is said, so that a test can hold a story back.
    """

    words: int = 20
    rate: float = 0.0
    first_s: float = 0.0
    host: str = "127.0.0.1"
    port: int = 0
    before_word: Callable[[int], Awaitable[None]] | None = None
    asked: list[Asked] = field(default_factory=list)
    open_streams: int = 0
    _scripts: deque[Script] = field(default_factory=deque)
    _runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}/v1"

    @property
    def connections(self) -> int:
        """How many different connections the requests came over."""
        return len({asked.peer for asked in self.asked})

    def script(self, *scripts: Script) -> None:
        """What the next requests get, in order; after them numbered words again."""
        self._scripts.extend(scripts)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, backlog=2048)
        await site.start()
        if not self.port:
            self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "words", "object": "model"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read())
        assert request.transport is not None
        self.asked.append(Asked(body, dict(request.headers), request.transport.get_extra_info("peername")))
        self.open_streams += 1
        try:
            if self._scripts:
                return await _play(request, self._scripts.popleft())
            fault = str(body["model"]).removeprefix("fault-")
            if fault != body["model"]:
                if fault not in FAULTS:
                    return web.json_response({"error": {"message": "no such fault"}}, status=400)
                return await _play(request, FAULTS[fault].script)
            return await self._say_words(request, body)
        finally:
            self.open_streams -= 1

    async def _say_words(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        said = [message["content"] for message in body["messages"] if message["role"] == "assistant"]
        numbers = _NUMBER.findall(said[-1]) if said else []
        last = int(numbers[-1]) if numbers else 0
        until = (last // self.words + 1) * self.words
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(chunk(role="assistant", content=""))
        if self.first_s:
            await asyncio.sleep(self.first_s)
        # Slept to a plan and not from word to word, so that the rate holds whatever a word costs.
        begin = time.monotonic()
        for number in range(last + 1, until + 1):
            if self.rate:
                wait_s = begin + (number - last - 1) / self.rate - time.monotonic()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
            if self.before_word:
                await self.before_word(number)
            await response.write(chunk(content=f"w{number}" if number == 1 else f" w{number}"))
        await response.write(chunk(finish="stop"))
        if (body.get("stream_options") or {}).get("include_usage"):
            await response.write(chunk(usage=(len(body["messages"]), until - last)))
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


async def _play(request: web.Request, script: Script) -> web.StreamResponse:
    response = web.StreamResponse(status=script.status, headers=script.headers)
    if script.length is not None:
        response.content_length = script.length
    parts: Sequence[Part] = script.parts
    if parts and isinstance(parts[0], Vanish):
        assert request.transport is not None
        request.transport.abort()
        return response
    await response.prepare(request)
    for part in parts:
        if isinstance(part, bytes):
            await response.write(part)
        elif isinstance(part, float):
            await asyncio.sleep(part)
        elif isinstance(part, Hang):
            await asyncio.Event().wait()
        else:
            assert request.transport is not None
            request.transport.abort() if part.rudely else request.transport.close()
            return response
    with contextlib.suppress(ConnectionResetError):
        await response.write_eof()
    return response


async def _serve(server: ModelServer) -> None:
    async with server:
        print(f"model server at {server.base_url}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    options = argparse.ArgumentParser(description="A model server that says numbered words.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8081)
    options.add_argument("--words", type=int, default=200)
    options.add_argument("--rate", type=float, default=20.0, help="words a second; 0 for as fast as possible")
    options.add_argument("--first-s", type=float, default=0.0, help="seconds before the first word")
    chosen = options.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(ModelServer(words=chosen.words, rate=chosen.rate, first_s=chosen.first_s, host=chosen.host, port=chosen.port)))


if __name__ == "__main__":
    main()
