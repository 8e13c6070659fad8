"""The form "you decide": passages end with choices that lead to different scenes, and the story still ends well."""

import random
import re
from itertools import combinations

import pytest

from storybot import decisions
from storybot.brief import LENGTHS, WORDS_BY_LENGTH, Length
from storybot.engines.contract import Order, Told
from storybot.engines.storyteller import outline
from storybot.engines.storyteller.content import content
from storybot.engines.storyteller.fork import chosen
from storybot.engines.storyteller.plan import candidates
from storybot.engines.storyteller.tell import Tale, tell
from storybot.engines.storyteller.voice import heard

from .orders import PROMPTS, order
from .test_stories import check_marks

LANGUAGES = ("de", "en")


def following(told: tuple[Told, ...], prompt: str, language: str, wish: str | None = None, **given: object) -> Order:
    return order(prompt, language, form="choose", told=told, wish=wish, action="continue" if told else "begin", **given)


def play(prompt: str, language: str, rng: random.Random, **given: object) -> list[Tale]:
    """A whole story, each decision taken by chance."""
    told: tuple[Told, ...] = ()
    wish, tales = None, []
    while len(tales) < 9:
        tales.append(tell(following(told, prompt, language, wish, **given)))
        told = (*told, Told(text=tales[-1].text, author="engine"))
        offered = decisions.offered(tales[-1].text)
        if not offered:
            break
        wish = rng.choice(offered)
    return tales


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_is_decided_to_its_end(language: str, length: Length) -> None:
    rng = random.Random(length)
    off = 0
    for seed, prompt in enumerate(PROMPTS[language]):
        tales = play(prompt, language, rng, length=length, seed=seed)
        assert len(tales) == decisions.PASSAGES[length], prompt
        assert len({tale.plot for tale in tales}) == 1
        assert tales[0].title
        assert not any(tale.title for tale in tales[1:])
        ends = [key for tale in tales for key in tale.storylets if key in ids(language, "end")]
        assert ends == [tales[-1].storylets[-1]]
        for tale in tales[:-1]:
            assert 2 <= len(decisions.offered(tale.text)) <= 3
            assert not re.search(r"[{}\[\]|~]", tale.text)
            check_marks("\n\n".join(p for p in tale.text.split("\n\n") if not p.startswith("→")), language)
        words = sum(len(decisions.prose(tale.text).split()) for tale in tales)
        leeway = 0.25 if length == "short" else 0.15  # two parts of four scenes each have little that can be left out
        off += abs(words - WORDS_BY_LENGTH[length]) > leeway * WORDS_BY_LENGTH[length]
    assert off <= len(PROMPTS[language]) * (0.5 if length == "short" else 0.3)


def ids(language: str, beat: str) -> set[str]:
    return {one.id for one in content(language).storylets if one.beat == beat}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_choice_leads_to_another_scene(language: str) -> None:
    for seed, prompt in enumerate(PROMPTS[language][:6]):
        first = tell(following((), prompt, language, length="medium", seed=seed))
        told = (Told(text=first.text, author="engine"),)
        lines = decisions.offered(first.text)
        tales = [tell(following(told, prompt, language, line, length="medium", seed=seed)) for line in lines]
        assert len({tale.storylets[0] for tale in tales}) == len(lines)
        for line, tale in zip(lines, tales, strict=True):
            assert tale.storylets[0] in chosen(line, content(language)), line
        pairs = [(sentences(one), sentences(other)) for one, other in combinations(tales, 2)]
        assert sum(len(one & other) / min(len(one), len(other)) for one, other in pairs) / len(pairs) <= 0.45


def sentences(tale: Tale) -> set[str]:
    return set(re.split(r"(?<=[.!?])[“”]?\s+", decisions.prose(tale.text)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_people_are_in_every_part(language: str) -> None:
    names = content(language).lists
    every = set(" ".join([*names["names"].values(), *names["creatures"].values()]).split())
    for seed in range(6):
        tales = play("", language, random.Random(seed), length="long", seed=seed)
        named = [every & set(re.findall(r"[^\W\d_]+", tale.text)) for tale in tales]
        assert set.intersection(*named), [tale.text for tale in tales]


@pytest.mark.parametrize(
    ("language", "wish", "word"), [("de", "jetzt treffen sie einen Wal", "Wal"), ("en", "now they meet a whale", "whale"), ("en", None, "")]
)
def test_a_wish_of_ones_own_is_followed_and_so_is_none(language: str, wish: str | None, word: str) -> None:
    told: tuple[Told, ...] = ()
    for at in range(decisions.PASSAGES["medium"]):
        tale = tell(following(told, "", language, wish if at == 1 else None, length="medium", seed=4))
        assert word in tale.text or at != 1
        assert bool(decisions.offered(tale.text)) == (at < decisions.PASSAGES["medium"] - 1)
        told = (*told, Told(text=tale.text, author="engine"))
    after = tell(following(told, "", language, length="medium", seed=4))
    assert decisions.offered(after.text)
    assert after.storylets[0] in ids(language, "next")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_reader_writes_between_takes_no_decision(language: str) -> None:
    first = tell(following((), "", language, length="medium", seed=2))
    told = (Told(text=first.text, author="engine"), Told(text={"de": "Da fiel ein Stern.", "en": "Then a star fell."}[language], author="reader"))
    second = tell(following(told, "", language, length="medium", seed=2))
    assert decisions.offered(second.text)
    assert second.plot == first.plot


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_passage_that_was_stopped_is_told_to_its_decision(language: str) -> None:
    first = tell(following((), "", language, length="medium", seed=5))
    cut = first.text[: len(first.text) // 2]
    rest = tell(following((Told(text=cut, author="engine"),), "", language, length="medium", seed=5))
    assert (cut + " " + rest.text).split() == first.text.split() or (cut + rest.text).split() == first.text.split()
    wish = decisions.offered(first.text)[0]
    second = tell(following((Told(text=first.text, author="engine"),), "", language, wish, length="medium", seed=5))
    half = second.text[: len(second.text) // 2]
    told = (Told(text=first.text, author="engine"), Told(text=half, author="engine"))
    assert second.text.endswith(tell(following(told, "", language, length="medium", seed=5)).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plot_can_be_decided(language: str) -> None:
    source = content(language)
    flags = frozenset(("kid", "gentle", "outdoors", "physical", "afraid_is_hero", "known"))
    for name in source.plots:
        for length in LENGTHS:
            pool = candidates(source, name, flags)
            for beats in outline.parts(source, name, length, chapter=False)[1:]:
                able = [one.id for beat in beats[0].rstrip("*").split("|") for one in pool.get(beat, ()) if one.id in source.choices]
                assert len(able) >= 3, (name, length, beats)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_is_recognised_again(language: str) -> None:
    source = content(language)
    assert len({line.casefold() for line in source.choices.values()}) == len(source.choices)
    for key, line in source.choices.items():
        assert key in chosen(re.sub(r"\{[^{}]*\}", "Anna-Lena", line), source)
    assert chosen("now they meet a whale", source) == []
    assert chosen(None, source) == []
    assert chosen("…", source) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scenes_of_a_told_text_are_found_again(language: str) -> None:
    found = told = wrong = 0
    for seed in range(30):
        tale = tell(order("", language, seed=seed, length="medium"))
        known = heard([tale.text], language)
        told += len(tale.storylets)
        found += len(set(known) & set(tale.storylets))
        wrong += len(set(known) - set(tale.storylets))
    assert found >= 0.9 * told
    assert wrong <= 0.05 * told
    assert not heard(["My own words, and nobody else’s."], language)
