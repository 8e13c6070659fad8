"""The little language in which storylets are written, read into plain values.

A text is paragraphs (blank lines between them) of units, one unit a line: usually one sentence.
  `(+ funny) Text`   flags before a line: `+` it may be left out for length (`+a`: together with the other `+a`
                     lines of the storylet), any others must hold ("!tiny" must not).
  `| Text`           another way to say the line above; may have flags of its own.
  `[a|b]`            a choice within the line; a choice may begin with a flag: `[funny: plumpste|fiel]`.
  `~, and`           where the smallest listeners get a full stop instead of a comma.
  `{…}`              words that `realise` fills in.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from .found import words

TONES = ("gentle", "funny", "adventurous", "wondrous", "spooky")
AGES = ("tiny", "kid", "big", "grown")
#: All that a line or a storylet may ask for. Single letters: that role is cast.
FLAGS = frozenset(TONES + AGES) | words("""
    B C D E G J K L M N O Q R S T V W X Y event thingy matter child being plain met known odd outdoors indoors water sky crew traits looks
    afraid_is_hero helper_is_hero first chapter cannot physical short long ybeing ything yplace culprit shy refrain remembers danger
""")
_ALONE = re.compile(r"^\(([^()]*)\)$")
_LETTERS = re.compile(r"[^\W\d_]+")
_STOPS = re.compile(r"[.!?:…]+(?=[“”\s]|$)")
_HEAD = re.compile(r"^\(([^()]*)\)\s+(.*)$")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


class ScriptError(ValueError):
    """A storylet's text is wrong."""


@dataclass(frozen=True)
class Line:
    """One way to say a unit; it may be used when all `flags` hold."""

    flags: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Unit:
    """One sentence or so. group: None = always told; "" = may be left out; "a" = left out together with its group."""

    group: str | None
    lines: tuple[Line, ...]


_ANY = frozenset(("kid", "gentle"))
Script = tuple[tuple[Unit, ...], ...]


class Telling:
    """One way to tell a whole storylet; it may be used when all `flags` hold. Its text is read when it is first told."""

    def __init__(self, flags: tuple[str, ...], text: str) -> None:
        self.flags = flags
        self.text = text
        self._extents: dict[frozenset[str], tuple[int, int]] = {}

    @cached_property
    def script(self) -> Script:
        """Its paragraphs. Raises: ScriptError that names the line."""
        return parse(self.text)

    def extent(self, active: frozenset[str]) -> tuple[int, int]:
        """See `extent_words`; kept, since many plans ask for it."""
        if len(self._extents) > 64:  # flags differ from order to order
            self._extents.clear()
        if active not in self._extents:
            self._extents[active] = extent_words(self.script, active)
        return self._extents[active]

    @cached_property
    def level(self) -> float:
        """How hard it is to read: see `level`."""
        return level(self.text)

    @cached_property
    def core(self) -> int:
        """About how many words it has when all that may be left out is left out."""
        return core_words(self.script, _ANY | frozenset(self.flags))


def telling(text: str) -> Telling:
    """A storylet's text; its first line may be flags alone: `(funny !tiny)`. Raises: ScriptError that names the line."""
    first, _, rest = text.strip().partition("\n")
    alone = _ALONE.match(first.strip())
    if not alone:
        return Telling((), text)
    flags = tuple(alone[1].split())
    for flag in flags:
        if flag.removeprefix("!") not in FLAGS:
            raise ScriptError(f"unknown flag {flag!r} in {first!r}")
    if not rest.strip():
        raise ScriptError(f"nothing follows {first!r}")
    return Telling(flags, rest)


def level(text: str) -> float:
    """How hard a text is to read: words a sentence, and how many of them are long. Tags count as short words.

    Source: C. H. Björnsson, "Läsbarhet" (1968), the measure LIX.
    """
    words = _LETTERS.findall(re.sub(r"\{[^{}]*\}", "Mia", text))
    ends = len(_STOPS.findall(text)) or 1
    return len(words) / ends + 100 * sum(len(word) > 6 for word in words) / max(1, len(words))


def parse(text: str) -> Script:
    """The paragraphs of a storylet's text. Raises: ScriptError that names the line."""
    return tuple(tuple(_units(block.strip().splitlines())) for block in re.split(r"\n\s*\n", text.strip()) if block.strip())


def _units(lines: list[str]) -> list[Unit]:
    units: list[Unit] = []
    for line in lines:
        line = line.strip()
        other = line.startswith("|")
        flags, rest = _flags(line.lstrip("| ") if other else line)
        _check(rest)
        if other:
            if not units:
                raise ScriptError(f"a paragraph begins with '|': {line!r}")
            last = units[-1]
            named = tuple(flag for flag in flags if not flag.startswith("+"))
            units[-1] = Unit(last.group, (*last.lines, Line(named, rest)))
            continue
        plus = [flag for flag in flags if flag.startswith("+")]
        named = tuple(flag for flag in flags if not flag.startswith("+"))
        units.append(Unit(plus[0][1:] if plus else None, (Line(named, rest),)))
    return units


def _flags(line: str) -> tuple[tuple[str, ...], str]:
    head = _HEAD.match(line)
    if not head:
        return (), line
    flags = tuple(head[1].split())
    for flag in flags:
        if not flag.startswith("+") and flag.lstrip("!") not in FLAGS:
            raise ScriptError(f"unknown flag {flag!r} in {line!r}")
    return flags, head[2]


def _check(text: str) -> None:
    if text.count("[") != text.count("]") or text.count("{") != text.count("}"):
        raise ScriptError(f"brackets do not match in {text!r}")
    if text.count("„") != text.count("“") and "„" in text:
        raise ScriptError(f"quotation marks do not match in {text!r}")
    if "„" not in text and text.count("“") != text.count("”"):
        raise ScriptError(f"quotation marks do not match in {text!r}")


def choices(text: str) -> list[str | list[tuple[str, str]]]:
    """A line as plain strings and choices; a choice is a list of (flag or "", text)."""
    parts: list[str | list[tuple[str, str]]] = []
    at = 0
    for found in _CHOICE.finditer(text):
        parts.append(text[at : found.start()])
        options: list[tuple[str, str]] = []
        for option in found[1].split("|"):
            flag, colon, rest = option.partition(": ")
            flagged = bool(colon) and flag.lstrip("!") in FLAGS
            options.append((flag, rest) if flagged else ("", option))
        parts.append(options)
        at = found.end()
    parts.append(text[at:])
    return parts


def holds(flags: tuple[str, ...], active: frozenset[str]) -> bool:
    """Whether all of `flags` hold ("!x": x does not)."""
    if not flags:
        return True
    return all((flag[1:] not in active) if flag.startswith("!") else (flag in active) for flag in flags)


def extent_words(script: Script, active: frozenset[str]) -> tuple[int, int]:
    """About how many words a storylet has at the least and at the most."""
    least = most = 0
    for unit in (unit for paragraph in script for unit in paragraph):
        told = next((line.text for line in unit.lines if holds(line.flags, active)), None)
        if told is not None:
            words = len(_CHOICE.sub(lambda found: found[1].split("|")[0], told).split()) + 8 * len(_SCENERY.findall(told))
            most += words
            least += words if unit.group is None else 0
    return least, most


_SCENERY = re.compile(r"\.[Ss](?:ight|ound|mell)\}")


def core_words(script: Script, active: frozenset[str]) -> int:
    """About how many words a storylet has when all that may be left out is left out."""
    told = [[line for line in unit.lines if holds(line.flags, active)] for paragraph in script for unit in paragraph if unit.group is None]
    return sum(min(len(line.text.split()) for line in lines) for lines in told if lines)
