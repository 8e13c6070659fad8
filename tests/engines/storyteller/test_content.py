"""The content files: whole, valid, and refused with a clear sentence where they are not."""

import random
import re
import shutil
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from storybot.engines.storyteller import german
from storybot.engines.storyteller.content import ContentError, content, load
from storybot.engines.storyteller.plan import NoPlan, State, plan
from storybot.engines.storyteller.script import AGES, TONES, ScriptError, Telling, choices, core_words, holds, parse, telling
from storybot.engines.storyteller.voice import Voice

LANGUAGES = ("de", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_breadth_that_the_stories_need(language: str) -> None:
    found = content(language)
    assert len(found.plots) >= 12
    asked_for = "quest lost found rescue newfriend quarrel fear mystery contest home trick invention bedtime"
    assert set(asked_for.split()) <= set(found.plots)
    assert all(len(plot.titles) >= 8 for plot in found.plots.values())
    assert len(found.storylets) >= 264
    assert len(found.settings) >= 14
    assert len(found.beings) >= 45
    assert len(found.morals) == 14
    assert all(len(moral.lines) >= 4 for moral in found.morals.values())
    assert len(found.lists["tones"]) == 5
    for name, place in found.settings.items():
        assert min(len(place.sight), len(place.sound), len(place.smell)) >= 6, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_storylet_is_told_in_four_ways(language: str) -> None:
    found = content(language)
    few = {key: len(tellings) for key, tellings in found.tellings.items() if len(tellings) < 4}
    assert not few
    # What a child of six to eight may hear in a gentle tone: no flags, or some that hold there.
    plain = frozenset(("kid", "gentle", "first"))
    usable = {key: sum(holds(_of_tone_and_age(one), plain) for one in tellings) for key, tellings in found.tellings.items()}
    assert sum(count >= 3 for count in usable.values()) >= 0.97 * len(usable), {key for key, count in usable.items() if count < 3}


def _of_tone_and_age(one: Telling) -> tuple[str, ...]:
    return tuple(flag for flag in one.flags if flag.lstrip("!") in TONES + AGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tones_and_ages_have_tellings_of_their_own(language: str) -> None:
    found = content(language)
    for flag, least in {"funny": 40, "spooky": 40, "wondrous": 40, "adventurous": 40, "gentle": 40, "tiny": 40}.items():
        assert sum(flag in one.flags for tellings in found.tellings.values() for one in tellings) >= least, flag


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_in_two_tellings(language: str) -> None:
    found = content(language)
    seen: dict[str, str] = {}
    twice = []
    for key, tellings in found.tellings.items():
        for number, one in enumerate(tellings):
            lines = {line.text for paragraph in one.script for unit in paragraph for line in unit.lines}
            for part in {part for line in lines for part in re.split(r"(?<=[.!?]) ", line) if len(part.split()) > 6}:
                if "short" in one.flags and seen.get(part, "").startswith(f"{key}/"):
                    continue  # it is another one of the same storylet, cut down
                if seen.setdefault(part, f"{key}/{number}") != f"{key}/{number}":
                    twice.append((part, seen[part], f"{key}/{number}"))
    assert len(twice) <= 10, twice


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_being_has_its_whole_declension(language: str) -> None:
    found = content(language)
    for key, entry in found.nouns.items():
        if entry.kind != "being":
            continue
        assert entry.noun.gender in "mfn"
        if language == "de":
            forms = {case: german.noun_form(entry.noun, case) for case in german.CASES}
            assert all(forms.values()), key
            assert entry.noun.plural, key
            if entry.noun.weak:
                assert forms["acc"] == forms["dat"] == forms["gen"] != forms["nom"], key
            elif entry.noun.gender in "mn":
                assert forms["gen"].endswith(("s", "ns")), key
            else:
                assert len(set(forms.values())) == 1, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_opened_can_be_paid(language: str) -> None:
    storylets = content(language).storylets
    paid = {thread for one in storylets for thread in one.pays.split()}
    opened = {thread for one in storylets for thread in one.opens.split()}
    assert opened
    assert opened == paid


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plot_has_its_own_scenes_and_plain_alternatives(language: str) -> None:
    found = content(language)
    for name in found.plots:
        own = [one for one in found.storylets if name in one.plots.split()]
        assert len(own) >= 5, name
        # A plot that only a premise leads to has one want, told in many ways.
        least = 1 if "premise" in found.plots[name].tags.split() else 2
        assert sum(one.beat == "want" for one in own) >= least, name
        assert sum(one.beat in ("turn", "win") for one in own) >= least, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_scene_is_too_long_for_a_short_story(language: str) -> None:
    found = content(language)
    for one in found.storylets:
        for told in found.tellings[one.id]:
            assert core_words(told.script, frozenset(("kid", *told.flags))) <= 150, one.id


def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "de"
    shutil.copytree(str(files("storybot.engines.storyteller") / "content" / "de"), folder)
    return folder


@pytest.mark.parametrize(
    ("file", "more", "says"),
    [
        ("scenes_x.toml", '[[storylet]]\nid = "a"\nbeat = "open"\nplots = "nope"\ntext = "x"', "plots names 'nope'"),
        ("scenes_x.toml", '[[storylet]]\nid = "a"\nbeat = "open"\nwhen = "sunny"\ntext = "x"', "unknown flag 'sunny'"),
        ("scenes_x.toml", '[[storylet]]\nid = "a"\nbeat = "open"\ntext = "{H"', "brackets"),
        ("scenes_x.toml", '[[storylet]]\nid = "a"\nbeat = "open"\ntext = "„Oh, sagte {H}."', "quotation marks"),
        ("scenes_x.toml", '[[storylet]]\nid = "open-once"\nbeat = "open"\ntext = "x"', "already taken"),
        ("scenes_x.toml", '[[storylet]]\nid = "a"\nbeat = "open"\ntext = "x"\ncolour = "red"', "colour"),
        ("scenes_x.toml", '[[storylet]]\nid = "a"\nbeat = "open"\ntext = "x"\ncast = {"?" = "big"}', "unknown role"),
        ("scenes_x.toml", "[[storylet", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, file: str, more: str, says: str) -> None:
    folder = copy(tmp_path)
    (folder / file).write_text(more, encoding="utf-8")
    with pytest.raises(ContentError, match=r"scenes_x\.toml") as caught:
        load("de", folder)
    assert says in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    (folder / "beings.toml").unlink()
    with pytest.raises(ContentError, match=r"beings\.toml: the file is missing"):
        load("de", folder)


def test_a_script_is_read_into_units() -> None:
    ((first, second),) = parse("One.\n| (funny) Two.\n(+a) Three [x|tiny: y].")
    assert [line.text for line in first.lines] == ["One.", "Two."]
    assert first.lines[1].flags == ("funny",)
    assert (first.group, second.group) == (None, "a")
    assert choices("a [b|tiny: c] d") == ["a ", [("", "b"), ("tiny", "c")], " d"]
    with pytest.raises(ScriptError):
        parse("| no line above")


def test_a_telling_may_begin_with_a_line_of_flags() -> None:
    told = telling("(funny !tiny)\nOne.\n(+) Two.")
    assert told.flags == ("funny", "!tiny")
    assert [unit.group for unit in told.script[0]] == [None, ""]
    assert telling("(funny) One.").flags == ()
    for wrong in ("(sunny)\nOne.", "(funny)\n"):
        with pytest.raises(ScriptError):
            telling(wrong)


def test_the_tone_prefers_the_tellings_that_were_made_for_it(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    more = '[[storylet]]\nid = "x"\nbeat = "open"\ntext = "A."\nalso = ["B.", "(funny)\\nC."]'
    (folder / "scenes_x.toml").write_text(more, encoding="utf-8")
    source = load("de", folder)

    def told(*flags: str) -> Counter[str]:
        return Counter(Voice(source, frozenset(flags), random.Random(seed)).telling("x").text for seed in range(300))

    assert set(told("gentle")) == {"A.", "B."}
    funny = told("funny")
    assert set(funny) == {"A.", "B.", "C."}
    assert funny["C."] > 200
    voice = Voice(source, frozenset(("funny",)), random.Random(1))
    assert len({id(voice.telling("x")) for _ in range(9)}) == 1


def test_a_plan_pays_every_thread_or_there_is_none() -> None:
    from storybot.engines.storyteller.content import Storylet

    gift = Storylet(id="gift", beat="help", text="x", opens="gift:bell")
    pay = Storylet(id="pay", beat="pay", text="x", needs="gift:bell", pays="gift:bell")
    end = Storylet(id="end", beat="end", text="x")
    pool = {"help": [gift], "pay": [pay], "end": [end]}
    assert [one.id for one in plan(pool, ["help", "pay?", "end"], random.Random(1))] == ["gift", "pay", "end"]
    with pytest.raises(NoPlan):
        plan(pool, ["help", "end"], random.Random(1))
    assert not State().allows(pay)
    assert State().after(gift).allows(pay)
