"""Names stay here: what a brief calls somebody is swapped for a stand-in before a text leaves the machine, and put back in what
comes. Pure; the result does not depend on how the text was cut into pieces.

Stand-ins are names, not signs such as <NAME_1>: models decline a name, begin sentences with it and keep it over pages, while
signs get lost, translated or explained. They are rare, end in no sibilant (so that both genitives are regular), are no words of
either language, and none is taken that stands anywhere in the texts of the order. Each word of a name has a stand-in of its
own, so that "Anna-Lena", "Anna" and "Lena" stay what they are to each other.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from storybot.brief import Brief

#: Stand-ins by whom they fit.
_SHE = ("Liorel", "Mirella", "Tavia", "Ilvane", "Odrina", "Sunniva", "Merlinda", "Evanna", "Yorinde", "Calena", "Fiorina", "Noreia")
_HE = ("Tavin", "Elmarin", "Jorano", "Corvin", "Lenardo", "Borek", "Oskarin", "Fendrik", "Tilmano", "Arvid", "Mirko", "Halvard")
_ANY = ("Kimmo", "Romy", "Sanni", "Jona", "Toni", "Mikko", "Runo", "Elanu", "Nilou", "Quinlo", "Bennu", "Rike")
_PLACES = ("Tarnau", "Velmora", "Hollerau", "Brindal", "Ostrova", "Lindemar", "Falkenoor", "Quellenau", "Mirrodan", "Sarnthal")
_SHE_IS = frozenset({"she", "sie", "she/her"})
_HE_IS = frozenset({"he", "er", "he/him"})
#: Words of names that tell nobody's name.
_NO_NAMES = (
    "the a an of and von vom van de der die das den dem und zu zum zur little small big old young king queen prince princess klein "
    "kleine kleiner kleines groß große großer alt alte alter könig königin prinz prinzessin mr mrs ms dr herr frau uncle aunt "
    "onkel tante oma opa mama papa granny grandma grandpa mum mom dad"
)
_COMMON = frozenset(_NO_NAMES.split())
_TOWN = re.compile(r"\b(?:in|nach|aus|bei|von|um|[Ii]n|[Nn]ach|[Aa]us)\s+([A-ZÄÖÜ][^\W\d_]+)")
_CAPITAL = re.compile(r"(?<=[a-z,] )([A-Z][^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f][^\W\d_]*)*")
#: Stand-ins are Latin: what parts them from other words is anything but a Latin letter, so that "Kimmoは" is one.
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_LETTER = re.compile(f"[{_LATIN}]")
_SIBILANT = ("s", "ß", "x", "z", "ce")


class Veil:
    """Swaps the names of one order, both ways.

    names: (name, pronouns or None) of heroes and companions. places: names of places. texts: all that is to leave the
    machine, in which no stand-in may stand already.
    """

    def __init__(self, names: Iterable[tuple[str, str | None]], places: Iterable[str], texts: Iterable[str]) -> None:
        self._heard = "\n".join(texts).casefold()
        self._to: dict[str, str] = {}
        self._real: dict[str, str] = {}
        for name, pronouns in names:
            said = (pronouns or "").casefold().strip()
            self._learn(name, _SHE if said in _SHE_IS else _HE if said in _HE_IS else _ANY)
        for place in places:
            self._learn(place, _PLACES)
        self._hidden = _pattern(self._to)
        self._shown = re.compile(
            rf"(?<![{_LATIN}])(?:{'|'.join(map(re.escape, sorted(self._real, key=len, reverse=True)))})s?(?![{_LATIN}])", re.IGNORECASE
        )
        self.most = max((len(one) for one in self._real), default=0) + 2

    @classmethod
    def of(cls, brief: Brief, texts: Iterable[str]) -> "Veil":
        """The veil of a brief: the names of the hero and the companions, and the proper names in its place."""
        names = [(brief.hero.name, brief.hero.pronouns)] if brief.hero else []
        names += [(one.name, None) for one in brief.companions]
        return cls(names, _named(brief.place or "", brief.language), texts)

    def __bool__(self) -> bool:
        return bool(self._to)

    def hide(self, text: str) -> str:
        """The text with stand-ins in it."""
        if not self._to:
            return text

        def swap(found: re.Match[str]) -> str:
            said = found.group()
            low = said.casefold()
            if low in self._to:
                return _in_case(said, self._to[low])
            return _in_case(said[:-1], self._to[low[:-1]]) + said[-1]

        return self._hidden.sub(swap, text)

    def show(self, text: str) -> str:
        """A whole text with the names in it again."""
        return self._shown.sub(self._name, text) if self._real else text

    def may_go_on(self, word: str) -> bool:
        """Whether `word`, which ends a piece, can still become a stand-in or is one whose end may come."""
        low = word.casefold()
        return any(one.startswith(low) or low in (one, one + "s") for one in self._real)

    def _name(self, found: re.Match[str]) -> str:
        said = found.group()
        if said.casefold() in self._real:
            return _in_case(said, self._real[said.casefold()])
        name = _in_case(said[:-1], self._real[said[:-1].casefold()])
        if name.casefold().endswith(_SIBILANT):
            return f"{name}’"
        return name + said[-1]

    def _learn(self, name: str, stands: tuple[str, ...]) -> None:
        for word in _WORD.findall(name):
            low = word.casefold()
            if (len(low) < 2 and low.isascii()) or low in _COMMON or low in self._to:
                continue
            stand = self._stand_in(low, stands)
            self._to[low] = stand
            self._real[stand.casefold()] = word

    def _stand_in(self, low: str, stands: tuple[str, ...]) -> str:
        """The same for the same name wherever it is free; what follows in the list otherwise, and then longer ones."""
        first = int.from_bytes(sha256(low.encode()).digest()[:4], "big")
        for ending in ("", "in", "or", "el", "an", "um", "il", "on"):
            for step in range(len(stands)):
                one = stands[(first + step) % len(stands)] + ending
                if one.casefold() not in self._real and one.casefold() not in self._heard:
                    return one
        raise ValueError("no stand-in is free")


def hidden(brief: Brief, veil: Veil) -> Brief:
    """The brief with stand-ins in all that is free text."""

    def free(text: str | None) -> str | None:
        return veil.hide(text) if text else text

    hero = brief.hero
    if hero is not None:
        lists = {name: tuple(veil.hide(one) for one in getattr(hero, name)) for name in ("traits", "likes", "fears")}
        hero = msgspec.structs.replace(hero, name=veil.hide(hero.name), looks=free(hero.looks), **lists)
    companions = tuple(msgspec.structs.replace(one, name=veil.hide(one.name), kind=free(one.kind)) for one in brief.companions)
    texts = {name: free(getattr(brief, name)) for name in ("place", "tone", "genre", "moral")}
    return msgspec.structs.replace(brief, prompt=veil.hide(brief.prompt), hero=hero, companions=companions, **texts)


class Unveiling:
    """`feed` pieces of a stream: names again, holding back only a last word that may be a stand-in."""

    __slots__ = ("_before", "_held", "_veil")

    def __init__(self, veil: Veil) -> None:
        self._veil = veil
        self._held = ""
        self._before = ""

    def feed(self, text: str) -> str:
        """What may go on now."""
        held = self._held + text
        at = len(held)
        while at and _LETTER.match(held[at - 1]) and len(held) - at <= self._veil.most:
            at -= 1
        if (at and _LETTER.match(held[at - 1])) or not self._veil.may_go_on(held[at:]):
            at = len(held)
        now, self._held = held[:at], held[at:]
        return self._shown(now)

    def end(self) -> str:
        """What is left."""
        now, self._held = self._held, ""
        return self._shown(now)

    def _shown(self, now: str) -> str:
        # The sign before belongs to the look behind: a stand-in inside a word is none.
        if not now:
            return ""
        out = self._veil.show(self._before + now)[len(self._before) :]
        self._before = now[-1]
        return out


def _named(place: str, language: str) -> list[str]:
    """The proper names in a place. In German they stand without an article ("in Bonn", but "im Wald"); in English they begin with
    a capital, which no other word within a sentence does."""
    found: list[str] = _TOWN.findall(place) if language == "de" else _CAPITAL.findall(place)
    return found


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Whole words with or without a genitive s; scripts that do not part words are found anywhere."""
    kinds = [
        re.escape(one) if _parts_no_words(one) else rf"(?<![^\W\d_]){re.escape(one)}s?(?![^\W\d_])" for one in sorted(names, key=len, reverse=True)
    ]
    return re.compile("|".join(kinds) or r"(?!)", re.IGNORECASE)


def _parts_no_words(word: str) -> bool:
    return any("\u3040" <= sign <= "\u9fff" or "\u0e00" <= sign <= "\u0eff" for sign in word)


def _in_case(said: str, name: str) -> str:
    """`name` as small or as large as `said` is."""
    if len(said) > 1 and said.isupper():
        return name.upper()
    return name.lower() if said.islower() else name
