"""The engine `openai`: one streaming request a passage, over HTTP, to any server of the OpenAI shape.

It is made for a thousand open streams in one event loop: no task and no timer a token, and all that arrived while
the worker was committing goes on as one event.
"""

import asyncio
import logging
import re
import urllib.request
from collections.abc import AsyncGenerator, Mapping
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import aiohttp

from storybot.address import Address, address
from storybot.engines import style
from storybot.engines.clean import Refused
from storybot.engines.contract import EngineError, Event, Learnt, Order, Pieces
from storybot.engines.openai import ask, reach, refusals
from storybot.engines.openai.answer import Answer
from storybot.engines.openai.beginning import Beginning
from storybot.engines.openai.tap import tap_into
from storybot.engines.resume import WentAstray

log = logging.getLogger(__name__)

#: How much of an error body is read, in bytes, and for how long, in seconds.
_ERROR_BYTES = 64 * 1024
_ERROR_S = 5.0
#: A text that a token limit ended here needs no more.
_SENTENCE_END = re.compile(r"[.!?…][\"'”“’‘»«)\]*_]*\s*\Z")


class OpenAIEngine:
    """Writes through `POST {base_url}/chat/completions`.

    base_url: as people give it (see `address`). model: where the order names none. Times are in seconds:
    connect_timeout_s for the connection, first_text_timeout_s from the request to its headers and from then to the
    first text, stall_timeout_s between two signs of work later. Reasoning counts as work; comments that keep the
    connection open do not. headers: sent besides, over the engine's own. open_only: ask public addresses only, and through
    no proxy (see `reach`). samplers: the fields for a style that the server takes; refused: those that it turned out not to.
    """

    name = "openai"

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str | None,
        *,
        connect_timeout_s: float = 5.0,
        first_text_timeout_s: float = 120.0,
        stall_timeout_s: float = 60.0,
        headers: Mapping[str, str] | None = None,
        open_only: bool = False,
        samplers: tuple[str, ...] = style.STANDARD,
        refused: tuple[str, ...] = (),
    ) -> None:
        self._base_url = base_url
        self._api_key = (api_key or "").strip()
        self._model = model
        self._connect_timeout_s = connect_timeout_s
        self._first_text_timeout_s = first_text_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._headers = dict(headers or {})
        self._open_only = open_only
        self._samplers = samplers
        self._refused = refused
        self._dialects: dict[tuple[str, str], ask.Dialect] = {}
        self._session: aiohttp.ClientSession | None = None

    async def write(self, order: Order) -> AsyncGenerator[Event, None]:
        """Events of the passage; see `Engine.write`. Raises: EngineError."""
        where, model = self._target(order)
        answer: Answer | None = None
        try:
            known = self._refused_by(where, model)
            answer = await self._ask(order, where, model)
            if (learnt := self._refused_by(where, model)) != known:
                yield Learnt(learnt)
            beginning = Beginning(order)
            last = order.written
            while (came := await answer.more()) is not None:
                text, tokens = came
                if not beginning.settled:
                    for event in beginning.feed(text, tokens, thinks=answer.thinks):
                        yield event
                        last = event.text if isinstance(event, Pieces) else last
                elif text:
                    last = text
                    yield Pieces(text, tokens)
            for event in beginning.end():
                yield event
                last = event.text if isinstance(event, Pieces) else last
            if answer.finish == "length" and not _SENTENCE_END.search(last):
                raise refusals.cut_off()
            if not last:
                raise refusals.withheld() if answer.finish == "content_filter" else refusals.empty()
            await answer.drain()
            if answer.usage is not None:
                yield answer.usage
        except EngineError as error:
            if error.slug == "engine-model-unknown":
                error.facts = {"host": where.host, "model": model}
            log.debug("engine_failed", extra={"slug": error.slug, "server.address": where.host, "trace.id": order.trace_id})
            raise
        except Refused as refused:
            raise refusals.withheld() from refused
        except WentAstray as astray:
            raise refusals.broken("the model began another story") from astray
        finally:
            if answer is not None:
                answer.close()

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _target(self, order: Order) -> tuple[Address, str]:
        """Where to ask and for which model. Raises: EngineError."""
        model = order.model or self._model
        if not self._base_url.strip():
            raise refusals.not_configured("address")
        if not model:
            raise refusals.not_configured("model")
        if not self._api_key.isprintable():
            raise EngineError("engine-key-refused", "The key holds characters that no key has.", permanent=True)
        try:
            where = address(self._base_url)
            if self._open_only:
                reach.check_literal(urlsplit(where.url).hostname or "")
            return where, model
        except (ValueError, reach.NotReachable) as wrong:
            raise refusals.from_connection(wrong, host="") from wrong

    def _refused_by(self, where: Address, model: str) -> tuple[str, ...]:
        dialect = self._dialects.get((where.url, model))
        return dialect.refused if dialect else self._refused

    async def _ask(self, order: Order, where: Address, model: str) -> Answer:
        """The answer once the server has begun it; asks again where only the request's form was wrong."""
        dialect = self._dialects.setdefault((where.url, model), ask.Dialect(accepted=self._samplers, refused=self._refused))
        while True:
            response: aiohttp.ClientResponse | None
            response = await self._post(order, where, ask.body(order, model, dialect))
            try:
                if 200 <= response.status < 300:
                    if response.headers.get("Content-Encoding", "identity") != "identity":
                        raise refusals.broken("it is compressed", permanent=True)
                    answer = Answer(response, first_text_s=self._first_text_timeout_s, stall_s=self._stall_timeout_s)
                    response = None
                    return answer
                said = await _error_body(response)
                if dialect.learn(response.status, refusals.read(said)):
                    continue
                raise refusals.from_status(
                    response.status,
                    response.headers,
                    said,
                    host=where.host,
                    model=model,
                    has_key=bool(self._api_key or where.user),
                )
            finally:
                if response is not None:
                    response.close()

    async def _post(self, order: Order, where: Address, body: bytes) -> aiohttp.ClientResponse:
        """The response's beginning. Raises: EngineError."""
        session = self._session or self._open_session()
        headers = ask.headers(order.trace_id, self._api_key, where.user) | self._headers
        proxy = None if self._open_only else _proxy(where)
        for is_last in (False, True):
            try:
                async with asyncio.timeout(self._first_text_timeout_s):
                    return await session.post(where.url, data=body, headers=headers, allow_redirects=False, proxy=proxy)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError, BrokenPipeError) as gone:
                # A kept connection that the server closed just now: nothing of this request was answered.
                if is_last:
                    raise refusals.from_connection(aiohttp.ServerDisconnectedError(), host=where.host) from gone
            except aiohttp.ClientOSError as gone:
                # aiohttp's word for the same where it was noticed while the request was being written.
                if is_last or isinstance(gone, aiohttp.ClientConnectorError):
                    raise refusals.from_connection(gone, host=where.host) from gone
            except (aiohttp.ClientError, OSError, ValueError) as failed:
                raise refusals.from_connection(failed, host=where.host) from failed
        raise AssertionError("the last try returns or raises")

    def _open_session(self) -> aiohttp.ClientSession:
        # Made here and not in the constructor: it belongs to the loop that runs.
        resolver = reach.CheckedResolver() if self._open_only else None
        connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=60, resolver=resolver)
        tap_into(connector)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"User-Agent": f"Storybot/{_version()}"},
        )
        return self._session


async def _error_body(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of an error's body: as much as comes in a short time."""
    body = b""
    try:
        async with asyncio.timeout(_ERROR_S):
            while len(body) < _ERROR_BYTES and (more := await response.content.readany()):
                body += more
    except (aiohttp.ClientError, OSError):
        pass
    return body[:_ERROR_BYTES]


def _proxy(where: Address) -> str | None:
    """The proxy that the environment names for this address, as `http_proxy`, `https_proxy` and `no_proxy` do."""
    if where.is_loopback or urllib.request.proxy_bypass(where.host):
        return None
    return urllib.request.getproxies().get(where.url.partition(":")[0])


def _version() -> str:
    try:
        return version("storybot")
    except PackageNotFoundError:
        return "0"
