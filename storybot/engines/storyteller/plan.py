"""Plans a story: which storylets, in which order, so that nothing stays open and nobody acts who is not there.

A plot gives the beats; a depth-first search with seeded choices finds a storylet for each beat whose conditions the
story so far fulfils. A storylet may open threads (a gift, a promise); the search accepts a plan only when later
storylets have paid all of them.
Source: storylets with preconditions and effects as in Kreminski and Wardrip-Fruin, "Sketching a Map of the Storylets
Design Space" (ICIDS 2018).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from .content import Content, Storylet
from .script import holds

#: How often a storylet that was written for the plot goes before those that fit any; and where the prompt asks for the plot.
_OWN_FIRST, OWN_MOSTLY = 0.4, 0.9
_SHORT = 30  # words: shorter than that, one scene is as good as another
_LIKED = 0.6  # how often a storylet that has no telling for the tone is put back behind those that have
_STEPS = 600  # far more than any plan takes; a plot that cannot be planned must not hang


@cache
def split(text: str) -> tuple[str, ...]:
    """The words of one of a storylet's keys."""
    return tuple(text.split())


class NoPlan(LookupError):
    """No sequence of storylets fulfils these beats."""


@dataclass(frozen=True)
class State:
    """What holds at one point of the story: facts, and threads that still wait to be paid."""

    facts: frozenset[str] = frozenset()
    threads: frozenset[str] = frozenset()

    def allows(self, storylet: Storylet) -> bool:
        """Whether the storylet's needs are fulfilled and it pays only what is open."""
        known = self.facts | self.threads
        for need in split(storylet.needs):
            if (need[1:] in known) if need.startswith("!") else (need not in known):
                return False
        if any(thread.split(":")[0] == open_.split(":")[0] for thread in split(storylet.opens) for open_ in known):
            return False
        return all(thread in self.threads for thread in split(storylet.pays))

    def after(self, storylet: Storylet) -> "State":
        """The state when the storylet has been told."""
        opens, pays = frozenset(split(storylet.opens)), frozenset(split(storylet.pays))
        return State(self.facts | frozenset(split(storylet.gives)) | pays | opens, (self.threads | opens) - pays)


@lru_cache(maxsize=64)
def candidates(content: Content, plot: str, flags: frozenset[str]) -> dict[str, list[Storylet]]:
    """By beat: the storylets that may stand in this plot under these flags; not to be changed by who asks."""
    found: dict[str, list[Storylet]] = {}
    made = content.plots[plot]
    for storylet in content.storylets:
        own = split(made.own)
        if not holds(split(storylet.when), flags) or (made.kin and f"!{made.kin}" in split(storylet.plots)):
            continue
        named = split(storylet.plots)
        fits = _belongs(storylet.plots, plot) and (storylet.beat not in own or plot in named)
        if fits or (made.kin and storylet.beat in _SHARED and made.kin in named):
            found.setdefault(storylet.beat, []).append(storylet)
    return found


#: What a plot takes over from its kin.
_SHARED = ("rest", "low")


@cache
def _belongs(plots: str, plot: str) -> bool:
    named = [name for name in plots.split() if not name.startswith("!")]
    return f"!{plot}" not in plots.split() and (not named or plot in named)


def _payers(pool: dict[str, list[Storylet]]) -> dict[str, set[str]]:
    """By thread: the beats that have a storylet that pays it."""
    payers: dict[str, set[str]] = defaultdict(set)
    for name, storylets in pool.items():
        for storylet in storylets:
            for thread in split(storylet.pays):
                payers[thread].add(name)
    return payers


def _needed(beats: Sequence[str]) -> list[Counter[str]]:
    """By place: how many storylets of each beat are needed from there on; what may be left out must not take them away."""
    needed: list[Counter[str]] = [Counter()]
    for beat in reversed(beats):
        needed.insert(0, needed[0] + Counter([beat] if not beat.endswith("?") and "|" not in beat and "*" not in beat else []))
    return needed


def plan(
    pool: dict[str, list[Storylet]],
    beats: Sequence[str],
    rng: random.Random,
    *,
    terse: Callable[[str], int] | None = None,
    strict: bool = False,
    likes: Callable[[str], bool] | None = None,
    state: State | None = None,
    first: Storylet | None = None,
    own: float = _OWN_FIRST,
) -> list[Storylet]:
    """One storylet a beat, in order. `terse` (id → words) makes short ones likelier, `strict` much likelier.

    likes: which storylets (by id) are told first where any would do.

    A beat that ends in `?` is left out where nothing fits; `trial|help` stands for either, `*` is passed over.
    state: what holds before; first: the storylet that the first beat must have; own: how often those that were written for the
    plot go first. Raises: NoPlan.
    """
    spread = 0.45 if strict else 0.75
    steps = 0
    payers, needed = _payers(pool), _needed(beats)

    def search(at: int, state: State, chosen: tuple[Storylet, ...]) -> tuple[Storylet, ...] | None:
        nonlocal steps
        steps += 1
        if steps > _STEPS:
            return None
        if at == len(beats):
            return None if state.threads else chosen
        coming = {name for beat in beats[at:] for name in beat.rstrip("?*").split("|")}
        if any(not (payers[thread] & coming) for thread in state.threads):
            return None
        if any(sum(one not in chosen for one in pool.get(name, ())) < many for name, many in needed[at].items()):
            return None
        names = beats[at].rstrip("?*").split("|")
        open_to = [first] if first is not None and at == 0 else [one for name in names for one in pool.get(name, ())]
        fitting = [one for one in open_to if one not in chosen and state.allows(one)]
        rng.shuffle(fitting)
        if terse:
            weights = {one.id: max(_SHORT, terse(one.id)) * rng.uniform(1 - spread, 1 + spread) for one in fitting}
            fitting.sort(key=lambda one: weights[one.id])
        if likes and not strict:
            fitting.sort(key=lambda one: not likes(one.id) and rng.random() < _LIKED)
        if not strict and rng.random() < own:
            fitting.sort(key=lambda one: not one.plots or one.plots.startswith("!"))
        for storylet in fitting:
            found = search(at + 1, state.after(storylet), (*chosen, storylet))
            if found is not None:
                return found
        return search(at + 1, state, chosen) if beats[at].endswith("?") else None

    found = search(0, state or State(), ())
    if found is None:
        raise NoPlan(f"no plan for {' '.join(beats)}")
    return list(found)
