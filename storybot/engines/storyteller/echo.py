"""Keeps in sight what the prompt is about: where a plot names it too seldom, the teller comes back to it in passing."""

import re
from collections.abc import Mapping, Sequence

from .realise import Pen, upper_first
from .script import holds, parse
from .words import Figure, Noun, Place

#: Plots whose scenes say what is wanted; plots in which what somebody does may be talked about.
_OWN_WANT = frozenset(("in_learn", "in_bedtime"))
_DEEDS = frozenset(("in_rescue", "in_making", "in_way", "in_invention", "in_trick"))
#: So many paragraphs should have it.
ENOUGH = 3


def wanted(pen: Pen, notions: Sequence[str]) -> dict[str, str]:
    """The roles that the prompt names, each with the word to look for: thing, place, want, fear, and what comes in besides."""
    found: dict[str, str] = {}
    for letter in "TGPXYN":
        role = pen.cast.get(letter)
        noun = role.noun if isinstance(role, Place) else role.kind if isinstance(role, Figure) else role
        word = noun.word if isinstance(noun, Noun) else ""
        if word and word in notions and not (letter in "GT" and "in_letter" in pen.flags):  # of which every scene speaks
            found[letter] = word
    if "in_way" in pen.flags and isinstance(clause := pen.cast.get("E"), str):
        found["E"] = clause
    if "W" in pen.flags:
        letter = "D" if "D" in pen.flags else "W"
        found[letter] = pen.tag("W.skill")
    return found


def lacking(paragraphs: Sequence[str], wanted: Mapping[str, str]) -> int:
    """How many lines it takes to name everything often enough."""
    texts = [paragraph.casefold() for paragraph in paragraphs]
    return sum(max(0, ENOUGH - sum(word.casefold() in text for text in texts)) for word in wanted.values())


def echoed(
    paragraphs: Sequence[str],
    ends: Sequence[tuple[int, str]],
    wanted: Mapping[str, str],
    lines: Mapping[str, Sequence[str]],
    pen: Pen,
    most: int,
    room: float,
) -> list[str]:
    """The paragraphs with lines about what too few of them name; lines: by role, in the language of storylets.

    A line comes where a scene has ended, so that it parts nothing that belongs together; one that is never named is
    brought in first. ends: numbers of the paragraphs with which a scene ends, and its beat; most: how many lines at most;
    room: how many words the whole may have in the end.
    """
    told = list(paragraphs)
    free = [at for at, beat in ends if beat != "open" and at < len(told) - 1 and told[at][-1] != ":"]
    beats = [beat for _, beat in ends]
    enters = next((beat for beat in ("pair", "news", "meet", "want") if beat in beats), "")  # when the friend is there at last
    said = 0
    since = next((at for at, beat in ends if beat == enters), 0)
    solved = {at for at, beat in ends if beat in ("meet", "turn", "win")}  # then nobody wishes or fears any more
    own = _OWN_WANT & pen.flags
    places = 0
    for letter, word in wanted.items():
        if letter == "W" and own:  # whose scenes name it themselves
            continue
        folded = word.casefold()
        named = [at for at, paragraph in enumerate(told) if folded in paragraph.casefold()]
        missing = ENOUGH - len(named)
        late = not named or named[0] > len(told) / 2
        first = True
        while missing > 0 and most > 0 and free and sum(len(line.split()) for line in told) < room:
            kind = f"{letter}0" if late and first else letter
            options = _fitting(lines, kind, pen, word) or _fitting(lines, letter, pen, word)
            fitting = [at for at in free if (late or at >= named[0]) and not (letter in "WDXN" and at in solved)]
            if not options or not fitting:
                break
            at = fitting[0] if first or len(fitting) < 2 else fitting[-1] if missing == 1 else fitting[len(fitting) // 2]
            free.remove(at)
            if at < since:
                options = [option for option in options if not re.search(r"\{[^{}]*[FB]\b", option)] or options
            clauses = " ".join((*lines.get("E", ()), *lines.get("J", ())))
            said += options[0] in clauses
            places += letter == "P"
            if places > 3:
                break
            if said > 2:  # the prompt's own words once more, but not again and again
                break
            line = upper_first(pen.fill(pen.pick(options)))
            if line in "\n".join(told):
                break
            told[at] = f"{told[at]}\n\n{line}"
            first = False
            missing -= 1
            most -= 1
    return [part for paragraph in told for part in paragraph.split("\n\n")]


def described(paragraphs: Sequence[str], lines: Mapping[str, Sequence[str]], pen: Pen) -> list[str]:
    """The paragraphs, with what the brief says of the hero (traits Q, looks S, likes L) where the scenes did not say it."""
    told = list(paragraphs)
    text = "\n".join(told).casefold()
    if "first" in pen.flags:
        for letter in "LSQ":
            value = pen.cast.get(letter)
            if isinstance(value, str) and value.casefold() not in text:
                known = lines[letter]
                line = upper_first(pen.fill(min(known, key=len) if "short" in pen.flags else pen.pick(known)))
                told[0] = f"{told[0]}\n\n{line}" if told[0][-1] in "“”:" else f"{told[0]} {line}"
    return [part for paragraph in told for part in paragraph.split("\n\n")]


def reminded(paragraphs: Sequence[str], lines: Sequence[str], pen: Pen) -> list[str]:
    """The paragraphs with one line in their last third about what the hero likes, where no scene has room for it."""
    told = list(paragraphs)
    value = pen.cast.get("L")
    start = len(told) // 2
    if isinstance(value, str) and value.casefold() not in "\n".join(told[start:]).casefold():
        at = next((n for n in range(start, len(told) - 1) if told[n][0] not in "„“" and told[n][-1] not in ":“”"), None)
        if at is not None:
            told[at] = f"{told[at]} {upper_first(pen.fill(pen.pick(list(lines))))}"
    return told


def _fitting(lines: Mapping[str, Sequence[str]], kind: str, pen: Pen, word: str) -> list[str]:
    known: Sequence[str] = ()
    for clause in "EJ":  # what the prompt says of it is better than the bare word
        named = clause == "E" and not _DEEDS & pen.flags and "thingy" not in pen.flags
        named |= clause == "E" and "thingy" not in pen.flags and getattr(pen.cast.get("A"), "by_name", False)
        if clause in pen.flags and not named and word.casefold() in str(pen.cast[clause]).casefold() and kind[0] in "TY":
            known = lines.get(clause, ())
            break
    far = kind[0] == "N" and "in_letter" in pen.flags  # to whom somebody writes is not where they are
    known = known or lines.get("N_letter" if far else kind.replace("G", "T"), ())
    if kind[0] == "G":  # what is invented is spoken of like any other thing
        known = [re.sub(r"\{([^{}]*)\bT\b([^{}]*)\}", r"{\1G\2}", line) for line in known]
    units = [unit.lines[0] for line in known for paragraph in parse(line) for unit in paragraph]
    return [line.text for line in units if holds(line.flags, pen.flags) and line.text not in pen.used]
