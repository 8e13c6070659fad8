"""What must hold for every one of thousands of stories: see `shelf`."""

import re
import shutil
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import textstat

from storybot.brief import AGE_BANDS
from storybot.engines.storyteller.content import content
from tests.requirements import need

from .shelf import STORIES, Told, prompts, stories
from .test_stories import check_marks, check_words

LANGUAGES = ("de", "en")
pytestmark = pytest.mark.timeout(300)
#: This share of the stories may be more than 15 % off their length, none further than 25 %, and so many have to be carried by
#: what their prompt is about.
FAR, FARTHEST = 0.01, 0.25
CARRIED = 0.95
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)


@IN_EACH_LANGUAGE
def test_every_story_is_well_formed_and_as_long_as_it_was_asked_to_be(language: str) -> None:
    wrong = [trouble for one in stories(language) if (trouble := _trouble(one))]
    assert not wrong, f"{len(wrong)} of them, such as {wrong[:3]}"
    lengths = [len(one.tale.text.split()) / one.order.brief.words for one in stories(language)]
    far = [one.tale.storylets for one, length in zip(stories(language), lengths, strict=True) if abs(length - 1) > 0.15]
    assert len(far) <= FAR * len(lengths), far[:3]
    assert max(abs(length - 1) for length in lengths) <= FARTHEST


def _trouble(one: Told) -> str:
    text, title, brief = one.tale.text, one.tale.title, one.order.brief
    try:
        assert not set("{}[]|~\t_") & set(text + title)
        assert "  " not in text + title
        assert title
        assert title[0] == title[0].upper()
        assert brief.hero is None or brief.hero.name in text
        assert all(companion.name in text for companion in brief.companions)
        check_marks(text, brief.language)
        check_words(text)
    except AssertionError as wrong:
        return f"{brief.prompt!r} {one.order.seed}: {wrong}: {one.tale.storylets}"
    return ""


@IN_EACH_LANGUAGE
def test_no_sentence_comes_twice_but_the_refrain(language: str) -> None:
    refrains = content(language).lists["refrains"]
    for one in stories(language):
        text = one.tale.text
        for refrain in refrains:
            text = text.replace(refrain, "")
        long = [part for part in re.split(r"(?<=[.!?])[“”]?\s+", text) if len(part.split()) > 7]
        twice = [part for part, count in Counter(long).items() if count > 1]
        assert not twice, (twice, one.tale.storylets)


@IN_EACH_LANGUAGE
def test_what_is_planted_is_paid(language: str) -> None:
    storylets = {one.id: one for one in content(language).storylets}
    for told in stories(language):
        open_: set[str] = set()
        for storylet in (storylets[key] for key in told.tale.storylets):
            assert set(storylet.pays.split()) <= open_, told.tale.storylets
            open_ = (open_ | set(storylet.opens.split())) - set(storylet.pays.split())
        assert not open_, told.tale.storylets


@IN_EACH_LANGUAGE
def test_what_the_prompt_is_about_carries_the_story(language: str) -> None:
    every = prompts(language)
    assert len(every) >= 150
    notions = dict(every)
    carried = Counter[bool]()
    again = Counter[bool]()  # a version told anew takes another plot than the one that suits the prompt best
    for told in stories(language):
        if told.order.brief.hero is None and told.order.brief.place is None:
            paragraphs = told.tale.text.casefold().split("\n\n")
            named = [sum(word in paragraph for paragraph in paragraphs) for word in notions[told.order.brief.prompt]]
            (again if told.order.variant else carried)[all(count >= 3 for count in named)] += 1
    assert again[True] >= 0.85 * again.total(), again
    assert carried[True] >= CARRIED * carried.total(), carried


@IN_EACH_LANGUAGE
def test_likes_and_fears_matter_where_it_counts(language: str) -> None:
    """In the last third, where the turn and the win are."""
    liked = Counter[bool]()
    feared = Counter[bool]()
    for told in stories(language):
        hero = told.order.brief.hero
        paragraphs = told.tale.text.casefold().split("\n\n")
        end = " ".join(paragraphs[len(paragraphs) // 3 :])
        if hero and hero.likes:
            liked[any(_stem(like) in end for like in hero.likes)] += 1
        if hero and hero.fears and "spark-both" in told.tale.storylets:
            feared[any(_stem(fear) in end for fear in hero.fears)] += 1
    assert liked[True] >= 0.85 * liked.total(), liked
    assert feared[True] >= 0.85 * feared.total(), feared
    assert feared.total() > STORIES / 100


def _stem(word: str) -> str:
    return word.casefold()[:-1]


def _reading_level(text: str, language: str) -> float:
    """The school year for which a text is right. Wiener Sachtextformel (first) and Flesch-Kincaid."""
    textstat.set_lang(language)
    return float(textstat.wiener_sachtextformel(text, 1) if language == "de" else textstat.flesch_kincaid_grade(text))


@IN_EACH_LANGUAGE
def test_the_reading_level_rises_with_the_age(language: str) -> None:
    by_age: dict[str, list[str]] = {age: [] for age in AGE_BANDS}
    for told in stories(language):
        by_age[told.order.brief.age_band].append(told.tale.text)
    levels = [_reading_level(" ".join(by_age[age][:60]), language) for age in AGE_BANDS]
    assert levels[0] < levels[1] < levels[2] + 0.25 < levels[3] + 0.5, levels
    assert levels[0] < levels[3], levels
    assert 0 <= levels[0] <= 4, levels
    assert levels[3] <= 7, levels


def _unknown(words: set[str], dictionary: str) -> set[str]:
    """The words that hunspell does not know."""
    need(shutil.which("hunspell"), "hunspell")
    have = subprocess.run(["hunspell", "-D"], capture_output=True, text=True, input="").stderr
    need(f"/{dictionary}" in have, f"hunspell's dictionary {dictionary}")
    found = subprocess.run(["hunspell", "-d", dictionary, "-i", "utf-8", "-l"], input="\n".join(sorted(words)), capture_output=True, text=True)
    return words & set(found.stdout.split())


#: German verbs take these before them, and the dictionary does not know them all so: "hineinrufen", "hineingerufen".
_BEFORE = """
    ab an auf aus auseinander aneinander bei da dabei dahin daneben daran darauf darunter darüber davor dazu dazwischen dran drauf drüber durch
    ein entlang fest gern gut heim her heran heraus herein herum herunter hervor hier hierher hin hinauf hinaus hindurch hinein hinter hinunter hinweg
    los mit nach nieder schief statt über um umher unter vor voran voraus vorbei vorüber vorwärts weg weh weiter wieder woanders zu zurück zusammen
""".split()  # noqa: SIM905 - a list of words is read as words


def _remainders(word: str) -> set[str]:
    """What is left of a German word without what may stand before it: if that is known, so is the word."""
    lower = word.lower()
    rests = {lower, *(lower[len(before) :] for before in _BEFORE if lower.startswith(before) and len(lower) > len(before) + 2)}
    rests |= {rest[2:] for rest in rests if rest.startswith(("ge", "zu")) and len(rest) > 5}
    rests |= {rest.removesuffix("mal") for rest in rests}
    return rests | {rest.capitalize() for rest in rests}


@IN_EACH_LANGUAGE
def test_every_word_is_spelled_right(language: str) -> None:
    words: set[str] = set()
    given: set[str] = set()
    for told in stories(language):
        brief = told.order.brief
        names = [brief.hero.name, brief.hero.looks or ""] if brief.hero else []
        text = "\n".join([brief.prompt, brief.place or "", brief.moral or "", *names, *(one.name for one in brief.companions)])
        given |= set(_words(text))
        words |= set(_words(told.tale.text + "\n" + told.tale.title))
    own = _own(language)
    dictionary = {"de": "de_DE", "en": "en_GB"}[language]
    known = {word.casefold() for word in own | given | _names(language)}
    wrong = {word for word in _unknown(words, dictionary) if not _given(word.casefold(), known)}
    if language == "de":
        still = _unknown({rest for word in wrong for rest in _remainders(word)}, dictionary)
        wrong = {word for word in wrong if _remainders(word) <= still}
    assert not wrong, sorted(wrong)


def _given(word: str, known: set[str]) -> bool:
    """Whether it is one of the words that are known, or a form of one."""
    bare = re.sub("[’'](?:s|ll|d)?$", "", word)
    return any(form in known for form in (word, bare, *(bare.removesuffix(end) for end in ("s", "es", "n", "en", "e", "er", "ern"))))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*", text)


def _names(language: str) -> set[str]:
    lists = content(language).lists
    return set(" ".join([*lists["names"].values(), *lists["creatures"].values()]).split())


def _own(language: str) -> set[str]:
    """Coined words and sounds, one a line."""
    lines = (Path(__file__).parent / f"words_{language}.txt").read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


@IN_EACH_LANGUAGE
def test_our_own_words_are_sorted_and_used(language: str) -> None:
    folder = Path(__file__).parents[3] / "storybot" / "engines" / "storyteller" / "content" / language
    told = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.toml")).casefold()
    own = sorted(_own(language), key=str.casefold)
    unused = [
        word for word in own if not any(form in told for form in (word.casefold(), *(word.casefold().removesuffix(end) for end in ("e", "en", "es"))))
    ]
    assert not unused
    lines = (Path(__file__).parent / f"words_{language}.txt").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    assert all(one.casefold() < other.casefold() for one, other in pairwise(kept))
