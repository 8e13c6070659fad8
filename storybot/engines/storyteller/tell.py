"""From an order to a finished passage: reads the prompt, casts, plans and writes; pure and deterministic."""

import hashlib
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from storybot.brief import WORDS_BY_LENGTH
from storybot.engines.contract import Order

from . import english
from .cast import Casting, casting
from .content import Content, Storylet, content
from .director import Director, called
from .plan import NoPlan, candidates, plan
from .prompt import Notions, match, read
from .realise import Pen, Sentence, compose, extent, sentences
from .recall import Recall, recall
from .script import TONES, Telling, core_words, holds, parse
from .words import Cast, Figure, Noun, Place

#: A next chapter is shorter than a whole story.
CHAPTER_WORDS = {"short": 230, "medium": 420, "long": 700}
_AGES = {
    "3-5": ("tiny", "kid"),
    "6-8": ("kid",),
    "9-12": ("big",),
    "adult": ("big", "grown"),
}
_ATTEMPTS = 9
_SPECIAL = 0.7  # how often a telling that was made for this very tone, age or cast is preferred to the others


@dataclass(frozen=True)
class Tale:
    """A finished passage and, for a first one, the story's title."""

    title: str
    text: str
    plot: str = ""
    storylets: tuple[str, ...] = ()


@lru_cache(maxsize=32)
def _read(text: str, language: str) -> Notions:
    return read(text, content(language))


def tell(order: Order) -> Tale:
    """The passage that an order asks for; the same order always gives the same passage."""
    if order.told and order.action == "continue":
        rest = _unfinished(order)
        if rest is not None and not order.wish:
            return Tale("", rest)
    return _compose(order, begun=bool(order.told))


def remainder(tale: Tale, order: Order) -> str:
    """What is still to be written after `order.written`, so that the whole passage reads as one."""
    if tale.text.startswith(order.written):
        return tale.text[len(order.written) :]
    source = content(order.brief.language)
    rng = random.Random(_digest(order))
    made = _cast(order, source, rng, recall([order.written], _given(order), source))
    pen = Pen(source.language, made.cast, _flags(order, made, source, rng, begun=True), rng)
    line = pen.fill(pen.pick(source.lists["closings"]))
    whole = re.search(r"[.!?…][“”’\"]?\s*$", order.written)
    return ("\n\n" if whole else " …\n\n") + line


def _unfinished(order: Order) -> str | None:
    """The rest of the last passage, if it is one that this engine was stopped in."""
    last = order.told[-1]
    if last.author != "engine":
        return None
    before = order.told[:-1]
    goal = CHAPTER_WORDS[order.brief.length] if before else WORDS_BY_LENGTH[order.brief.length]
    if len(last.text.split()) > 0.85 * goal and re.search(r"[.!?…][“”]?\s*$", last.text):
        return None
    said = last.text.rstrip()
    for variant in range(4):
        again = msgspec.structs.replace(order, told=before, action="begin", variant=variant, wish=None, written="")
        text = _compose(again, begun=bool(before)).text
        if text.startswith(said) and len(text) - len(said) > 40:
            return text[len(said) :].lstrip()
    return None


def _digest(order: Order, *extra: object) -> str:
    """The seed of one order, the same on every platform."""
    told = [(passage.text, passage.author) for passage in order.told]
    # A story told again from its beginning differs by its variant alone.
    key = [order.brief.to_json(), told, order.wish or "", order.seed, *extra]
    return hashlib.sha256(json.dumps(key, sort_keys=True, ensure_ascii=False, default=list).encode()).hexdigest()


def _given(order: Order) -> list[str]:
    brief = order.brief
    return [*([called(brief.hero.name)] if brief.hero else []), *(one.name for one in brief.companions)]


def _cast(order: Order, source: Content, rng: random.Random, memory: Recall | None) -> Casting:
    notions = _read(order.brief.prompt, source.language)
    wish = _read(order.wish, source.language) if order.wish else Notions()
    made = casting(order.brief, notions, wish, source, rng, memory)
    physical = source.lists["verbs"]["physical"].split()
    made.flags |= {"physical"} if any(word in physical for word in notions.want.casefold().split()) else set()
    return made


def _flags(order: Order, made: Casting, source: Content, rng: random.Random, *, begun: bool) -> frozenset[str]:
    brief = order.brief
    tone = match(brief.tone, source.lists["tones"]) or match(order.wish, source.lists["tones"])
    tone = tone or match(brief.genre, source.lists["tones"]) or match(brief.prompt, source.lists["tones"])
    flags = {*made.flags, *_AGES[brief.age_band], brief.length} & (made.flags | {*_AGES["3-5"], "big", "grown", "short", "long"})
    flags.add(tone if tone in TONES else TONES[rng.randrange(4)])
    place = made.cast["P"]
    flags |= place.tags & {"outdoors", "indoors", "water", "sky"} if isinstance(place, Place) else set()
    if isinstance(place, Place) and "plain" in place.tags:
        flags.add("outdoors")
    flags.add("chapter" if begun else "first")
    if brief.hero:
        flags |= {"traits"} if _traits(order) else set()
        flags |= {"looks"} if brief.hero.looks else set()
    return frozenset(flags)


def _traits(order: Order) -> list[str]:
    hero = order.brief.hero
    return (
        [trait.strip() for trait in hero.traits if re.fullmatch(r"[^\W\d_]+(?:[ -][^\W\d_]+)?", trait.strip()) and trait.strip()[0].islower()]
        if hero
        else []
    )


def _texts(order: Order, made: Casting, source: Content, flags: frozenset[str], rng: random.Random) -> None:
    """The roles that are words alone: traits, looks, refrain, moral."""
    hero = order.brief.hero
    joint = " und " if source.language == "de" else " and "
    traits = _traits(order)
    if traits:
        made.cast["Q"] = joint.join([", ".join(traits[:-1]), traits[-1]]) if len(traits) > 1 else traits[0]
    if hero and hero.looks:
        made.cast["S"] = hero.looks.strip(" .")
    made.cast["R"] = source.lists["refrains"][rng.randrange(len(source.lists["refrains"]))]


def _moral(order: Order, source: Content, rng: random.Random) -> str:
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


def _plots(order: Order, source: Content, made: Casting, flags: frozenset[str]) -> list[str]:
    """Plots in the order in which they suit the prompt; the variant chooses among them."""
    notions = _read(order.brief.prompt, source.language)
    wish = _read(order.wish, source.language) if order.wish else None
    rng = random.Random(_digest(order, "plots"))
    fitting = list(dict.fromkeys([*(wish.plots if wish else ()), *notions.plots]))
    fitting = [name for name in fitting if _carries(source.plots[name].carries, flags)]
    genre = match(order.brief.genre, source.lists["genres"])
    if genre and not fitting:
        fitting = [name for name in source.lists["genre_plots"][genre].split() if name in source.plots]
    others = [name for name, plot in source.plots.items() if name not in fitting and _carries(plot.carries, flags)]
    if order.brief.age_band != "3-5":  # a story for falling asleep is for those who ask for one, and for the smallest
        others = [name for name in others if "asked" not in source.plots[name].tags.split()]
    if flags & {"T"} and not fitting:
        carrying = [name for name in others if "T" in source.plots[name].tags.split()]
        rng.shuffle(carrying)
        fitting = carrying
        others = [name for name in others if name not in carrying]
    rng.shuffle(others)
    if "chapter" in flags:  # a new chapter is about something else than the prompt's first idea
        return [*(wish.plots if wish else ()), *others, *fitting]
    return fitting + others


def _carries(carries: str, flags: frozenset[str]) -> bool:
    return holds(tuple(carries.split()), flags)


def _beats(order: Order, source: Content, plot: str, flags: frozenset[str], *, begun: bool) -> list[str]:
    made = source.plots[plot]
    beats = (made.chapter if begun else getattr(made, order.brief.length)).split()
    if begun and order.brief.length != "short":
        at = beats.index("win") if "win" in beats else len(beats) - 1
        beats[at:at] = made.spare.split()[:1] if order.brief.length == "medium" else made.spare.split()[:2]
    if "Y" in flags and (order.wish or order.brief.length != "short"):
        at = beats.index("want") + 1 if "want" in beats else 1
        beats.insert(at, "wish")
    return beats


def _compose(order: Order, *, begun: bool) -> Tale:
    source = content(order.brief.language)
    brief = order.brief
    goal = CHAPTER_WORDS[brief.length] if begun else WORDS_BY_LENGTH[brief.length]
    key = _digest(order, order.variant)
    memory = recall([passage.text for passage in order.told], _given(order), source) if begun else None
    best: tuple[tuple[bool, int, float], Tale] | None = None
    extra = failed = 0
    for attempt in range(_ATTEMPTS):
        rng = random.Random(f"{key}/{attempt}")
        made = _cast(order, source, rng, memory)
        flags = _flags(order, made, source, random.Random(key), begun=begun)
        flags = flags | ({"refrain"} if ("kid" in flags and random.Random(key).random() < 0.5) or "tiny" in flags else set())
        _texts(order, made, source, flags, rng)
        moral = _moral(order, source, rng)
        if moral:
            made.cast["M"] = moral
            flags |= {"M"}
        names = _plots(order, source, made, flags)
        name = names[(order.variant + failed) % len(names)]
        beats = _beats(order, source, name, flags, begun=begun)
        if name == "invention":
            _machine(source, made, flags, rng)
        if name == "trick":
            flags = _bully(source, made, flags, rng)
        spare = (source.plots[name].spare.split() or ["rest"]) * 8
        at = next((n for n, beat in enumerate(beats) if beat in ("pay?", "low", "turn", "win")), len(beats) - 1)
        for number in range(min(extra, len(spare))):
            beats.insert(at, spare[number] + "?")
        for _ in range(-extra):
            loose = next((beat for beat in ("rest", "go", "low", "trial", "try", "clue") if beat in beats), None)
            if loose:
                beats.remove(loose)
        try:
            voice = Voice(source, flags, rng)
            terse = voice.core_words if "short" in flags or extra < 0 else None
            chosen = plan(candidates(source, name, flags | {name}), beats, rng, terse=terse, strict=extra < 0)
        except NoPlan:
            failed += 1
            continue
        paragraphs, casts, pen = _write(chosen, source, made, voice, rng)
        least, most = extent(paragraphs)
        text = compose(paragraphs, goal, rng, made.notions, pen, casts)
        if brief.hero:
            text = text.replace(called(brief.hero.name), " ".join(brief.hero.name.split()), 1)
        off = abs(len(text.split()) - goal) / goal
        rank = (off > 0.14, _missing(text, made.notions), off)
        if best is None or rank < best[0]:
            title = "" if begun else _title(source, name, made, flags, rng)
            best = (rank, Tale(title, text, name, tuple(one.id for one in chosen)))
        if off < 0.1 and not rank[1]:
            break
        extra += (
            max(1, round((goal * 0.97 - most) / 85)) if most < goal * 0.93 else -1 if least > goal * (1.1 if attempt < 3 else 1.04) and attempt else 0
        )
    if best is None:
        raise NoPlan(f"no plot of {brief.language} can be planned")
    return best[1]


def _bully(source: Content, made: Casting, flags: frozenset[str], rng: random.Random) -> frozenset[str]:
    """If the prompt sets somebody small against somebody big, the big one is who has to be outwitted."""
    hero, friend = made.cast["H"], made.cast["F"]
    big = isinstance(hero, Figure) and isinstance(friend, Figure) and "big" in friend.tags - hero.tags and friend.kind.word in made.notions
    if not big:
        return flags
    director = Director(source, rng)
    director.taken |= {getattr(hero, "name", ""), getattr(friend, "name", ""), getattr(friend, "kind", Noun("")).word}
    made.cast["K"], made.cast["F"] = friend, director.figure(None, wanted="small friend")
    made.cast["A"], made.cast["B"] = hero, made.cast["F"]
    made.preset.add("K")
    return (flags - {"met", "helper_is_hero"}) | {"known", "afraid_is_hero"}


def _missing(text: str, notions: Sequence[str]) -> int:
    """How many of the prompt's notions stand in fewer than three paragraphs."""
    paragraphs = text.casefold().split("\n\n")
    return sum(sum(notion.casefold() in paragraph for paragraph in paragraphs) < 3 for notion in notions)


class Voice:
    """Which telling of each storylet one story uses: mostly one that was made for this tone, age or cast."""

    def __init__(self, source: Content, flags: frozenset[str], rng: random.Random) -> None:
        self.source = source
        self.flags = flags
        self.rng = rng
        self.chosen: dict[str, Telling] = {}

    def telling(self, key: str) -> Telling:
        """The telling of the storylet `key`, the same every time it is asked for."""
        if key not in self.chosen:
            all_ = self.source.tellings[key]
            fitting = [one for one in all_ if holds(one.flags, self.flags)] or [one for one in all_ if not one.flags] or list(all_)
            special = [one for one in fitting if one.flags]
            pool = special if special and self.rng.random() < _SPECIAL else fitting
            self.chosen[key] = pool[self.rng.randrange(len(pool))]
        return self.chosen[key]

    def core_words(self, key: str) -> int:
        """About how many words that telling has at the least."""
        return core_words(self.telling(key).script, self.flags)


def _machine(source: Content, made: Casting, flags: frozenset[str], rng: random.Random) -> None:
    """What is invented: the prompt's own thing, or simply a machine; T is the part that everything hangs on."""
    made.cast["G"] = made.cast["T"] if "T" in flags else Director(source, rng).noun(source.lists["machine"])
    if "T" in flags:
        made.cast["T"] = Director(source, rng).thing()


def _write(
    chosen: Sequence[Storylet], source: Content, made: Casting, voice: Voice, rng: random.Random
) -> tuple[list[list[Sentence]], list[Cast], Pen]:
    """All that the plan can say, and who is who in each paragraph."""
    director = Director(source, rng)
    for role in made.cast.values():
        director.taken |= {getattr(role, "name", ""), getattr(getattr(role, "kind", None), "word", "")}
    pen = Pen(source.language, made.cast, voice.flags, rng)
    paragraphs: list[list[Sentence]] = []
    casts: list[Cast] = []
    for storylet in chosen:
        told_so = voice.telling(storylet.id)
        for role, wanted in storylet.cast.items():
            if role in made.preset:
                continue
            what, _, text = wanted.partition(":")
            if what == "thing":
                made.cast[role] = director.thing() if text == "any" else director.noun(text)
            else:
                stranger = director.figure(None, wanted=wanted)
                if source.language == "de" and stranger.kind.gender == "n" and f"{{{role}}}" not in told_so.text:
                    stranger = replace(stranger, pronoun="es")
                made.cast[role] = stranger
        told = sentences(told_so.script, storylet.id, pen)
        paragraphs += told
        casts += [dict(made.cast)] * len(told)
    return paragraphs, casts, pen


def _title(source: Content, plot: str, made: Casting, flags: frozenset[str], rng: random.Random) -> str:
    pen = Pen(source.language, made.cast, flags, rng)
    units = parse("\n".join(source.plots[plot].titles))[0]
    fitting = [unit.lines[0] for unit in units if holds(unit.lines[0].flags, flags)]
    special = [line for line in fitting if line.flags]
    pool = special or fitting
    text = pen.fill(pool[rng.randrange(len(pool))].text)
    if source.language == "en":
        return english.title(text)
    return text[0].upper() + text[1:]
