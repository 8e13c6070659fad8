"""Loads and checks what stories are made of: the TOML files in `content/<language>/`.

Nothing is read at import; `content("de")` reads a language once. docs/storyteller.md describes the files.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from . import english, german
from .script import FLAGS, ScriptError, Telling, telling
from .words import Noun

MANNERS = ("say", "go", "does", "joy", "fright")
SCENERY = ("sight", "sound", "smell", "spot", "small", "way")
ROLES = "ABCDEFGHJKLMNOPQRSTVWXYZ"
T = TypeVar("T")


class ContentError(ValueError):
    """A content file is wrong; the message says which file, which entry and what to do."""


class Being(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of hero or companion. Lists are written with ` | ` between their entries."""

    tags: str
    gender: str = "n"
    plural: str = ""
    weak: bool = False
    also: str = ""
    say: str = ""
    go: str = ""
    does: str = ""
    joy: str = ""
    fright: str = ""


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place. `words`: "in:m:Wald/Wälder" (preposition, gender, singular/plural), the first is the usual one."""

    tags: str
    words: str
    sight: list[str]
    sound: list[str]
    smell: list[str]
    spot: list[str]
    small: list[str]
    way: list[str]


class Plot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One plot: its beats for each length, what it carries, and titles. `signs`: words in a prompt that ask for it.

    own: beats that only its own storylets may fill. kin: a plot whose rests and lows it shares, and whose exclusions hold.
    """

    short: str
    medium: str
    long: str
    chapter: str
    titles: list[str]
    signs: str = ""
    carries: str = ""
    spare: str = "rest"
    tags: str = ""
    own: str = ""
    kin: str = ""


class Storylet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scene. `when`: flags; `needs`, `gives`: facts; `opens`, `pays`: threads; `cast`: role → being tags.

    `text` and each of `also` tell the whole scene, every one in its own words.
    """

    id: str
    beat: str
    text: str
    plots: str = ""
    when: str = ""
    needs: str = ""
    gives: str = ""
    opens: str = ""
    pays: str = ""
    cast: dict[str, str] = {}
    also: list[str] = []


class Premise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One group of verbs in a prompt and the plot that tells such a thing; premises.toml says what the fields mean."""

    verbs: str
    plot: str
    also: str = ""
    never: str = ""
    spot: str = ""
    work: str = ""
    want: str = ""
    who: str = ""
    thing: bool = False
    object: bool = False
    first: bool = False
    topic: str = ""
    near: str = ""
    says: str = ""


class Moral(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One moral: words that ask for it, and closing sentences."""

    signs: str
    lines: list[str]


@dataclass(frozen=True)
class Entry:
    """A noun that the reader of prompts knows. kind: being, thing, place, force (a fear), or none (ignored)."""

    noun: Noun
    kind: str
    key: str = ""
    preposition: str = ""


@dataclass(frozen=True, eq=False)
class Content:
    """Everything of one language, ready to use."""

    language: str
    plots: dict[str, Plot]
    storylets: tuple[Storylet, ...]
    tellings: dict[str, tuple[Telling, ...]]
    beings: dict[str, Being]
    settings: dict[str, Setting]
    morals: dict[str, Moral]
    nouns: dict[str, Entry]
    lists: dict[str, Any]
    choices: dict[str, str]
    premises: dict[str, Premise]


@cache
def content(language: str) -> Content:
    """All content of a language. Raises: ContentError."""
    folder = files(__package__) / "content" / language
    return load(language, folder, every_line=False)


def load(language: str, folder: Traversable, *, every_line: bool = True) -> Content:
    """Reads and checks one folder. Raises: ContentError naming file and entry.

    every_line: also reads each line of each telling, which otherwise waits until it is told.
    """
    beings = _structs(folder, "beings.toml", Being)
    settings = _structs(folder, "places.toml", Setting)
    plots = _structs(folder, "plots.toml", Plot)
    morals = _structs(folder, "morals.toml", Moral)
    premises = _structs(folder, "premises.toml", Premise)
    for key, premise in premises.items():
        if premise.plot not in plots:
            raise ContentError(f"{language}/premises.toml: {key}: there is no plot {premise.plot!r}")
    lists = _toml(folder, "lists.toml")
    storylets: list[Storylet] = []
    tellings: dict[str, tuple[Telling, ...]] = {}
    for file in sorted(folder.iterdir(), key=lambda found: found.name):
        if not (file.name.startswith("scenes") and file.name.endswith(".toml")):
            continue
        for raw in _toml(folder, file.name).get("storylet", []):
            where = f"{language}/{file.name}: storylet {raw.get('id', '?')!r}"
            made = _struct(raw, Storylet, where)
            if made.id in tellings:
                raise ContentError(f"{where}: this id is already taken")
            _check(made, plots, where)
            try:
                tellings[made.id] = tuple(telling(text) for text in (made.text, *made.also))
                if every_line:
                    _ = [one.script for one in tellings[made.id]]
            except ScriptError as wrong:
                raise ContentError(f"{where}: {wrong}") from wrong
            storylets.append(made)
    nouns = _nouns(language, beings, settings, _toml(folder, "words.toml"))
    for word, others in lists.get("alias", {}).items():
        nouns |= {other.casefold(): nouns[word.casefold()] for other in others.split()}
    choices = _toml(folder, "choices.toml")
    for key, line in choices.items():
        if key not in tellings:
            raise ContentError(f"{language}/choices.toml: there is no storylet {key!r}")
        if not isinstance(line, str) or "[" in line or "{" in re.sub(r"\{[^{}]*\}", "", line):
            raise ContentError(f"{language}/choices.toml: {key}: a line is a string without alternatives")
    return Content(language, plots, tuple(storylets), tellings, beings, settings, morals, nouns, lists, choices, premises)


def entries(text: str) -> tuple[str, ...]:
    """The entries of a list written with ` | ` between them."""
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _toml(folder: Traversable, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError as wrong:
        raise ContentError(f"{folder.name}/{name}: the file is missing") from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise ContentError(f"{folder.name}/{name}: not valid TOML: {wrong}") from wrong


def _struct(raw: Any, kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as wrong:
        raise ContentError(f"{where}: {wrong}") from wrong


def _structs(folder: Traversable, name: str, kind: type[T]) -> dict[str, T]:
    return {key: _struct(raw, kind, f"{folder.name}/{name}: {key}") for key, raw in _toml(folder, name).items()}


def _check(storylet: Storylet, plots: Iterable[str], where: str) -> None:
    for plot in storylet.plots.split():
        if plot.lstrip("!") not in plots:
            raise ContentError(f"{where}: plots names {plot!r}, which plots.toml does not have")
    for flag in storylet.when.split():
        if flag.lstrip("!") not in FLAGS and flag.lstrip("!") not in plots:
            raise ContentError(f"{where}: when names the unknown flag {flag!r}")
    for role in storylet.cast:
        if role not in ROLES:
            raise ContentError(f"{where}: cast names the unknown role {role!r}")


def _forms(language: str, noun: Noun) -> set[str]:
    """All the ways in which a noun may stand in a prompt, folded."""
    if language == "en":
        return {noun.word.casefold(), (noun.plural or english.plural(noun.word)).casefold()}
    forms = {german.noun_form(noun, case) for case in german.CASES}
    if noun.plural:
        many = replace(noun, word=noun.plural, number="pl")
        forms |= {german.noun_form(many, case) for case in german.CASES}
    if noun.gender in "mn" and noun.number == "sg":
        forms |= {noun.word + "s", noun.word + "es", noun.word + "e"}
    return {form.casefold() for form in forms}


def _word(text: str, **more: Any) -> Noun:
    """A noun from "Schlüssel/Schlüssel" or "Drache/Drachen*" (weak); `_` stands for a space."""
    weak = text.endswith("*")
    word, _, many = text.rstrip("*").replace("_", " ").partition("/")
    return Noun(word, plural=many, weak=weak, **more)


def place_words(setting: Setting) -> tuple[tuple[str, Noun], ...]:
    """The nouns of a setting, each with the preposition of being there."""
    return _place_words(setting.words)


@cache
def _place_words(words: str) -> tuple[tuple[str, Noun], ...]:
    found = []
    for word in words.split():
        preposition, gender, rest = word.split(":")
        found.append((preposition.replace("_", " "), _word(rest, gender=gender or "n")))
    return tuple(found)


def _nouns(language: str, beings: dict[str, Being], settings: dict[str, Setting], words: dict[str, Any]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}

    def add(entry: Entry) -> None:
        for form in _forms(language, entry.noun):
            found.setdefault(form, entry)

    for key, being in beings.items():
        add(Entry(Noun(key, gender=being.gender, plural=being.plural, weak=being.weak), "being", key))
        for other in being.also.split():
            gender, _, rest = other.rpartition(":")
            add(Entry(_word(rest, gender=gender or "n"), "being", key))
    for key, setting in settings.items():
        for preposition, noun in place_words(setting):
            add(Entry(noun, "place", key, preposition))
    for kind, table in words.items():
        for gender, line in table.items():
            bare = gender.startswith("bare")
            letter = gender.removeprefix("bare")
            for word in line.split():
                noun = replace(_word(word), number="pl") if letter == "pl" else _word(word, gender=letter or "n", bare=bare)
                add(Entry(noun, kind))
    return found
