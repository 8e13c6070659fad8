"""Which plot a passage follows, which beats it has, and (where the reader decides) which part of the plot it tells."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from storybot.brief import Brief, Length

from .content import Content
from .prompt import Notions, match
from .script import holds

#: The parts of a plot whose story is decided by the reader, by length. `*`: which scene it is, the reader has decided
#: (`main` stands for the beat in which the plot tries things, `main|help` for either); `?` as in plots.toml.
_PARTS: dict[Length, tuple[str, ...]] = {
    "short": ("open pair want", "main|rest* turn win end"),
    "medium": ("open pair want go", "main|help|rest* pay? rest?", "main|help|rest* pay?", "main|rest* turn win end"),
    "long": (
        "open pair want go",
        "main|help|rest* pay? rest? rest?",
        "main|help|rest* pay? rest?",
        "main|help|rest* pay? low?",
        "main|rest* turn win end",
    ),
}
#: In these plots the friend is only met on the way.
_MEETING: dict[Length, tuple[str, ...]] = {
    "short": ("open want", "try* meet end"),
    "medium": ("open want", "try*", "try* meet", "rest* turn end"),
    "long": ("open want", "try* try?", "try* meet rest?", "rest* rest?", "rest* low? turn end"),
}
_CHAPTER = ("next want", "main|rest* turn win end")


@dataclass(frozen=True)
class Part:
    """One part of several: its number from 0, of how many; `chapter`: of a later chapter."""

    at: int
    of: int
    chapter: bool

    @property
    def last(self) -> bool:
        """Whether the story ends with it."""
        return self.at == self.of - 1


def plots(brief: Brief, asked: Notions, wish: Notions | None, source: Content, flags: frozenset[str], rng: random.Random) -> list[str]:
    """Plots in the order in which they suit the prompt; the variant chooses among them."""
    fitting = list(dict.fromkeys([*(wish.plots if wish else ()), *asked.plots]))
    fitting = [name for name in fitting if _carries(source.plots[name].carries, flags)]
    genre = match(brief.genre, source.lists["genres"])
    if genre and not fitting:
        fitting = [name for name in source.lists["genre_plots"][genre].split() if name in source.plots]
    others = [
        name for name, plot in source.plots.items() if name not in fitting and "premise" not in plot.tags.split() and _carries(plot.carries, flags)
    ]
    if brief.age_band != "3-5":  # a story for falling asleep is for those who ask for one, and for the smallest
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


def beats(brief: Brief, source: Content, plot: str, *, begun: bool, wished: bool, event: bool = False) -> list[str]:
    """The beats of a whole story, or (`begun`) of a next chapter.

    wished: something is asked for that needs a scene; event: what the prompt says happens is to be told.
    """
    made = source.plots[plot]
    found = (made.chapter if begun else getattr(made, brief.length)).split()
    if begun and brief.length != "short":
        at = found.index("win") if "win" in found else len(found) - 1
        found[at:at] = made.spare.split()[:1] if brief.length == "medium" else made.spare.split()[:2]
    if event and not begun:
        if brief.length == "short" and "pair" in found:  # there the friend comes in with the news
            found[found.index("pair")] = "news"
        else:
            found.insert(found.index("want"), "event?")
    if wished:
        at = found.index("want") + 1 if "want" in found else 1
        found.insert(at, "wish")
    return found


def parts(source: Content, plot: str, length: Length, *, chapter: bool) -> list[list[str]]:
    """The beats of each part of a story that the reader decides."""
    told = source.plots[plot].long.split()
    main = next((beat for beat in ("trial", "clue", "try") if beat in told), "rest")
    last = [beat for beat in ("turn", "win") if beat in told]
    wording = _CHAPTER if chapter else _MEETING[length] if "meet" in told else _PARTS[length]
    made: list[list[str]] = []
    for line in wording:
        found: list[str] = []
        for beat in line.replace("main", main).split():
            if beat in ("turn", "win") and beat not in last:
                continue
            if beat == "win" and length == "short" and "turn" in last:
                continue
            found.append(beat)
        made.append([beat for beat in found if beat != "go" or "go" in told])
    return made


def share(part: Part, beats_by_part: Sequence[Sequence[str]]) -> float:
    """Which share a part has of the words that are left for it and the parts after it."""
    sizes = [sum(0.4 if beat.endswith("?") else 1.0 for beat in one) + 0.25 for one in beats_by_part]
    return sizes[part.at] / sum(sizes[part.at :])
