"""Roles that are cast while a story is told: an invention, somebody big who is outwitted, strangers of one scene."""

import random
from dataclasses import replace

from .company import Casting
from .content import Content, Storylet
from .director import Director
from .task import Task
from .words import Figure, Noun, Place


def bully(source: Content, made: Casting, flags: frozenset[str], rng: random.Random) -> frozenset[str]:
    """If the prompt sets somebody small against somebody big, the big one is who has to be outwitted."""
    hero, friend = made.cast["H"], made.cast["F"]
    named = isinstance(hero, Figure) and isinstance(friend, Figure) and friend.kind.word in made.notions
    big = named and ("tricked" in made.flags or "big" in getattr(friend, "tags", set()) - getattr(hero, "tags", set()))
    if not big:
        return flags
    director = Director(source, rng)
    director.taken |= {getattr(hero, "name", ""), getattr(friend, "name", ""), getattr(friend, "kind", Noun("")).word}
    made.cast["K"], made.cast["F"] = friend, director.figure(None, wanted="small friend")
    made.cast["A"], made.cast["B"] = hero, made.cast["F"]
    made.preset.add("K")
    return (flags - {"met", "helper_is_hero"}) | {"known", "afraid_is_hero"}


def machine(source: Content, made: Casting, flags: frozenset[str], rng: random.Random) -> None:
    """What is invented: the prompt's own thing, or simply a machine; T is the part that everything hangs on."""
    made.cast["G"] = made.cast["T"] if "T" in flags else Director(source, rng).noun(source.lists["machine"])
    if "T" in flags:
        made.cast["T"] = Director(source, rng).thing()


def enter(storylet: Storylet, role: str, made: Casting, source: Content, task: Task, taken: set[str], text: str = "") -> None:
    """Casts one role of a storylet; the same story always casts it the same way."""
    if role in made.preset:
        return
    director = Director(source, random.Random(f"{task.base}/{storylet.id}/{role}"))
    director.taken = taken
    director.world = world_at(made.cast["P"], source.lists["worlds"])
    what, _, wanted = storylet.cast[role].partition(":")
    if what == "thing":
        made.cast[role] = director.thing() if wanted == "any" else director.noun(wanted)
        return
    stranger = director.figure(None, wanted=storylet.cast[role])
    if source.language == "de" and stranger.kind.gender == "n" and f"{{{role}}}" not in text:
        stranger = replace(stranger, pronoun="es")
    made.cast[role] = stranger


def world_at(place: object, names: dict[str, str]) -> str:
    """Which of these special worlds a place belongs to; "" for none."""
    return next((tag for tag in place.tags if tag in names), "") if isinstance(place, Place) else ""
