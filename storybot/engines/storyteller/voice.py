"""Which telling of each storylet one story uses, and what a told text was made of."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from .content import Content, content
from .script import TONES, Telling, holds

# How often a telling that was made for this very tone, age or cast is preferred to the others: where the tone was asked
# for, and where it was not (so that stories of one prompt differ more).
_SPECIAL = {True: 0.7, False: 0.3}
_OWN_TONE = 0.9  # where the tone was asked for and there is a telling for that very tone (or for grown-ups)
_GRAM = 4


class _Pools(NamedTuple):
    """The tellings of one storylet that a voice chooses from. terse: the shortest first; fit: how many fit at all."""

    fitting: list[Telling]
    special: list[Telling]
    own: list[Telling]
    terse: list[Telling]
    fit: int


@lru_cache(maxsize=64)
def _pools(source: Content, flags: frozenset[str], world: str, tone: frozenset[str]) -> dict[str, _Pools]:
    """What voices like this one have sorted out so far: many plans of one story are tried with the same flags."""
    return {}


class Voice:
    """Chooses the tellings of one story: mostly those that were made for this tone, age or cast.

    asked: whether the tone was asked for; terse: only the short ones, and the fewer the higher it is.
    """

    def __init__(self, source: Content, flags: frozenset[str], rng: random.Random, *, asked: bool = True, terse: int = 0, world: str = "") -> None:
        self.source = source
        self.terse = terse
        self.special = _SPECIAL[asked or "tiny" in flags]
        self.flags = flags
        self.rng = rng
        self.chosen: dict[str, Telling] = {}
        self.world = world
        tones = {"grown", *(() if "long" in flags else ("tiny",))} | (set(TONES) if asked else set())
        self.tone = frozenset(tones & flags)
        self.pools = _pools(source, flags, world, self.tone)

    def telling(self, key: str) -> Telling:
        """The telling of the storylet `key`, the same every time it is asked for."""
        found = self.chosen.get(key)
        if found is None:
            pools = self.pools.get(key) or self._sort(key)
            pool = pools.special if pools.special and self.rng.random() < self.special else pools.fitting
            if pools.own and self.rng.random() < _OWN_TONE:
                pool = pools.own
            if self.terse:
                pool = pools.terse[: max(1, (pools.fit + 1) // (1 + self.terse))]
            found = self.chosen[key] = pool[self.rng.randrange(len(pool))]
        return found

    def _sort(self, key: str) -> "_Pools":
        every = self.source.tellings[key]
        fitting = [one for one in every if holds(one.flags, self.flags)] or [one for one in every if not one.flags] or list(every)
        if self.world:
            fitting = [one for one in fitting if not absent(one.text, self.source, self.world)] or fitting
        special = [one for one in fitting if one.flags]
        own = [one for one in special if self.tone & set(one.flags)]
        own = [one for one in own if "tiny" in one.flags] or own
        terse = sorted(own if "tiny" in self.flags and own else fitting, key=lambda one: one.core)
        found = self.pools[key] = _Pools(self._for_age(fitting), self._for_age(special), self._for_age(own), terse, len(fitting))
        return found

    def _for_age(self, pool: list[Telling]) -> list[Telling]:
        """Without the hardest for the smallest listeners, without the easiest for those who are older than eight."""
        if len(pool) < 3 or not self.flags & {"tiny", "big"}:
            return pool
        ordered = sorted(pool, key=lambda one: one.level, reverse="big" in self.flags)
        return ordered[: (len(pool) + 2) // 2]

    def extent(self, keys: Iterable[str]) -> tuple[int, int]:
        """About how many words the storylets `keys` have together, at the least and at the most."""
        sizes = [self.telling(key).extent(self.flags) for key in keys]
        return sum(least for least, _ in sizes), sum(most for _, most in sizes)

    def likes(self, key: str) -> bool:
        """Whether a storylet has a telling for the tone that was asked for, or for grown-ups."""
        return any(self.tone & set(one.flags) and holds(one.flags, self.flags) for one in self.source.tellings[key])

    def toned(self, keys: Iterable[str]) -> int:
        """How many of these storylets are told in the tone that was asked for, or for grown-ups."""
        return sum(bool(self.tone & set(self.telling(key).flags)) for key in keys)

    def core_words(self, key: str) -> int:
        """About how many words that telling has at the least."""
        return self.telling(key).core


@cache
def _absent(language: str, world: str) -> re.Pattern[str]:
    lists = content(language).lists["absent"]
    only = content(language).lists["worlds"].get(world)
    words = (lists["land"] if only and world not in ("wolken", "clouds") else "") + " " + lists.get(world, "")
    ending = r"\w*" if language == "de" else r"(?:s|es)?"
    return re.compile(rf"\b(?:{'|'.join(words.split())}){ending}\b")


@cache
def absent(text: str, source: Content, world: str) -> bool:
    """Whether a telling has to name something that the place `world` has not."""
    return any(_absent(source.language, world).search(line) for line in text.splitlines() if not line.startswith(("(+", "#")))


def fits(key: str, source: Content, world: str, flags: frozenset[str]) -> bool:
    """Whether a storylet can be told there in at least one way."""
    return any(holds(one.flags, flags) and not absent(one.text, source, world) for one in source.tellings[key])


def misplaced(text: str, source: Content, world: str) -> bool:
    """Whether one sentence names something that the place has not."""
    return bool(_absent(source.language, world).search(text))


def heard(texts: Sequence[str], language: str) -> dict[str, int]:
    """The ids of the storylets that told texts were made of, in their order, and how much of each was found again.

    What a reader wrote or changed is passed over.
    """
    known = _fragments(language)
    words = _words("\n".join(texts))
    hits: Counter[str] = Counter()
    first: dict[str, int] = {}
    for at in range(len(words) - _GRAM + 1):
        name = known.get(" ".join(words[at : at + _GRAM]))
        if name:
            hits[name] += 1
            first.setdefault(name, at)
    return {name: hits[name] for name in sorted(first, key=lambda name: first[name]) if hits[name] > 1}


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


@cache
def _fragments(language: str) -> dict[str, str]:
    """Runs of words that stand in every version of a telling → its storylet; "" where several storylets have them."""
    found: dict[str, str] = {}
    for key, tellings in content(language).tellings.items():
        for line in (line.text for one in tellings for paragraph in one.script for unit in paragraph for line in unit.lines):
            for piece in re.split(r"\{[^{}]*\}|\[[^\[\]]*\]|[.!?:]", line):
                words = _words(piece)
                for at in range(0, len(words) - _GRAM + 1, 2):
                    gram = " ".join(words[at : at + _GRAM])
                    found[gram] = key if found.get(gram, key) == key else ""
    return found
