"""The engine itself: events, pace, resuming after a crash, stopping."""

import asyncio
import subprocess
import sys

import pytest

from storybot.engines.contract import Order, Pieces, Title, Told
from storybot.engines.storyteller import Storyteller, engine
from storybot.engines.storyteller.engine import pieces
from storybot.engines.storyteller.tell import tell

from .orders import PROMPTS, order


def run(asked: Order, pace: float = 0.0) -> list[object]:
    async def gather() -> list[object]:
        return [event async for event in Storyteller(pace).write(asked)]

    return asyncio.run(gather())


def text_of(events: list[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, Pieces))


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_title_comes_first_and_the_pieces_make_the_passage(language: str) -> None:
    asked = order(PROMPTS[language][0], language, seed=4)
    events = run(asked)
    assert isinstance(events[0], Title)
    assert events[0].text
    assert len(events) > 10
    assert text_of(events) == tell(asked).text
    assert all(isinstance(event, Pieces) and event.tokens >= 1 for event in events[1:])


def test_the_same_order_gives_the_same_story_in_another_process() -> None:
    asked = order(PROMPTS["de"][1], "de", seed=11, length="medium")
    code = (
        "from tests.engines.storyteller.orders import *\nfrom storybot.engines.storyteller.tell import tell\n"
        "import sys\nsys.stdout.buffer.write(tell(order(PROMPTS['de'][1], 'de', seed=11, length='medium')).text.encode())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."})
    assert other.stdout.decode() == tell(asked).text


def test_seed_and_variant_change_the_story() -> None:
    texts = {tell(order(PROMPTS["en"][1], "en", seed=seed, variant=variant)).text for seed in range(4) for variant in range(4)}
    assert len(texts) == 16


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("length", ["short", "long"])
def test_it_resumes_after_any_prefix(language: str, length: str) -> None:
    asked = order(PROMPTS[language][2], language, seed=3, length=length)
    whole = tell(asked).text
    for cut in [1, 2, 5, 17, 40, 111, 333, len(whole) // 2, len(whole) - 1, len(whole)]:
        again = order(PROMPTS[language][2], language, seed=3, length=length, written=whole[:cut])
        events = run(again)
        assert whole[:cut] + text_of(events) == whole
        assert not any(isinstance(event, Title) for event in events)


def test_every_piece_is_a_place_to_resume_at() -> None:
    asked = order(PROMPTS["en"][0], seed=5)
    whole = tell(asked).text
    written = ""
    for piece in pieces(whole, 1.0):
        written += piece
        again = order(PROMPTS["en"][0], seed=5, written=written)
        assert text_of(run(again)) == whole[len(written) :]
    assert written == whole


@pytest.mark.parametrize(("language", "written"), [("de", "Etwas ganz anderes geschah"), ("en", "Something else.")])
def test_after_foreign_text_it_closes_sensibly(language: str, written: str) -> None:
    rest = text_of(run(order(PROMPTS[language][0], language, written=written)))
    assert "\n\n" in rest
    assert rest.rstrip()[-1] in ".!?“”"


def test_pieces_keep_every_character() -> None:
    text = "  One, two — “three!” she said.\n\nFour …\n\n“Five?”"
    for pace in (0.0, 1.0):
        assert "".join(pieces(text, pace)) == text
    assert pieces("", 1.0) == []


def test_the_first_text_comes_at_once_and_the_rest_at_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    words_when_slept: list[int] = []

    async def watch(pace: float) -> int:
        words = 0

        async def sleep(delay: float) -> None:
            slept.append(delay)
            words_when_slept.append(words)

        monkeypatch.setattr(engine.asyncio, "sleep", sleep)
        async for event in Storyteller(pace).write(order(PROMPTS["en"][0])):
            if isinstance(event, Pieces):
                words += event.tokens
        return words

    words = asyncio.run(watch(1.0))
    assert words_when_slept[0] >= 1  # some text was given before the first pause
    assert 12 <= words / sum(slept) <= 16
    usual = sum(slept)
    slept.clear()
    asyncio.run(watch(2.0))
    assert sum(slept) == pytest.approx(usual * 2)  # twice the pauses


def test_without_pauses_others_still_get_their_turn() -> None:
    async def both() -> int:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        async for _ in Storyteller(0).write(order(PROMPTS["en"][0])):
            pass
        task.cancel()
        return turns

    assert asyncio.run(both()) > 10


@pytest.mark.parametrize("pace", [-1.0, float("nan"), float("inf")])
def test_a_strange_pace_is_refused(pace: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        Storyteller(pace)


def test_importing_is_cheap() -> None:
    code = "import sys, storybot.engines.storyteller\nassert not any('storyteller.content' in name for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_stopped_passage_goes_on_where_it_stopped(language: str) -> None:
    asked = order(PROMPTS[language][0], language, seed=9, length="medium")
    whole = tell(asked).text
    cut = whole.index(" ", len(whole) // 2)
    told = (Told(text=whole[:cut], author="engine"),)
    rest = text_of(run(order(PROMPTS[language][0], language, seed=9, length="medium", action="continue", told=told)))
    assert rest == whole[cut:].lstrip()
