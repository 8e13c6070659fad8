"""Keeps in sight what the prompt is about: where a plot names it too seldom, the teller comes back to it in passing."""

import re
from collections.abc import Mapping, Sequence

from .realise import Pen, upper_first
from .script import holds, parse
from .words import Figure, Noun, Place

#: So many paragraphs should have it.
ENOUGH = 3


def wanted(pen: Pen, notions: Sequence[str]) -> dict[str, str]:
    """The roles that the prompt names, each with the word to look for: thing, place, want, fear, and what comes in besides."""
    found: dict[str, str] = {}
    for letter in "TGPXY":
        role = pen.cast.get(letter)
        noun = role.noun if isinstance(role, Place) else role.kind if isinstance(role, Figure) else role
        word = noun.word if isinstance(noun, Noun) else ""
        if word and word in notions:
            found[letter] = word
    if "W" in pen.flags:
        found["W"] = pen.tag("W.skill")
    return found


def echoed(paragraphs: Sequence[str], wanted: Mapping[str, str], lines: Mapping[str, Sequence[str]], pen: Pen, most: float) -> list[str]:
    """The paragraphs with lines about what too few of them name; lines: by role, in the language of storylets.

    A line comes after the first paragraph in which the thing is named; one that is never named is brought in first.
    most: how many words the whole may have in the end.
    """
    told = list(paragraphs)
    room = most - sum(len(paragraph.split()) for paragraph in told)
    for letter, word in wanted.items():
        folded = word.casefold()
        named = [at for at, paragraph in enumerate(told) if folded in paragraph.casefold()]
        missing = ENOUGH - len(named)
        if missing <= 0:
            continue
        late = not named or named[0] > len(told) / 2
        kind = f"{letter}0" if late else letter
        options = _fitting(lines, kind, pen)
        start = max(1, len(told) // 4) if late else named[0] + 1
        for at in _places(told, folded, start, missing):
            if not options or room < 0:
                break
            text = upper_first(pen.fill(options.pop(pen.rng.randrange(len(options)))))
            room -= len(text.split())
            if text[0] in "„“" or told[at][-1] in "“”" or told[at][0] in "„“":
                told[at] = f"{told[at]}\n\n{text}"
            else:
                told[at] = f"{told[at]} {text}"
            if kind.endswith("0"):
                kind = letter
                options = _fitting(lines, kind, pen)
    return [part for paragraph in told for part in paragraph.split("\n\n")]


def described(paragraphs: Sequence[str], lines: Mapping[str, Sequence[str]], pen: Pen) -> list[str]:
    """The paragraphs, with what the brief says of the hero (traits Q, looks S, likes L) where the scenes did not say it."""
    told = list(paragraphs)
    text = "\n".join(told).casefold()
    if "first" in pen.flags:
        for letter in "LSQ":
            value = pen.cast.get(letter)
            if isinstance(value, str) and value.casefold() not in text:
                line = upper_first(pen.fill(pen.pick(lines[letter])))
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


def _fitting(lines: Mapping[str, Sequence[str]], kind: str, pen: Pen) -> list[str]:
    known = lines.get(kind.replace("G", "T"), ())
    if kind[0] == "G":  # what is invented is spoken of like any other thing
        known = [re.sub(r"\{([^{}]*)\bT\b([^{}]*)\}", r"{\1G\2}", line) for line in known]
    units = [unit.lines[0] for line in known for paragraph in parse(line) for unit in paragraph]
    return [line.text for line in units if holds(line.flags, pen.flags) and line.text not in pen.used]


def _places(told: Sequence[str], folded: str, start: int, missing: int) -> list[int]:
    """Paragraphs, evenly spread, after which a line may come: rather none before a reply, none at the very end."""
    able = [at for at in range(start, len(told) - 1) if folded not in told[at].casefold() and told[at][-1] not in ":–" and "\n\n" not in told[at]]
    able = [at for at in able if at < 0.8 * len(told)] or able  # the end has a tone of its own
    calm = [at for at in able if not re.match("[„“]", told[at + 1])]
    able = calm if len(calm) >= missing else able
    step = len(able) / missing
    return [able[int(number * step + step / 2)] for number in range(missing)] if step >= 1 else able
