"""What a well-meaning model server says becomes the right events, however it says it."""

import asyncio
import re
from typing import Any

import msgspec
import pytest

from storybot.engines.contract import EngineError, Message, Pieces, Title, Usage
from tests.engines.openai.support import engine, events, numbered, order, run, text_of, until
from tests.fakes.model_faults import DONE, ONE, Hang, Part, Script, Vanish, chunk, openai_error, refusal, stream
from tests.fakes.model_server import ModelServer

STOP = chunk(finish="stop")


def told(*scripts: Script, changes: dict[str, Any] | None = None, **order_changes: Any) -> list[Any]:
    """The events that the scripts lead to."""

    async def scene() -> list[Any]:
        async with ModelServer() as server:
            server.script(*scripts)
            writer = engine(server, **(changes or {}))
            try:
                return list(await events(writer, order(**order_changes)))
            finally:
                await writer.close()

    return run(scene())


def test_words_and_usage() -> None:
    async def scene() -> None:
        async with ModelServer(words=30) as server:
            writer = engine(server)
            collected = await events(writer, order())
            assert text_of(collected) == numbered(1, 30)
            assert sum(event.tokens for event in collected if isinstance(event, Pieces)) == 30
            assert collected[-1] == Usage(tokens_in=1, tokens_out=30)
            await writer.close()

    run(scene())


def test_what_waits_comes_as_one_event() -> None:
    async def scene() -> None:
        read = asyncio.Event()

        async def turn_of(number: int) -> None:
            if number > 5:
                await read.wait()

        async with ModelServer(words=50, before_word=turn_of) as server:
            writer = engine(server)
            stream = writer.write(order())
            first = await anext(stream)
            assert isinstance(first, Pieces)
            # The worker commits; the server says everything meanwhile.
            read.set()
            await until(lambda: server.open_streams == 0)
            second = await anext(stream)
            assert isinstance(second, Pieces)
            assert first.text + second.text == numbered(1, 50)
            assert first.tokens + second.tokens == 50
            await stream.aclose()
            await writer.close()

    run(scene())


def test_request_as_the_server_sees_it() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            messages: tuple[Message, ...] = ({"role": "system", "content": "Ä"}, {"role": "user", "content": "ß"})
            writer = engine(server)
            await events(writer, order(messages=messages, max_tokens=77, seed=5, variant=2, model="other"))
            asked = server.asked[0]
            assert asked.body == {
                "model": "other",
                "messages": list(messages),
                "max_tokens": 77,
                "stream": True,
                "stream_options": {"include_usage": True},
                "seed": 7,
            }
            assert asked.headers["Authorization"] == "Bearer secret-key"
            assert asked.headers["X-Trace-Id"] == order().trace_id
            assert re.fullmatch(f"00-{order().trace_id}-[0-9a-f]{{16}}-01", asked.headers["traceparent"])
            assert asked.headers["Accept-Encoding"] == "identity"
            await events(writer, order(trace_id="click-12"))
            assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", server.asked[1].headers["traceparent"])
            assert server.asked[1].headers["X-Trace-Id"] == "click-12"
            assert "seed" not in server.asked[1].body
            await writer.close()

    run(scene())


def test_no_key_sends_none() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server, api_key=None)
            await events(writer, order())
            assert "Authorization" not in server.asked[0].headers
            await writer.close()

    run(scene())


def test_user_in_the_address() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            base_url = server.base_url.replace("://", "://me:word@")
            for key, expected in ((None, "Basic bWU6d29yZA=="), ("k", "Bearer k")):
                writer = engine(server, api_key=key, base_url=base_url)
                await events(writer, order())
                assert server.asked[-1].headers["Authorization"] == expected
                await writer.close()

    run(scene())


ODD_BUT_FINE: dict[str, tuple[Script, str]] = {
    "no [DONE]": (stream(ONE, STOP), "Once upon"),
    "no [DONE] and cut off": (stream(ONE, STOP, 0.05, Vanish(rudely=True)), "Once upon"),
    "[DONE], then gone at once": (stream(ONE, DONE, Vanish(rudely=True)), "Once upon"),
    "no finish reason": (stream(ONE, DONE), "Once upon"),
    "nothing after the finish reason": (stream(ONE, STOP, Hang()), "Once upon"),
    "nothing after [DONE]": (stream(ONE, STOP, DONE, Hang()), "Once upon"),
    "text after [DONE]": (stream(ONE, STOP, DONE, chunk(" more")), "Once upon"),
    "cut for length after a sentence": (stream(ONE, chunk(" a time. “Oh!”", finish="length"), DONE), "Once upon a time. “Oh!”"),
    "text with the finish reason": (stream(chunk("Once", finish="stop"), DONE), "Once"),
    "CRLF": (
        stream(chunk("Once", end="\r\n\r\n"), chunk(" upon", end="\r\n\r\n"), b"data: [DONE]\r\n\r\n"),
        "Once upon",
    ),
    "comments and other fields": (
        stream(b": hello\n\n", b"event: x\nid: 3\nretry: 9\n" + ONE, b":\n\n", STOP, DONE),
        "Once upon",
    ),
    "no space after the colon": (stream(ONE.replace(b"data: ", b"data:"), STOP, b"data:[DONE]\n\n"), "Once upon"),
    "byte order mark": (stream(b"\xef\xbb\xbf" + ONE, DONE), "Once upon"),
    "no blank lines": (stream(chunk("Once", end="\n"), chunk(" upon", end="\n"), STOP), "Once upon"),
    "no line end at the end": (stream(ONE, STOP.rstrip()), "Once upon"),
    "data over several lines": (
        stream(b'data: {"choices": [\ndata: {"delta": {"content": "Once"}}]}\n\n', DONE),
        "Once",
    ),
    "role and null content": (
        stream(b'data: {"choices":[{"delta":{"role":"assistant","content":null}}]}\n\n', ONE, DONE),
        "Once upon",
    ),
    "no choices, no delta": (
        stream(b'data: {"choices":[]}\n\n', b"data: {}\n\n", b'data: {"choices":[{"finish_reason":null}]}\n\n', ONE, DONE),
        "Once upon",
    ),
    "reasoning": (stream(chunk(reasoning_content="Hm."), chunk(None, reasoning="Hm."), ONE, DONE), "Once upon"),
    "content in parts": (
        stream(
            b'data: {"choices":[{"delta":{"content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"Once"}]}}]}\n\n',
            DONE,
        ),
        "Once",
    ),
    "all in one write": (stream(ONE + chunk(" a time") + STOP + DONE), "Once upon a time"),
    "white space before": (stream(chunk("\n"), chunk("\n  Once"), chunk(" upon"), DONE), "Once upon"),
    "wrong content type": (Script((ONE, STOP, DONE), headers={"Content-Type": "text/plain"}), "Once upon"),
    "stream called JSON": (Script((b"\n", ONE, DONE), headers={"Content-Type": "application/json"}), "Once upon"),
    "one long event": (stream(chunk("x" * 2_000_000), DONE), "x" * 2_000_000),
}


@pytest.mark.parametrize("name", ODD_BUT_FINE)
def test_odd_but_fine(name: str) -> None:
    script, expected = ODD_BUT_FINE[name]
    assert text_of(told(script)) == expected


def test_answer_at_once() -> None:
    body = {
        "choices": [{"message": {"role": "assistant", "content": "# Ein Drache\n\nEs war."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4},
    }
    script = Script((msgspec.json.encode(body),), headers={"Content-Type": "application/json; charset=utf-8"})
    assert told(script) == [Title("Ein Drache"), Pieces("Es war.", 4), Usage(9, 4)]


def test_split_at_every_byte() -> None:
    whole = b": hi\r\n\r\n" + chunk("# Übermut\n\n") + chunk("Größe 🐉 ") + chunk('"\\n\\u00e4', end="\r\n\r\n") + STOP + DONE

    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server)
            for cut in range(1, len(whole)):
                server.script(stream(whole[:cut], 0.0, whole[cut:]))
                collected = await events(writer, order())
                assert collected[0] == Title("Übermut")
                assert text_of(collected) == 'Größe 🐉 "\\n\\u00e4'
            await writer.close()

    run(scene())


def test_byte_by_byte() -> None:
    whole = chunk("# Übermut\n\n") + chunk("Größe 🐉") + STOP + DONE
    parts: list[Part] = []
    for byte in whole:
        parts += [bytes([byte]), 0.0]
    collected = told(stream(*parts))
    assert (collected[0], text_of(collected)) == (Title("Übermut"), "Größe 🐉")


@pytest.mark.parametrize(
    ("said", "title", "text"),
    [
        (["# The Dragon\n", "\n", "Once"], "The Dragon", "Once"),
        (["\n\n#", "#", " **“The Dragon”**  \n", "\n\n \nOnce\n\n# More"], "The Dragon", "Once\n\n# More"),
        (["# „Der Drache“\r\n\r\nEs war"], "Der Drache", "Es war"),
        (["#\n", "Once"], None, "Once"),
        (["# " + "x" * 199, "y\n\nOnce"], None, "# " + "x" * 199 + "y\n\nOnce"),
        (["Once # upon\n"], None, "Once # upon\n"),
    ],
)
def test_title(said: list[str], title: str | None, text: str) -> None:
    script = stream(*(chunk(piece) for piece in said), STOP, DONE)
    collected = told(script)
    assert [event.text for event in collected if isinstance(event, Title)] == ([title] if title else [])
    assert text_of(collected) == text


def test_text_does_not_wait_for_a_heading() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            server.script(stream(chunk("Once"), Hang()))
            writer = engine(server)
            written = writer.write(order())
            assert await anext(written) == Pieces("Once", 1)
            await written.aclose()
            await writer.close()

    run(scene())


def test_long_thought_is_no_stall() -> None:
    thoughts: list[Part] = []
    for _ in range(8):
        thoughts += [chunk(reasoning_content="hm"), 0.1]
    changes = {"first_text_timeout_s": 0.4, "stall_timeout_s": 0.4}
    assert text_of(told(stream(*thoughts, ONE, *thoughts, STOP, DONE), changes=changes)) == "Once upon"


def test_slow_reader_is_no_stall() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            server.script(stream(ONE, 0.05, chunk(" a time"), 0.5, STOP, DONE))
            writer = engine(server, stall_timeout_s=0.3)
            written = writer.write(order())
            collected = [await anext(written)]
            await asyncio.sleep(0.8)
            async for event in written:
                collected.append(event)
            assert text_of(collected) == "Once upon a time"
            await writer.close()

    run(scene())


def test_connections_are_used_again() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server)
            for _ in range(20):
                await events(writer, order())
            assert (len(server.asked), server.connections) == (20, 1)
            # After an error answer the connection is closed or reused, but never broken.
            server.script(refusal(500, openai_error("boom")))
            with pytest.raises(EngineError, match="too much"):
                await events(writer, order())
            assert text_of(await events(writer, order())) == numbered(1, 20)
            await writer.close()

    run(scene())


def test_kept_connection_that_the_server_closed() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server)
            await events(writer, order())
            server.script(Script((Vanish(rudely=True),)))
            assert text_of(await events(writer, order())) == numbered(1, 20)
            assert len(server.asked) == 3
            await writer.close()

    run(scene())


@pytest.mark.parametrize(
    ("message", "missing", "added"),
    [
        ("Unrecognized request argument supplied: stream_options", "stream_options", None),
        (
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            "max_tokens",
            "max_completion_tokens",
        ),
        ("extra_forbidden: seed", "seed", None),
    ],
)
def test_field_that_the_server_does_not_take(message: str, missing: str, added: str | None) -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            server.script(refusal(400, openai_error(message)))
            writer = engine(server)
            for _ in range(2):
                assert text_of(await events(writer, order(seed=3))) == numbered(1, 20)
            # Once refused, it is not sent again.
            assert [missing in asked.body for asked in server.asked] == [True, False, False]
            assert added is None or all(added in asked.body for asked in server.asked[1:])
            await writer.close()

    run(scene())


def test_closing_the_generator_frees_the_connection() -> None:
    async def scene() -> None:
        async with ModelServer(words=1000, rate=50) as server:
            writer = engine(server)
            written = writer.write(order())
            await anext(written)
            assert server.open_streams == 1
            await written.aclose()
            await until(lambda: server.open_streams == 0, within_s=1.0)
            await writer.close()

    run(scene())


def test_cancelling_the_reader_frees_the_connection() -> None:
    async def scene() -> None:
        async with ModelServer() as server:
            writer = engine(server)
            for script in (stream(ONE, Hang()), stream(Hang()), stream(10.0, ONE)):
                server.script(script)
                reader = asyncio.create_task(events(writer, order()))
                await until(lambda: server.open_streams == 1)
                reader.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reader
                await until(lambda: server.open_streams == 0, within_s=1.0)
            await writer.close()

    run(scene())


def test_many_streams_at_once() -> None:
    async def scene() -> None:
        async with ModelServer(words=40, rate=100) as server:
            writer = engine(server, connect_timeout_s=20.0, first_text_timeout_s=20.0, stall_timeout_s=20.0)
            all_events = await asyncio.gather(*(events(writer, order()) for _ in range(200)))
            assert {text_of(collected) for collected in all_events} == {numbered(1, 40)}
            assert server.connections == 200
            await writer.close()

    run(scene())


def test_resumed_generation_goes_on() -> None:
    async def scene() -> None:
        async with ModelServer(words=30) as server:
            writer = engine(server)
            for cut in (0, 1, 2, 9, 29):
                written = numbered(1, cut)
                messages: tuple[Message, ...] = ({"role": "user", "content": "Tell."},)
                if cut:
                    messages += ({"role": "assistant", "content": written}, {"role": "user", "content": "Go on."})
                collected = await events(writer, order(written=written, messages=messages))
                assert written + text_of(collected) == numbered(1, 30)
            await writer.close()

    run(scene())


def test_resumed_generation_of_a_server_that_begins_again() -> None:
    written = "Once upon a time there was a dragon who was afraid of fire"
    again = [*re.findall(r"\s*\S+", "# The Dragon\n\n" + written + ". He hid.")]
    script = stream(*(chunk(piece) for piece in again), STOP, DONE)
    assert text_of(told(script, written=written)) == ". He hid."


def test_resumed_generation_with_nothing_left_to_say() -> None:
    collected = told(stream(STOP, chunk(usage=(5, 0)), DONE), written="The end.")
    assert collected == [Usage(5, 0)]


def test_resumed_generation_that_goes_astray() -> None:
    written = "Once upon a time there was a dragon who was afraid of fire"
    with pytest.raises(EngineError, match="another story") as caught:
        told(stream(chunk(written[:45] + "o loved fire."), STOP, DONE), written=written)
    assert (caught.value.slug, caught.value.permanent) == ("engine-broken-stream", False)
