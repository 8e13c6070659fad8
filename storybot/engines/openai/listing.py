"""Which models a server has: `GET {base_url}/models`, asked when somebody checks a connection."""

import asyncio
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec

from storybot.address import address
from storybot.engines.contract import EngineError, Server
from storybot.engines.openai import ask, reach, refusals

#: How long a server may take to answer, in seconds, and how long its answer may be, in bytes.
PATIENCE_S = 15.0
MAX_BYTES = 4 * 1024 * 1024
#: Names of models that are taken: so many, each so long.
MAX_MODELS = 1000
MAX_CHARS = 200


class Listing(NamedTuple):
    """Names of models, as the server orders them (empty where it does not tell), and how long the answer took, in milliseconds."""

    models: tuple[str, ...]
    latency_ms: int


class _Model(msgspec.Struct):
    id: str = ""


class _Answer(msgspec.Struct):
    data: list[_Model] = []


async def models(server: Server, trace_id: str) -> Listing:
    """What the server has; it also shows that it can be reached and takes the key. Raises: EngineError."""
    try:
        where = address(server.base_url)
        if not server.may_be_private:
            reach.check_literal(urlsplit(where.url).hostname or "")
    except (ValueError, reach.NotReachable) as wrong:
        raise refusals.from_connection(wrong, host="") from wrong
    split = urlsplit(where.url)
    url = split._replace(path=split.path.removesuffix("/chat/completions") + "/models").geturl()
    headers = ask.headers(trace_id, server.key, where.user) | {"Accept": "application/json"} | server.headers
    resolver = None if server.may_be_private else reach.CheckedResolver()
    connector = aiohttp.TCPConnector(resolver=resolver)
    began = time.monotonic()
    try:
        async with (
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
            asyncio.timeout(PATIENCE_S),
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            said = await _body(response)
            latency_ms = round((time.monotonic() - began) * 1000)
    except (aiohttp.ClientError, OSError, ValueError) as failed:
        raise refusals.from_connection(failed, host=where.host) from failed
    if response.status in (404, 405, 501):
        return Listing((), latency_ms)  # it is there, and does not tell
    if response.status != 200:
        has_key = bool(server.key or server.headers or where.user)
        raise refusals.from_status(response.status, response.headers, said, host=where.host, model=server.model or "", has_key=has_key)
    return Listing(_names(said), latency_ms)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    while more := await response.content.readany():
        body += more
        if len(body) > MAX_BYTES:
            raise refusals.broken("the list of models is too long", permanent=True)
    return body


def _names(said: bytes) -> tuple[str, ...]:
    try:
        found = msgspec.json.decode(said, type=_Answer | list[_Model])
    except (msgspec.MsgspecError, UnicodeDecodeError) as unreadable:
        raise EngineError("engine-broken-stream", "The list of models cannot be read.", permanent=True) from unreadable
    listed: list[_Model] = found if isinstance(found, list) else found.data
    names = (one.id.removeprefix("models/") for one in listed)  # Google's endpoint names them with a folder
    return tuple(dict.fromkeys(name for name in names if name and len(name) <= MAX_CHARS and name.isprintable()))[:MAX_MODELS]
