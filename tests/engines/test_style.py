"""A style is sent as far as the server takes it, and a server that refuses a field is asked once more without it."""

import asyncio
from typing import Any

import pytest

from storybot.brief import Style
from storybot.connections import presets
from storybot.engines import style
from storybot.engines.contract import EngineError, Learnt
from tests.engines.openai.support import engine, events, order, run, text_of
from tests.fakes.model_faults import openai_error, refusal
from tests.fakes.model_server import ModelServer


def test_presets_lie_within_their_ranges_and_differ() -> None:
    for values in style.PRESETS.values():
        for name, value in values.items():
            least, most = style.RANGES[name]
            assert least <= value <= most
    heat = [style.PRESETS[name]["temperature"] for name in ("steady", "balanced", "wild")]
    assert heat == sorted(set(heat))


def test_only_what_a_server_takes_is_sent_and_in_its_own_words() -> None:
    chosen = Style(preset="steady", samplers={"top_k": 40, "max_tokens": 99, "stop": ["THE END"]})
    assert style.fields(chosen, ("temperature", "stop")) == {"temperature": 0.6, "stop": ["THE END"]}
    assert style.fields(chosen, style.LLAMA)["repeat_penalty"] == 1.08
    assert style.fields(chosen, presets()["koboldcpp"].samplers)["rep_pen"] == 1.08
    assert "max_tokens" not in style.fields(chosen, style.LLAMA)
    assert style.most_tokens(chosen, 500) == 99
    assert style.most_tokens(None, 500) == 500


def test_what_was_set_singly_wins() -> None:
    assert style.chosen(Style(preset="wild", samplers={"temperature": 0.1}))["temperature"] == 0.1


@pytest.mark.parametrize("name", list(presets()))
def test_presets_of_servers_name_fields_that_there_are(name: str) -> None:
    known = {*style.RANGES, "stop", "repeat_penalty", "rep_pen", "frequency_penalty"} - {"max_tokens"}
    assert set(presets()[name].samplers) <= known


def _asked(*refusals: Any, samplers: tuple[str, ...] = style.LLAMA) -> tuple[list[dict[str, Any]], list[Any]]:
    """The bodies of all requests, and the events, of a server that refuses these fields one after the other."""

    async def scene() -> tuple[list[dict[str, Any]], list[Any]]:
        async with ModelServer(words=3) as server:
            server.script(*refusals)
            writer = engine(server, samplers=samplers)
            collected = await events(writer, order(style=Style(preset="wild", samplers={"top_k": 40})))
            again = await events(writer, order(style=Style(preset="wild", samplers={"top_k": 40})))
            assert text_of(again)
            await writer.close()
            return [asked.body for asked in server.asked], collected

    return run(scene())


def test_the_style_goes_with_the_request() -> None:
    [first, _second], collected = _asked()
    assert (first["temperature"], first["top_k"], first["xtc_probability"]) == (1.1, 40, 0.3)
    assert not any(isinstance(event, Learnt) for event in collected)


def test_a_field_that_is_refused_is_left_out_at_once_and_later() -> None:
    refuse = refusal(400, openai_error("Unrecognized request argument supplied: top_k"))
    [first, second, third], collected = _asked(refuse)
    assert "top_k" in first
    assert "top_k" not in second
    assert second["temperature"] == 1.1
    assert "top_k" not in third
    assert Learnt(("top_k",)) in collected


def test_two_fields_are_refused_one_after_the_other() -> None:
    first, second = openai_error("xtc_probability: extra fields not permitted"), openai_error("unknown field 'min_p'")
    bodies, collected = _asked(refusal(400, first), refusal(422, second))
    assert [("xtc_probability" in body, "min_p" in body) for body in bodies] == [(True, True), (False, True), (False, False), (False, False)]
    assert collected[0] == Learnt(("xtc_probability", "min_p"))


def test_a_server_that_refuses_for_ever_is_not_asked_for_ever() -> None:
    async def scene() -> int:
        async with ModelServer() as server:
            server.script(*[refusal(400, openai_error("temperature is wrong"))] * 50)
            writer = engine(server)
            with pytest.raises(EngineError):
                await asyncio.wait_for(events(writer, order(style=Style())), 5)
            await writer.close()
            return len(server.asked)

    assert run(scene()) == 2
