"""Every way in which a model server can fail leads to the sentence that is meant for it, and leaves nothing open."""

import asyncio
import gc
import os
import socket
import threading
import warnings

import pytest

from storybot.engines.contract import EngineError, Event
from storybot.engines.openai import OpenAIEngine
from tests.engines.openai.support import engine, events, order, run, text_of, until
from tests.fakes.model_faults import FAULTS, Fault, Script, chunk, stream
from tests.fakes.model_server import ModelServer


@pytest.mark.parametrize("name", FAULTS)
def test_fault_becomes_its_error_and_keeps_the_text(name: str) -> None:
    fault = FAULTS[name]

    async def scene() -> None:
        async with ModelServer() as server:
            server.script(fault.script, fault.script)
            writer = engine(server)
            collected: list[Event] = []
            with pytest.raises(EngineError) as caught:
                await events(writer, order(), collected)
            assert (caught.value.slug, caught.value.permanent) == (fault.slug, fault.permanent)
            assert text_of(collected) == fault.text
            assert_harmless(caught.value)
            await writer.close()

    run(scene())


def assert_harmless(error: EngineError) -> None:
    said = f"{error.detail} {error.facts}".lower()
    for secret in ("secret-key", "tell me a story", "incorrect", "boom", "quota", "bad gateway"):
        assert secret not in said
    assert set(error.facts) <= {"host", "model"}


def fails(fault: Fault | None, **changes: object) -> EngineError:
    async def scene() -> EngineError:
        async with ModelServer() as server:
            if fault is not None:
                server.script(fault.script)
            writer = engine(server, **changes)
            with pytest.raises(EngineError) as caught:
                await events(writer, order())
            await writer.close()
            return caught.value

    return run(scene())


def test_unknown_model_is_named() -> None:
    error = fails(FAULTS["404"])
    assert error.facts["model"] == "words"
    assert error.facts["host"].startswith("127.0.0.1:")
    assert fails(FAULTS["error-with-200"]).facts["model"] == "words"


def test_refused_without_a_key_says_that_one_is_missing() -> None:
    assert fails(FAULTS["401"], api_key=None).slug == "engine-key-missing"
    assert fails(FAULTS["401"], api_key="  ").slug == "engine-key-missing"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "1e9"}, 3600.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    fault = Fault(Script(status=429, headers=headers), "engine-rate-limited", False)
    assert fails(fault).retry_after_s == expected


def test_nothing_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    error = fails(None, base_url=f"http://127.0.0.1:{port}")
    assert (error.slug, error.permanent) == ("engine-unreachable", False)
    assert error.facts == {"host": f"127.0.0.1:{port}"}


def test_unknown_host() -> None:
    error = fails(None, base_url="http://user:word@model.invalid/v1")
    assert (error.slug, error.permanent, error.facts) == ("engine-unreachable", False, {"host": "model.invalid"})


def test_no_tls_there() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server, base_url=f"https://127.0.0.1:{server.port}")
            with pytest.raises(EngineError) as caught:
                await events(writer, order())
            assert caught.value.slug == "engine-unreachable"
            await writer.close()

    run(scene())


def test_no_http_there() -> None:
    async def scene() -> None:
        async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail ready\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(babble, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            writer = OpenAIEngine(f"http://127.0.0.1:{port}", None, "words")
            with pytest.raises(EngineError) as caught:
                await events(writer, order())
            assert caught.value.slug == "engine-broken-stream"
            await writer.close()

    run(scene())


def test_never_answers() -> None:
    async def scene() -> None:
        hung_up = asyncio.Event()

        async def listen_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1000):
                pass
            writer.close()
            await writer.wait_closed()
            hung_up.set()

        async with await asyncio.start_server(listen_only, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            writer = OpenAIEngine(f"http://127.0.0.1:{port}", None, "words", first_text_timeout_s=0.2)
            with pytest.raises(EngineError) as caught:
                await events(writer, order())
            assert (caught.value.slug, caught.value.permanent) == ("engine-timeout", False)
            await asyncio.wait_for(hung_up.wait(), 5)
            await writer.close()

    run(scene())


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"base_url": ""}, "engine-not-configured"),
        ({"base_url": "ftp://model/"}, "engine-not-configured"),
        ({"base_url": "http://"}, "engine-not-configured"),
        ({"base_url": "http://[::1/v1"}, "engine-not-configured"),
        ({"model": None}, "engine-not-configured"),
        ({"api_key": "two\r\nX-Evil: lines"}, "engine-key-refused"),
    ],
)
def test_wrong_settings(changes: dict[str, object], slug: str) -> None:
    error = fails(None, **changes)
    assert (error.slug, error.permanent) == (slug, True)


#: Some answers are eleven megabytes long.
FEW = {"too-long-line": 3, "too-long-json": 3}


@pytest.mark.parametrize("name", FAULTS)
def test_a_hundred_times_it_leaves_nothing_open(name: str) -> None:
    many = FEW.get(name, 100)
    # However slow the machine is, only what is about time runs out of it.
    patience = {} if FAULTS[name].slug == "engine-timeout" else {"first_text_timeout_s": 60.0, "stall_timeout_s": 60.0, "connect_timeout_s": 60.0}

    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server, **patience)
            server.script(stream(chunk("Here."), chunk(finish="stop"), b"data: [DONE]\n\n"))
            assert text_of(await events(writer, order())) == "Here."
            before = (len(asyncio.all_tasks()), threading.active_count())
            server.script(*[FAULTS[name].script] * (2 * many if name == "vanishes" else many))
            slugs = await asyncio.gather(*(_failed(writer) for _ in range(many)))
            assert set(slugs) == {FAULTS[name].slug}
            server.script(stream(chunk("Still here."), chunk(finish="stop"), b"data: [DONE]\n\n"))
            assert text_of(await events(writer, order())) == "Still here."
            await until(lambda: server.open_streams == 0)
            assert threading.active_count() <= before[1]
            await writer.close()
            await until(lambda: len(asyncio.all_tasks()) <= before[0])

    open_files = len(os.listdir("/proc/self/fd"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        run(scene())
        gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= open_files


async def _failed(writer: OpenAIEngine) -> str:
    try:
        async for _event in writer.write(order()):
            pass
    except EngineError as error:
        return error.slug
    return "no error"
