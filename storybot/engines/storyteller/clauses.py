"""Clauses of a prompt in its own words: what somebody does, as a relative clause and as a sentence, and what is refused.

A clause that is not understood is still kept as the reader wrote it: as a relative clause ("der nachts singt", "who sings
at night") and as a sentence that somebody in the story can say.
"""

import re
from collections.abc import Sequence

from . import german
from .content import Content
from .found import Found, words

_STOPS = ".;!?"
_MOST = 16
_RELATIVE = {
    "de": words("der die das dem den deren dessen wo"),
    "en": words("who that which whose"),
}
#: Words that look like verbs and are none.
_NO_VERBS = {
    "de": words("mit seit erst jetzt fast nicht selbst dort oft meist sonst vielleicht zuerst nebst unterwegs und oder als statt gut acht bunt"),
    "en": words("is’nt this its his always perhaps across as thus under"),
}
_VERBS = {
    "de": words("""
        ist hat war hatte kann konnte will wollte mag mochte darf muss soll sind haben waren können wollen weiß lief ging
        kam fand fiel saß lag stand schlief verlor sah flog sang trug bekam verschwand lernt
        wird wurde werden wurden erlosch ging blieb fing hielt rief stieg sank zog fuhr ritt schien schwieg
    """),
    "en": words("""
        is has was had can could will would are were have can’t can't cannot couldn’t couldn't won’t won't doesn’t doesn't
        didn’t didn't isn’t isn't wasn’t wasn't lost found fell ate went came ran saw flew sang took got gave made stole grew won
        built told kept left met wakes never did does do keeps starts
    """),
}
_PARTICLES = words(
    "weg fort los auf an ab aus ein um zu vor mit her hin fest heim zurück weiter davon herum hinaus hinein heraus herein herunter hinauf"
)
_REFUSES = {
    "de": words("nicht kein keine keinen nie niemals weigert weigerte"),
    "en": words("not doesn’t doesn't don’t don't didn’t didn't never won’t won't refuses refused"),
}
#: By which a prompt asks for the reason or the beginning of something.
_WHY = words("why warum wieso weshalb woher")
_HOW = words("how wie")
_BECAME = words("got get gets came became learned lost kam kamen bekam bekamen wurde wurden erfand lernte")

#: What the reader calls "my", the story calls "your".
_YOURS = {
    "mein": "dein", "meine": "deine", "meinen": "deinen", "meinem": "deinem", "meiner": "deiner", "unser": "euer", "unsere": "eure",
    "unseren": "euren", "unserem": "eurem", "unserer": "eurer", "my": "your", "our": "your",
}  # fmt: skip

#: "Why does the moon follow me?" is asked of everybody.
_ANYBODY = {"me": "you", "us": "you", "my": "your", "our": "your", "mir": "einem", "mich": "einen", "uns": "einem"}


def clauses(tokens: Sequence[str], folded: Sequence[str], doer: Found | None, found: Sequence[Found], content: Content) -> tuple[str, str]:
    """What is told of `doer`: a relative clause and a whole sentence with its mark, each "" where the prompt holds none."""
    language = content.language
    start = doer.end if doer else 0
    stop = next((n for n in range(start, len(tokens)) if tokens[n] in _STOPS), len(tokens))
    rest = list(tokens[start:stop])
    mark = tokens[stop] if stop < len(tokens) and tokens[stop] in "!?" else "."
    rel = news = ""
    if doer and is_question(folded):
        return _asked(tokens, doer, stop, content), ""
    but = _objection(rest, doer, content)
    if but:
        rel = but
    elif doer and doer.kind != "none":
        comma = rest[:1] == [","]
        after = rest[1:] if comma else rest
        if after and after[0].casefold() in _RELATIVE[language] and (comma or language == "en"):
            rel = _joined(after) if 2 < len(after) <= _MOST else ""
        elif rest and rest[0] in ("mit", "ohne", "with", "without"):
            rel = _having(rest, doer, found, content)
        elif rest and any(one.kind == "force" and doer.end <= one.start <= doer.end + 1 and one.preposition for one in found):
            rel = _sitting(rest, doer, language)
        elif rest and finite(rest[0], language) and not doer.preposition and 1 < len(rest) <= _MOST:
            rel = _turned(rest, doer, content)
    first = 0 if doer and doer.start <= 1 else None
    if first is None and tokens and folded[0] in (*content.lists["verbs"]["where"].split(), "wer", "who", "im", "am", "there"):
        first = 0
    if first is not None and stop <= _MOST + 2 and _is_sentence(tokens, doer, stop, language):
        text = _joined([_YOURS.get(word.casefold(), word) for word in tokens[:stop]])
        news = text[0].upper() + text[1:] + mark
    return rel, news


def is_question(folded: Sequence[str]) -> bool:
    """Whether a prompt asks why something is so or how it came to be."""
    return bool(folded) and (folded[0] in _WHY or (folded[0] in _HOW and bool(_BECAME & set(folded))))


def _asked(tokens: Sequence[str], doer: Found, stop: int, content: Content) -> str:
    """ "Why is the sea salty?" → "who is salty", "Warum der Igel Stacheln hat" → "der Stacheln hat"."""
    rest = [_ANYBODY.get(word.casefold(), word) for word in tokens[doer.end : stop]]
    verb = list(tokens[1 : doer.start]) if doer.start <= 2 else []
    if content.language == "en":
        if verb and verb[0].casefold() in ("do", "does", "did"):
            verb = []
        kept = [*verb, *rest]
        if doer.many and kept and kept[0] not in ("have", "are", "can"):
            kept[0] = {"have": "has", "are": "is"}.get(kept[0], kept[0] + "s")
        return "who " + _joined(kept) if kept else ""
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "")
    return " ".join([pronoun, _joined(rest), *verb]) if pronoun and rest and not doer.many else ""


def _objection(rest: Sequence[str], doer: Found | None, content: Content) -> str:
    """ "…, aber er ist viel zu freundlich" → "der viel zu freundlich ist": that is what the story is about."""
    folded = [word.casefold() for word in rest]
    for at, word in enumerate(folded[:-3]):
        if word in ("aber", "but") and folded[at + 1] in ("er", "sie", "es", "he", "she", "it", "they") and doer and not doer.many:
            return _turned(rest[at + 2 :], doer, content)
    return ""


def _is_sentence(tokens: Sequence[str], doer: Found | None, stop: int, language: str) -> bool:
    if tokens[0].casefold() in ("wer", "who", "there"):
        return stop > 2
    if {"ich", "i", "me", "mir", "mich", "wir", "we", "us", "uns"} & {token.casefold() for token in tokens}:
        return False
    if doer and doer.start <= 1:
        last = doer.end == stop - 1 and tokens[doer.end].casefold() in _VERBS[language]  # "Der Leuchtturm erlosch"
        return last or (doer.end < stop - 1 and finite(tokens[doer.end], language))
    return any(finite(tokens[n], language) for n in range(2, min(5, stop - 1)))


def finite(word: str, language: str) -> bool:
    """Whether a word in second place looks like a verb."""
    folded = word.casefold()
    if folded in _VERBS[language]:
        return True
    if word != folded or folded in _NO_VERBS[language] or len(word) < 3:
        return False
    return bool(re.search(r"(t|te|ten)$", word)) if language == "de" else bool(re.search(r"([^s’]s|ed)$", word))


def _having(rest: Sequence[str], doer: Found, found: Sequence[Found], content: Content) -> str:
    """ "mit einem wackligen Horn" → "das ein wackliges Horn hat"."""
    own = next((one for one in found if one.start == doer.end + 1), None)
    if content.language == "en":
        rest = rest[: own.end - doer.end] if own else rest  # "with a toothache can't sleep"
        return "" if doer.many else ("who has no " if rest[0] == "without" else "who has ") + _joined(rest[1:])
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "")
    if own is None or own.kind == "being" or doer.many or own.end - doer.end != len(rest):
        return ""
    noun = own.noun
    determiner = "keinen" if rest[0] == "ohne" else "einen"
    return f"{pronoun} {german.phrase(determiner, (), noun, full=True)} hat"


def _sitting(rest: Sequence[str], doer: Found, language: str) -> str:
    """ "im Regen" → "das im Regen sitzt"."""
    if doer.many or len(rest) > 4 or doer.kind == "place":
        return ""
    if language == "en":
        return "who sits " + _joined(rest)
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "der")
    return f"{pronoun} {_joined(rest)} sitzt"


def said(clause: str, doer: Found, language: str) -> str:
    """A relative clause of one's own about somebody of whom the prompt has none ("das kranke Einhorn" → "das krank ist")."""
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "")
    return f"who {clause}" if language == "en" else f"{pronoun} {clause}" if pronoun else ""


def _turned(rest: Sequence[str], doer: Found, content: Content) -> str:
    """ "hat Schnupfen" → "der Schnupfen hat"; "" where the order of words would be uncertain."""
    if content.language == "en":
        one = {"have": "has", "are": "is", "were": "was"} if doer.many else {}  # it is told of one of them
        return "who " + _joined([one.get(rest[0], rest[0]), *rest[1:]])
    kept, more = list(rest), ""
    if "," in kept[2:-1] and "aber" in kept and len(kept) - kept.index(",") <= 4:  # "kann sprechen, aber nur dienstags"
        kept, more = kept[: kept.index(",")], _joined(kept[kept.index(",") :])
    if {",", "und", "aber", "oder"} & set(kept) or doer.many:
        return ""
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "")
    if doer.kind == "name":
        names = content.lists["names"]
        pronoun = next((word for letter, word in (("f", "die"), ("m", "der")) if doer.name in names[letter].split()), "")
    if not pronoun:
        return ""
    verb = kept.pop(0)
    if kept and kept[-1] in _PARTICLES and verb.casefold() not in _VERBS["de"]:
        verb = kept.pop() + verb
    return " ".join([pronoun, *kept, verb]) + more


def _joined(tokens: Sequence[str]) -> str:
    return re.sub(r" ([,:;])", r"\1", " ".join(tokens)).replace("'", "’")


def refused(folded: Sequence[str], want: str, span: tuple[int, int] | None, language: str) -> str:
    """What somebody does not want to do ("nicht regnen", "kein Gemüse essen"); "" if nobody refuses."""
    if not want or not span:
        return ""
    no = _REFUSES[language] & set(folded)
    if language == "en":
        before = folded[max(0, span[0] - 4) : span[0]]
        return want if {"want", "wants", "wanted", "refuses", "refused", "would", "like"} & set(before) and no & set(before) else ""
    if not no or not {"will", "wollte", "möchte", "mag", "weigert", "weigerte"} & set(folded):
        return ""
    return _kein(folded, want, no)


def _kein(folded: Sequence[str], want: str, no: set[str] | frozenset[str]) -> str:
    found = next((word for word in folded if word in no and word.startswith("kein")), "")
    more = " mehr" if "mehr" in folded else ""
    if not found:
        return f"nicht{more} {want}"
    at = folded.index(found)
    noun = folded[at + 1] if at + 1 < len(folded) else ""
    parts = want.split(" ")
    for number, part in enumerate(parts):
        if part.casefold() == noun:
            return " ".join([*parts[:number], found, part + more, *parts[number + 1 :]])
    return f"nicht {want}"
