"""From an order to a finished passage: reads the prompt, casts, plans and writes; pure and deterministic."""

import hashlib
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import msgspec

from storybot import decisions
from storybot.brief import WORDS_BY_LENGTH
from storybot.engines.contract import Order

from . import english, fork, outline
from .cast import Casting, add_newcomers, casting, kept
from .content import Content, Storylet, content
from .director import Director, called
from .outline import Part
from .plan import NoPlan, State, candidates, plan
from .prompt import Notions, match, read
from .realise import Pen, Sentence, compose, extent, sentences
from .recall import Recall, recall
from .script import TONES, holds, parse
from .voice import Voice, heard
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
_VARIANTS = 6  # so many first versions are looked at to find the one that was told


@dataclass(frozen=True)
class Tale:
    """A finished passage and, for a first one, the story's title."""

    title: str
    text: str
    plot: str = ""
    storylets: tuple[str, ...] = ()


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
    told: tuple[str, ...] = ()
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


@lru_cache(maxsize=32)
def _read(text: str, language: str) -> Notions:
    return read(text, content(language))


def tell(order: Order) -> Tale:
    """The passage that an order asks for; the same order always gives the same passage."""
    if order.told and order.action == "continue" and not order.wish:
        rest = _unfinished(order)
        if rest is not None:
            return Tale("", rest)
    return _compose(order)


def remainder(tale: Tale, order: Order) -> str:
    """What is still to be written after `order.written`, so that the whole passage reads as one."""
    if tale.text.startswith(order.written):
        return tale.text[len(order.written) :]
    source = content(order.brief.language)
    rng = random.Random(_digest(order))
    task = Task(base=_digest(order), part=None, memory=recall([order.written], _given(order), source), begun=True)
    made = _cast(order, task, source)
    pen = Pen(source.language, made.cast, _flags(order, task, made, source), rng)
    line = pen.fill(pen.pick(source.lists["closings"]))
    whole = re.search(r"[.!?…][“”’\"]?\s*$", order.written)
    return ("\n\n" if whole else " …\n\n") + line


def _unfinished(order: Order) -> str | None:
    """The rest of the last passage, if it is one that this engine was stopped in."""
    last = order.told[-1]
    if last.author != "engine" or decisions.offered(last.text):
        return None
    before = order.told[:-1]
    part = _part(msgspec.structs.replace(order, told=before))
    complete = len(last.text.split()) > 0.85 * _goal(order, part, begun=bool(before)) and re.search(r"[.!?…][“”]?\s*$", last.text)
    if complete and (part is None or part.last):
        return None
    said = last.text.rstrip()
    wishes = [None, *(decisions.offered(before[-1].text) if before and part else ())]
    for variant in range(4):
        for wish in wishes:
            again = msgspec.structs.replace(order, told=before, action="begin", variant=variant, wish=wish, written="")
            text = _compose(again).text
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


def _part(order: Order) -> Part | None:
    if order.brief.form != "choose":
        return None
    return Part(*decisions.stage([one.text for one in order.told], [one.author for one in order.told], order.brief.length))


def _goal(order: Order, part: Part | None, *, begun: bool) -> float:
    """How many words the passage should have, about."""
    if part is None:
        return CHAPTER_WORDS[order.brief.length] if begun else WORDS_BY_LENGTH[order.brief.length]
    beats = outline.parts(content(order.brief.language), "quest", order.brief.length, chapter=part.chapter)
    return outline.share(part, beats) * (CHAPTER_WORDS if part.chapter else WORDS_BY_LENGTH)[order.brief.length]


def _task(order: Order, source: Content) -> Task:
    """Finds out from what was told where the story stands and who is in it."""
    part = _part(order)
    first = msgspec.structs.replace(order, told=(), wish=None)
    if not order.told:
        return Task(base=_digest(first, order.variant), part=part, wish=order.wish)
    texts = [passage.text for passage in order.told]
    text = "\n\n".join(texts)
    chosen = tuple(fork.chosen(order.wish, source)) if part else ()
    made = Task(
        base=_digest(first, 0),
        part=part,
        memory=recall(texts, _given(order), source),
        wish=None if chosen else order.wish,
        chosen=chosen,
        told=tuple(heard(texts, source.language)),
        text=text,
        readers="\n\n".join(passage.text for passage in order.told if passage.author == "reader"),
        begun=True,
    )
    fits: list[tuple[int, str]] = []
    for variant in range(_VARIANTS):
        base = _digest(first, variant)
        fits.append((kept(_cast(first, Task(base=base, part=part), source), text), base))
    fit, base = max(fits, key=lambda one: one[0])
    return replace(made, base=base, memory=None) if fit else made


def _cast(order: Order, task: Task, source: Content) -> Casting:
    brief = order.brief
    notions = _read(brief.prompt, source.language)
    wish = _read(task.wish, source.language) if task.wish else Notions()
    made = casting(brief, notions, wish, source, random.Random(f"{task.base}/cast"), task.memory)
    if task.begun and task.memory is None:
        made.flags = (made.flags - {"met"}) | {"known", "remembers"}
        if task.readers and "Y" not in made.flags:
            add_newcomers(made, recall([task.readers], _given(order), source), source, random.Random(f"{task.base}/new"))
    physical = source.lists["verbs"]["physical"].split()
    made.flags |= {"physical"} if any(word in physical for word in notions.want.casefold().split()) else set()
    return made


def _flags(order: Order, task: Task, made: Casting, source: Content) -> frozenset[str]:
    brief = order.brief
    tone = match(brief.tone, source.lists["tones"]) or match(task.wish, source.lists["tones"])
    tone = tone or match(brief.genre, source.lists["tones"]) or match(brief.prompt, source.lists["tones"])
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


def _texts(order: Order, made: Casting, source: Content, rng: random.Random) -> None:
    """The roles that are words alone: traits, looks, refrain."""
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


def _plots(order: Order, task: Task, source: Content, flags: frozenset[str]) -> list[str]:
    wish = _read(task.wish, source.language) if task.wish else None
    rng = random.Random(_digest(msgspec.structs.replace(order, told=() if task.within else order.told, wish=task.wish), "plots"))
    names = outline.plots(order.brief, _read(order.brief.prompt, source.language), wish, source, flags, rng)
    if task.within:  # the plot that has begun: the one whose want was told last
        wants = [one for key in task.told for one in source.storylets if one.id == key and one.beat == "want" and one.plots]
        begun = [name for name in wants[-1].plots.split() if name in source.plots] if wants else []
        return sorted(begun, key=lambda name: names.index(name) if name in names else len(names)) or names[:1]
    return names


@dataclass
class _Draft:
    """One try at a passage: the scenes, and what they can say."""

    chosen: list[Storylet]
    made: Casting
    voice: Voice
    pool: dict[str, list[Storylet]]
    state: State
    following: list[str] = field(default_factory=list)


def _compose(order: Order) -> Tale:
    source = content(order.brief.language)
    brief = order.brief
    task = _task(order, source)
    goal = _goal(order, task.part, begun=task.begun)
    key = _digest(order, order.variant)
    best: tuple[tuple[bool, int, float], Tale] | None = None
    extra = failed = 0
    for attempt in range(_ATTEMPTS):
        rng = random.Random(f"{key}/{attempt}")
        made = _cast(order, task, source)
        flags = _flags(order, task, made, source)
        _texts(order, made, source, random.Random(f"{task.base}/texts"))
        moral = _moral(order, source, rng)
        if moral:
            made.cast["M"] = moral
            flags |= {"M"}
        names = _plots(order, task, source, flags)
        name = names[((0 if task.within else order.variant) + failed) % len(names)]
        try:
            draft = _draft(order, task, source, made, flags, name, rng, extra)
        except NoPlan:
            failed += 1
            continue
        paragraphs, casts, pen = _write(draft, source, task, rng)
        fork_text = ""
        if task.part is not None and not task.part.last:
            fork_text = _fork(draft, source, task, pen, rng)
        room = goal - len(fork_text.split())
        least, most = extent(paragraphs)
        text = compose(paragraphs, room, rng, made.notions, pen, casts)
        if brief.hero and not task.within:
            text = text.replace(called(brief.hero.name), " ".join(brief.hero.name.split()), 1)
        off = abs(len(text.split()) - room) / goal
        missing = (not fork_text and not task.part.last) if task.part else _missing(text, made.notions)
        rank = (off > 0.14, int(missing), off)
        if best is None or rank < best[0]:
            title = "" if task.begun else _title(source, name, made, draft.voice.flags, rng)
            whole = "\n\n".join(part for part in (text, fork_text) if part)
            best = (rank, Tale(title, whole, name, tuple(one.id for one in draft.chosen)))
        if off < 0.1 and not rank[1]:
            break
        if most < room * 0.93:
            extra += max(1, round((room * 0.97 - most) / 85))
        elif least > room * (1.1 if attempt < 3 else 1.04) and attempt:
            extra -= 1
    if best is None:
        raise NoPlan(f"no plot of {brief.language} can be planned")
    return best[1]


def _draft(
    order: Order, task: Task, source: Content, made: Casting, flags: frozenset[str], name: str, rng: random.Random, extra: int
) -> _Draft:
    """Plans the scenes of one passage. Raises: NoPlan."""
    if name == "invention":
        _machine(source, made, flags, random.Random(f"{task.base}/machine"))
    if name == "trick":
        flags = _bully(source, made, flags, random.Random(f"{task.base}/bully"))
    voice = Voice(source, flags, rng)
    pool = candidates(source, name, flags | {name})
    told = set(task.told)
    fresh = {beat: [one for one in found if one.id not in told] or found for beat, found in pool.items()}
    first: Storylet | None = None
    following: list[str] = []
    facts = frozenset(fact for one in source.storylets if one.id in told for fact in one.gives.split()) if task.within else frozenset()
    state = State(facts)
    if task.part is None:
        beats = outline.beats(order.brief, source, name, begun=task.chapter, wished="Y" in flags and bool(task.wish or "short" not in flags))
    else:
        by_part = outline.parts(source, name, order.brief.length, chapter=task.part.chapter)
        beats = by_part[task.part.at]
        following = [] if task.part.last else by_part[task.part.at + 1]
        if task.within:
            first = next((one for key in task.chosen for found in fresh.values() for one in found if one.id == key), None)
        if "Y" in flags and (task.wish or (not task.begun and order.brief.length != "short")):
            beats = ["wish", *beats[1:]] if task.within else [*beats, "wish"]
    _spare(beats, (source.plots[name].spare.split() or ["rest"]) * 8, extra)
    terse = voice.core_words if "short" in flags or extra < 0 else None
    chosen = plan(fresh, beats, rng, terse=terse, strict=extra < 0, state=state, first=first)
    for one in chosen:
        state = state.after(one)
    return _Draft(chosen, made, voice, fresh, state, following)


def _spare(beats: list[str], spare: Sequence[str], extra: int) -> None:
    """Adds beats where a passage is too short, takes some out where it is too long."""
    at = next((n for n, beat in enumerate(beats) if beat in ("pay?", "low", "turn", "win") and n), len(beats) - 1 if "end" in beats else len(beats))
    for number in range(min(extra, len(spare))):
        beats.insert(at, spare[number] + "?")
    for _ in range(-extra):
        loose = next((beat for beat in ("rest", "go", "low", "trial", "try", "clue", "rest?", "low?") if beat in beats), None)
        if loose:
            beats.remove(loose)


def _fork(draft: _Draft, source: Content, task: Task, pen: Pen, rng: random.Random) -> str:
    told = [*task.told, *(one.id for one in draft.chosen)]
    offered = fork.options(draft.pool, draft.following, draft.state, told, source, draft.voice.flags, rng)
    return fork.lines(offered, source, pen)


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


def _machine(source: Content, made: Casting, flags: frozenset[str], rng: random.Random) -> None:
    """What is invented: the prompt's own thing, or simply a machine; T is the part that everything hangs on."""
    made.cast["G"] = made.cast["T"] if "T" in flags else Director(source, rng).noun(source.lists["machine"])
    if "T" in flags:
        made.cast["T"] = Director(source, rng).thing()


def _write(draft: _Draft, source: Content, task: Task, rng: random.Random) -> tuple[list[list[Sentence]], list[Cast], Pen]:
    """All that the plan can say, and who is who in each paragraph."""
    made, voice = draft.made, draft.voice
    taken: set[str] = set()
    for role in made.cast.values():
        taken |= {getattr(role, "name", ""), getattr(getattr(role, "kind", None), "word", "")}
    if task.within:  # rivals stay who they are
        for storylet in (one for key in task.told for one in source.storylets if one.id == key and "K" in one.cast):
            _enter(storylet, "K", made, source, task, set(taken))
    pen = Pen(source.language, made.cast, voice.flags, rng)
    paragraphs: list[list[Sentence]] = []
    casts: list[Cast] = []
    for storylet in draft.chosen:
        telling = voice.telling(storylet.id)
        for role in storylet.cast:
            _enter(storylet, role, made, source, task, taken, telling.text)
        told = sentences(telling.script, storylet.id, pen)
        paragraphs += told
        casts += [dict(made.cast)] * len(told)
    return paragraphs, casts, pen


def _enter(storylet: Storylet, role: str, made: Casting, source: Content, task: Task, taken: set[str], text: str = "") -> None:
    """Casts one role of a storylet; the same story always casts it the same way."""
    if role in made.preset:
        return
    director = Director(source, random.Random(f"{task.base}/{storylet.id}/{role}"))
    director.taken = taken
    what, _, wanted = storylet.cast[role].partition(":")
    if what == "thing":
        made.cast[role] = director.thing() if wanted == "any" else director.noun(wanted)
        return
    stranger = director.figure(None, wanted=storylet.cast[role])
    if source.language == "de" and stranger.kind.gender == "n" and f"{{{role}}}" not in text:
        stranger = replace(stranger, pronoun="es")
    made.cast[role] = stranger


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
