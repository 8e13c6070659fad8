"""Bodies come out of their framing whole, however a server frames them, and a broken frame is no end."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp.connector
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybot.engines.contract import EngineError
from storybot.engines.openai import OpenAIEngine
from storybot.engines.openai.tap import MAX_WAITING_BYTES, Body, BrokenBody
from tests.engines.openai.support import engine, events, numbered, order, run, text_of
from tests.fakes.model_faults import DONE, chunk
from tests.fakes.model_server import ModelServer

SAID = chunk("Once upon") + chunk(" a time") + chunk(finish="stop") + DONE
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def chunks(*parts: bytes, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    """Parts in the chunked coding."""
    framed = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return framed + b"0" + extension + b"\r\n" + trailer + b"\r\n"


@contextlib.asynccontextmanager
async def raw_server(*answers: bytes, close: bool = False, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[int]]]:
    """A server that gives these bytes to one request after another; its port, and how many requests each connection had."""
    waiting = list(answers)
    served: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(served)
        served.append(0)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while waiting:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                served[number] += 1
                writer.write(waiting.pop(0))
                await writer.drain()
                if close:
                    break
            else:
                await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as listening:
        yield listening.sockets[0].getsockname()[1], served


def told(*answers: bytes, close: bool = False, connections: int = 1) -> str:
    """The text of the last answer, after the others were asked for as well."""

    async def scene() -> str:
        async with raw_server(*answers, close=close) as (port, served):
            writer = OpenAIEngine(f"http://127.0.0.1:{port}", None, "words", first_text_timeout_s=2.0, stall_timeout_s=2.0)
            try:
                for _ in answers:
                    text = text_of(await events(writer, order()))
            finally:
                await writer.close()
            assert len(served) == connections
            return text

    return run(scene())


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + chunks(SAID),
        CHUNKED + chunks(SAID[:30], SAID[30:31], SAID[31:]),
        CHUNKED + chunks(*(bytes([byte]) for byte in SAID)),
        CHUNKED + chunks(SAID, extension=b";name=value"),
        CHUNKED + chunks(SAID, extension=b" "),
        CHUNKED + chunks(SAID, trailer=b"X-Sum: 12\r\nX-More: 3\r\n"),
        HEAD.replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200") + b"transfer-encoding:CHUNKED\r\n\r\n" + chunks(SAID),
    ],
)
def test_chunked_bodies_and_reuse(answer: bytes) -> None:
    assert told(answer, answer, answer) == "Once upon a time"


def test_body_of_known_length() -> None:
    assert told(HEAD + b"Content-Length: %d\r\n\r\n" % len(SAID) + SAID + b"more than that") == "Once upon a time"


def test_body_until_the_connection_ends() -> None:
    said = chunk("Once upon a time") + chunk(finish="stop")
    assert told(HEAD + b"\r\n" + said, close=True) == "Once upon a time"
    assert told(HEAD.replace(b"1.1", b"1.0") + b"\r\n" + said, close=True) == "Once upon a time"


def test_early_hints_come_before_the_answer() -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    assert told(hint + CHUNKED + chunks(SAID)) == "Once upon a time"


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + b"zz\r\n" + SAID,
        CHUNKED + b"-5\r\n" + SAID,
        CHUNKED + b"\r\n" + SAID,
        CHUNKED + b"1" * 5000,
        CHUNKED + chunks(chunk("Once")),
        CHUNKED + b"fff\r\n" + chunk("Once"),
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunks(SAID),
        HEAD + b"Content-Length: 100000\r\n\r\n" + chunk("Once"),
        HEAD + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Ty",
        HEAD + b"X: " + b"x" * 100_000,
    ],
)
def test_broken_frames(answer: bytes) -> None:
    with pytest.raises(EngineError) as caught:
        # Asked twice where the connection ended before any answer.
        told(answer, answer, close=True, connections=2)
    assert caught.value.slug == "engine-broken-stream"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_any_cut_gives_the_same_body(parts: list[bytes], data: st.DataObject) -> None:
    async def scene() -> None:
        body = Body(None, chunked=True, length=None)
        framed = chunks(*parts, extension=data.draw(st.sampled_from([b"", b";a=b"])))
        read = b""
        while framed:
            assert not body.complete
            cut = data.draw(st.integers(1, len(framed)))
            body.feed(framed[:cut])
            framed = framed[cut:]
            read += body.take()
        assert body.complete
        assert read == b"".join(parts)

    asyncio.run(scene())


def test_what_came_before_the_break_can_be_read() -> None:
    async def scene() -> None:
        body = Body(None, chunked=True, length=None)
        body.feed(b"5\r\nhel")
        body.lost(clean=True)
        assert await body.read() == b"hel"
        with pytest.raises(BrokenBody):
            await body.read()

    asyncio.run(scene())


def test_server_is_held_back_while_too_much_waits() -> None:
    async def scene() -> None:
        sent = 0

        async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HEAD + b"\r\n" + chunk("Once"))
            line = b": " + b"x" * 60_000 + b"\n"
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(line)
                    await writer.drain()
                    sent += len(line)
            writer.close()

        async with await asyncio.start_server(flood, "127.0.0.1", 0) as listening:
            writer = OpenAIEngine(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", None, "words")
            story = writer.write(order())
            assert (await anext(story)).text == "Once"  # type: ignore[union-attr]
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.3)
            # The sockets' own buffers hold some more.
            assert sent < 32 * MAX_WAITING_BYTES
            going_on = asyncio.create_task(anext(story))
            await asyncio.sleep(0.3)
            assert sent > before
            going_on.cancel()
            with pytest.raises(asyncio.CancelledError):
                await going_on
            await story.aclose()
            await writer.close()

    run(scene())


def test_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            writer = engine(server, base_url="http://model.invalid/v1")
            assert text_of(await events(writer, order())) == numbered(1, 20)
            assert server.asked[0].headers["Host"] == "model.invalid"
            await writer.close()

    run(scene())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {key} -out {certificate}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def scene(slug: str | None) -> None:
        async with raw_server(CHUNKED + chunks(SAID), CHUNKED + chunks(SAID), tls=context) as (port, served):
            writer = OpenAIEngine(f"https://localhost:{port}", None, "words")
            if slug is None:
                for _ in range(2):
                    assert text_of(await events(writer, order())) == "Once upon a time"
                assert served == [2]
            else:
                with pytest.raises(EngineError) as caught:
                    await events(writer, order())
                assert caught.value.slug == slug
            await writer.close()

    run(scene("engine-unreachable"))
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=certificate))
    run(scene(None))
