"""The form "you decide": what is offered at the end of a passage, and which scene the reader has chosen."""

import random
import re
from collections.abc import Sequence

from .content import Content, Storylet
from .plan import NoPlan, State, plan
from .realise import Pen
from .script import holds

MOST = 3


def chosen(wish: str | None, source: Content) -> list[str]:
    """The storylets whose line the wish is, the best fit first; empty where the wish is the reader's own."""
    said = _plain(wish or "")
    found = [(len(line), key) for key, line in source.choices.items() if said and re.fullmatch(_pattern(line), said)]
    return [key for _, key in sorted(found, reverse=True)]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _pattern(line: str) -> str:
    """What a choice's line may look like when it is filled in."""
    kept = re.split(r"\{[^{}]*\}", line)
    return r"\s?.*?\s?".join(re.escape(_plain(part)) for part in kept)


def options(
    pool: dict[str, list[Storylet]],
    following: Sequence[str],
    state: State,
    told: Sequence[str],
    source: Content,
    flags: frozenset[str],
    rng: random.Random,
) -> list[Storylet]:
    """Up to three scenes with which the next part may begin, each such that the part can be told to its end.

    following: the beats of the next part, the first of which is to be decided.
    """
    wanted = following[0].rstrip("*").split("|")
    by_beat = {beat: [one for one in pool.get(beat, ()) if _offers(one, source, flags) and one.id not in told] for beat in wanted}
    for found in by_beat.values():
        rng.shuffle(found)
    others = [one for beat in wanted[1:] for one in by_beat[beat][:1]]
    rng.shuffle(others)
    order = [*by_beat[wanted[0]][:2], *others, *by_beat[wanted[0]][2:], *(one for beat in wanted[1:] for one in by_beat[beat][1:])]
    kept: list[Storylet] = []
    for storylet in order:
        if len(kept) == MOST:
            break
        if state.allows(storylet) and _goes_on(pool, following, state, told, storylet, rng):
            kept.append(storylet)
    rng.shuffle(kept)
    return kept


def _offers(storylet: Storylet, source: Content, flags: frozenset[str]) -> bool:
    return storylet.id in source.choices and holds(tuple(storylet.when.split()), flags)


def _goes_on(
    pool: dict[str, list[Storylet]], following: Sequence[str], state: State, told: Sequence[str], first: Storylet, rng: random.Random
) -> bool:
    rest = {beat: [one for one in found if one.id not in told and one.id != first.id] for beat, found in pool.items()}
    try:
        plan(rest, following[1:], random.Random(rng.random()), state=state.after(first))
    except NoPlan:
        return False
    return True


def lines(storylets: Sequence[Storylet], source: Content, pen: Pen) -> str:
    """What stands at the end of a passage: a question and the lines, or nothing where there is nothing to decide."""
    told = list(dict.fromkeys(pen.fill(source.choices[one.id]) for one in storylets))
    if len(told) < 2:
        return ""
    question = pen.fill(pen.pick(source.lists["crossroads"]))
    return "\n\n".join([question, *(f"→ {line[0].upper()}{line[1:]}" for line in told)])
