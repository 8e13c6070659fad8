"""One try at a passage: its plot is made fit for this order and this cast, and its scenes are planned."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from storybot.engines.contract import Order

from . import outline
from .company import Casting
from .content import Content, Storylet
from .plan import OWN_MOSTLY, NoPlan, State, candidates, plan
from .roles import bully, machine, world_at
from .task import Task, asked_of, tone_of
from .voice import Voice, fits

#: A short story is told in scenes that need no more than so many words, where there are enough of them.
_ROOM, _ENOUGH = 70, 4


@dataclass
class Draft:
    """One try at a passage: the scenes, and what they can say."""

    chosen: list[Storylet]
    made: Casting
    voice: Voice
    pool: dict[str, list[Storylet]]
    fresh: dict[str, list[Storylet]]
    state: State
    following: list[str] = field(default_factory=list)


def drafted(order: Order, task: Task, source: Content, made: Casting, flags: frozenset[str], name: str, rng: random.Random, extra: int) -> Draft:
    """Plans the scenes of one passage. Raises: NoPlan."""
    told_event = _told_as_news(order, source, made, name)
    flags = _flags(order, task, source, made, flags, name, told_event=told_event)
    tight = extra < (-1 if "short" in flags else -2)  # otherwise a scene less is enough
    world = world_at(made.cast["P"], source.lists["absent"])
    voice = Voice(source, flags, rng, asked=bool(tone_of(order, task, source)), terse=min(7, -extra - 1) if tight else 0, world=world)
    pool = candidates(source, name, flags | {name})
    if world:
        there = {beat: [one for one in found if fits(one.id, source, world, flags)] for beat, found in pool.items()}
        pool = {beat: found or pool[beat] for beat, found in there.items()}
    if "short" in flags and task.part is None:
        crisp = {beat: [one for one in found if voice.core_words(one.id) <= _ROOM] for beat, found in pool.items()}
        pool = {beat: found if len(found) >= _ENOUGH else pool[beat] for beat, found in crisp.items()}
    if "culprit" in flags and "win" in pool:  # whoever has it must be met
        pool["win"] = [one for one in pool["win"] if "K" in one.cast] or pool["win"]
    told = set(task.told)
    fresh = {beat: [one for one in found if one.id not in told] or found for beat, found in pool.items()}
    planned = fresh
    first: Storylet | None = None
    following: list[str] = []
    facts = frozenset(fact for one in source.storylets if one.id in told for fact in one.gives.split()) if task.within else frozenset()
    state = State(facts)
    if task.part is None:
        wished = "Y" in flags and bool(task.wish or flags.isdisjoint(("short", "culprit")))
        beats = outline.beats(order.brief, source, name, begun=task.chapter, wished=wished, event=told_event)
    else:
        by_part = outline.parts(source, name, order.brief.length, chapter=task.part.chapter)
        beats = by_part[task.part.at]
        following = [] if task.part.last else by_part[task.part.at + 1]
        if task.within:
            first = next((one for key in task.chosen for found in pool.values() for one in found if one.id == key), None)
        if "Y" in flags and (task.wish or (not task.begun and order.brief.length != "short" and "culprit" not in flags)):
            beats = ["wish", *beats[1:]] if task.within else [*beats, "wish"]
        kept_back = {one.id for one in fresh.get("rest", ()) if one.id in source.choices and rng.random() < 0.6}
        kept_back = kept_back if len(fresh.get("rest", ())) > len(kept_back) else set()
        # Some scenes are kept for the reader's choice: they do not fill a passage up.
        planned = fresh | {"rest": [one for one in fresh.get("rest", ()) if one.id not in kept_back]}
    if flags & {"L", "shy"}:  # what the hero likes and fears matters where it counts
        at = next((n for n, beat in enumerate(beats) if beat in ("turn", "win")), 0)
        beats[at:at] = ["spark?"] if at else []
    _spare(beats, (source.plots[name].spare.split() if task.part is None else ["rest"]) * 8, extra)
    terse = voice.core_words if tight else None
    try:
        likes = voice.likes if voice.tone else None
        own = {"own": OWN_MOSTLY} if "premise" in source.plots[name].tags.split() else {}
        chosen = plan(planned, beats, rng, terse=terse, strict=tight and extra < -2, likes=likes, state=state, first=first, **own)
    except NoPlan:
        if not (task.within or world):
            raise
        if world:
            pool = candidates(source, name, flags | {name})
        chosen = plan(pool, beats, rng, terse=terse, state=state)  # better a scene once more than no story
    for one in chosen:
        state = state.after(one)
    return Draft(chosen, made, voice, pool, fresh, state, following)


def _flags(order: Order, task: Task, source: Content, made: Casting, flags: frozenset[str], name: str, *, told_event: bool) -> frozenset[str]:
    """The flags that hold in this plot."""
    if name == "invention":
        machine(source, made, flags, random.Random(f"{task.base}/machine"))
    if name == "trick":
        flags = bully(source, made, flags, random.Random(f"{task.base}/bully"))
    hero = order.brief.hero
    if hero and hero.fears and "own_fear" in flags and name != "fear":
        flags |= {"shy"}
    if "T" in source.plots[name].tags.split():
        flags |= {"matter"}
    flags |= {f"in_{name}"}
    if "D" in flags and name != "unwilling":  # what is refused is told by that plot alone
        flags -= {"D", "W"}
    return flags | {"event"} if told_event else flags


def _told_as_news(order: Order, source: Content, made: Casting, name: str) -> bool:
    """Whether what the prompt says happens has to be told before the plot begins: the plot does not tell it by itself."""
    if not made.flags & {"E", "J"} or "premise" in source.plots[name].tags.split():
        return False
    return name not in asked_of(order, source)[:1] or "J" in made.flags or ("thingy" in made.flags and name not in ("lost", "fear"))


def _spare(beats: list[str], spare: Sequence[str], extra: int) -> None:
    """Adds beats where a passage is too short, takes some out where it is too long."""
    at = next(
        (n for n, beat in enumerate(beats) if beat in ("pay?", "low", "spark?", "turn", "win") and n),
        len(beats) - 1 if "end" in beats else len(beats),
    )
    for number in range(min(extra, len(spare))):
        beats.insert(at, spare[number] + "?")
    if extra < -1 and "spark?" in beats:
        beats.remove("spark?")
    for _ in range(-extra):
        loose = next((beat for beat in ("rest", "go", "low", "trial", "try", "clue", "rest?", "low?") if beat in beats), None)
        if loose:
            beats.remove(loose)
