"""What one passage is to be: where the story stands, who is in it, and what stays the same throughout it."""

import hashlib
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import msgspec

from storybot import decisions
from storybot.brief import WORDS_BY_LENGTH
from storybot.engines.contract import Order

from . import fork, outline
from .cast import add_newcomers, casting, kept
from .company import Casting
from .content import Content, content
from .director import called
from .outline import Part
from .prompt import Notions, match, read
from .recall import Recall, recall
from .script import TONES
from .voice import heard
from .words import Place

#: A next chapter is shorter than a whole story.
CHAPTER_WORDS = {"short": 230, "medium": 420, "long": 700}
_AGES = {
    "3-5": ("tiny", "kid"),
    "6-8": ("kid",),
    "9-12": ("big",),
    "adult": ("big", "grown"),
}
_VARIANTS = 6  # so many first versions are looked at to find the one that was told


@dataclass(frozen=True)
class Task:
    """What one passage is to be.

    base: the seed of all that stays the same throughout a story. memory: what is known of the story only from its text.
    wish: the reader's own; chosen: the storylets that a decision of the reader names. told: the storylets told already.
    """

    base: str
    part: Part | None
    memory: Recall | None = None
    wish: str | None = None
    chosen: tuple[str, ...] = ()
    told: Mapping[str, int] = field(default_factory=dict)
    text: str = ""
    readers: str = ""
    begun: bool = False

    @property
    def chapter(self) -> bool:
        """Whether it belongs to a chapter after the story's end."""
        return self.begun and (self.part is None or self.part.chapter)

    @property
    def within(self) -> bool:
        """Whether it goes on in the middle of a plot."""
        return self.part is not None and self.part.at > 0


@lru_cache(maxsize=256)
def _read(text: str, language: str) -> Notions:
    return read(text, content(language))


def digest(order: Order, *extra: object) -> str:
    """The seed of one order, the same on every platform."""
    told = [(passage.text, passage.author) for passage in order.told]
    # A story told again from its beginning differs by its variant alone.
    key = [order.brief.to_json(), told, order.wish or "", order.seed, *extra]
    return hashlib.sha256(json.dumps(key, sort_keys=True, ensure_ascii=False, default=list).encode()).hexdigest()


def given_names(order: Order) -> list[str]:
    """The names that the brief gives, as the stories say them."""
    brief = order.brief
    return [*([called(brief.hero.name)] if brief.hero else []), *(one.name for one in brief.companions)]


def part_of(order: Order) -> Part | None:
    """Which part of a story that the reader decides the passage is; None in any other story."""
    if order.brief.form != "choose":
        return None
    return Part(*decisions.stage([one.text for one in order.told], [one.author for one in order.told], order.brief.length))


def goal_of(order: Order, part: Part | None, *, begun: bool) -> float:
    """How many words the passage should have, about."""
    if part is None:
        return CHAPTER_WORDS[order.brief.length] if begun else WORDS_BY_LENGTH[order.brief.length]
    beats = outline.parts(content(order.brief.language), "quest", order.brief.length, chapter=part.chapter)
    whole = (CHAPTER_WORDS if part.chapter else WORDS_BY_LENGTH)[order.brief.length]
    own = [passage.text for passage in order.told if decisions.offered(passage.text)][-part.at :] if part.at else []
    told = sum(len(decisions.prose(text).split()) for text in own)
    return max(whole - told, whole / (2 * part.of)) * outline.share(part, beats)


def task_of(order: Order, source: Content) -> Task:
    """Finds out from what was told where the story stands and who is in it."""
    part = part_of(order)
    first = msgspec.structs.replace(order, told=(), wish=None)
    if not order.told:
        return Task(base=digest(first, order.variant), part=part, wish=order.wish)
    texts = [passage.text for passage in order.told]
    text = "\n\n".join(texts)
    chosen = tuple(fork.chosen(order.wish, source)) if part else ()
    made = Task(
        base=digest(first, 0),
        part=part,
        memory=recall(texts, given_names(order), source),
        wish=None if chosen else order.wish,
        chosen=chosen,
        told=heard(texts, source.language),
        text=text,
        readers="\n\n".join(passage.text for passage in order.told if passage.author == "reader"),
        begun=True,
    )
    fits: list[tuple[int, str]] = []
    for variant in range(_VARIANTS):
        base = digest(first, variant)
        fits.append((kept(cast_of(first, Task(base=base, part=part), source), text), base))
    fit, base = max(fits, key=lambda one: one[0])
    return replace(made, base=base, memory=None) if fit else made


def cast_of(order: Order, task: Task, source: Content) -> Casting:
    """Who and what the passage is about; the same throughout a story."""
    brief = order.brief
    notions = _read(brief.prompt, source.language)
    wish = _read(task.wish, source.language) if task.wish else Notions()
    made = casting(brief, notions, wish, source, random.Random(f"{task.base}/cast"), task.memory)
    if task.begun and task.memory is None:
        made.flags = (made.flags - {"met"}) | {"known", "remembers"}
        if task.readers and "Y" not in made.flags:
            add_newcomers(made, recall([task.readers], given_names(order), source), source, random.Random(f"{task.base}/new"))
    physical = source.lists["verbs"]["physical"].split()
    made.flags |= {"physical"} if any(word in physical for word in notions.want.casefold().split()) else set()
    return made


def tone_of(order: Order, task: Task, source: Content) -> str:
    """The tone that the brief, the wish or the prompt asks for; "" where none does."""
    return _tone((order.brief.tone, task.wish, order.brief.genre, order.brief.prompt), source.language)


@lru_cache(maxsize=64)
def _tone(texts: tuple[str | None, ...], language: str) -> str:
    tones = content(language).lists["tones"]
    return next((tone for text in texts if (tone := match(text, tones))), "")


def flags_of(order: Order, task: Task, made: Casting, source: Content) -> frozenset[str]:
    """The flags that hold for the passage: tone, age, place, what the brief has."""
    brief = order.brief
    tone = tone_of(order, task, source)
    flags = {*made.flags, *_AGES[brief.age_band], brief.length}
    if task.part is not None:  # its parts are short, however long the whole is
        flags = (flags - {"long"}) | {"short"}
    rng = random.Random(f"{task.base}/tone")
    flags.add(tone if tone in TONES else TONES[rng.randrange(4)])
    place = made.cast["P"]
    flags |= place.tags & {"outdoors", "indoors", "water", "sky"} if isinstance(place, Place) else set()
    if isinstance(place, Place) and "plain" in place.tags:
        flags.add("outdoors")
    if not task.within:
        flags.add("chapter" if task.chapter else "first")
    if brief.hero:
        flags |= {"traits"} if _traits(order) else set()
        flags |= {"looks"} if brief.hero.looks else set()
    if ("kid" in flags and rng.random() < 0.5) or "tiny" in flags:
        flags.add("refrain")
    return frozenset(flags & (made.flags | _GENERAL))


_GENERAL = frozenset(TONES) | {"tiny", "kid", "big", "grown", "short", "long", "outdoors", "indoors", "water", "sky"}
_GENERAL |= {"chapter", "first", "traits", "looks", "refrain"}


def _traits(order: Order) -> list[str]:
    hero = order.brief.hero
    found = [trait.strip() for trait in hero.traits] if hero else []
    return [trait for trait in found if re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)?", trait) and trait[0].islower()]


def add_texts(order: Order, made: Casting, source: Content, rng: random.Random) -> None:
    """The roles that are words alone: traits, looks, refrain."""
    hero = order.brief.hero
    joint = " und " if source.language == "de" else " and "
    traits = _traits(order)
    if traits:
        made.cast["Q"] = joint.join([", ".join(traits[:-1]), traits[-1]]) if len(traits) > 1 else traits[0]
    if hero and hero.looks:
        made.cast["S"] = hero.looks.strip(" .")
    made.cast["R"] = source.lists["refrains"][rng.randrange(len(source.lists["refrains"]))]


def moral_of(order: Order, source: Content, rng: random.Random) -> str:
    """The sentence that says the moral, or ""."""
    text = (order.brief.moral or "").strip()
    if not text:
        return ""
    signs = {key: moral.signs for key, moral in source.morals.items()}
    key = match(text, signs)
    if key:
        lines = source.morals[key].lines
        return lines[rng.randrange(len(lines))]
    lines = source.lists["morals_word" if len(text.split()) == 1 else "morals_saying"]
    text = text.strip(' .!„“”"')
    return str(lines[rng.randrange(len(lines))]).replace("{moral}", text[0].upper() + text[1:])


def asked_of(order: Order, source: Content) -> tuple[str, ...]:
    """The plots that tell what the prompt says, the best first."""
    return _read(order.brief.prompt, source.language).plots


def plots_of(order: Order, task: Task, source: Content, flags: frozenset[str]) -> list[str]:
    """Plots in the order in which they suit the passage."""
    wish = _read(task.wish, source.language) if task.wish else None
    rng = random.Random(digest(msgspec.structs.replace(order, told=() if task.within else order.told, wish=task.wish), "plots"))
    names = outline.plots(order.brief, _read(order.brief.prompt, source.language), wish, source, flags, rng)
    if task.within:  # the plot that has begun: the one whose want was told last
        wants = [one for one in source.storylets if one.id in task.told and one.beat == "want" and one.plots]
        want = max(wants, key=lambda one: task.told[one.id], default=None)
        begun = [name for name in want.plots.split() if name in source.plots] if want else []
        return sorted(begun, key=lambda name: names.index(name) if name in names else len(names)) or names[:1]
    return names
