"""What happens in a prompt: who does what, told in the prompt's own words, and which plot tells such a thing.

Which verbs stand for what is content (`premises.toml`); how a clause is built is code. A clause that is not understood
is still kept as the reader wrote it: as a relative clause ("der nachts singt", "who sings at night") and as a sentence
that somebody in the story can say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from . import english, german
from .content import Content, Premise
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


#: What the reader calls "my", the story calls "your".
_YOURS = {
    "mein": "dein", "meine": "deine", "meinen": "deinen", "meinem": "deinem", "meiner": "deiner", "unser": "euer", "unsere": "eure",
    "unseren": "euren", "unserem": "eurem", "unserer": "eurer", "my": "your", "our": "your",
}  # fmt: skip
_PASSIVE = words("wird wurde werden rescued saved")


@dataclass(frozen=True)
class Event:
    """What a prompt says happens.

    key: of the premise, "" if none is known; plot: that tells it. rel: a relative clause about `doer` in the prompt's
    own words; news: a whole sentence with its mark. doer: who or what it is told of; spot: where; work: what is made and
    verb: how ("bauen"). alone: who it is told of is not the hero but somebody whom the hero comes upon. lost: the doer is sought.
    """

    key: str = ""
    plot: str = ""
    rel: str = ""
    news: str = ""
    doer: Found | None = None
    spot: Found | None = None
    work: Found | None = None
    verb: str = ""
    alone: bool = False
    lost: bool = False
    denied: str = ""
    want: str = ""
    culprit: bool = False
    owner: Found | None = None


def event(tokens: Sequence[str], found: Sequence[Found], want: str, span: tuple[int, int] | None, content: Content) -> Event:
    """What the prompt says happens; an empty event if it only names somebody or something."""
    folded = [token.casefold() for token in tokens]
    doer = _subject(folded, found, content)
    rel, news = _clauses(tokens, folded, doer, found, content)
    denied = _denied(folded, want, span, content.language)
    for key, premise in content.premises.items():
        if not _holds(premise, folded):
            continue
        spot = _spot(premise.spot, folded, found, doer)
        if premise.spot and spot is None:
            continue
        if premise.plot == "travel" and spot and "sky" in _tags(spot, content):
            continue  # nobody walks to the moon: that is a wish
        if premise.object and not any(one.kind in ("thing", "") and one is not doer for one in found):
            continue
        work = _work(premise, folded, found, doer) if premise.work else None
        if premise.work and work is None:
            continue
        if premise.who == "F" and not news and not rel.startswith(("der ", "die ", "das ", "who is", "who was", "that ", "which ")):
            rel = ""  # "trapped in a piano" is no clause
        wish = _wish(premise, found, content.language) if premise.want else ""
        plot = premise.plot
        if plot == "home" and doer and doer.kind in ("thing", "") and key != "way-home":
            plot = "lost"
        out = next((one for one in found if key == "rescues" and _left(one)), None)
        if out:  # "rescues the mouse from the well"
            plot, spot = "stuck", replace(out, kind="thing", key="", preposition="auf" if out.preposition == "von" else "in")
        mine = {"sein", "seine", "seinen", "ihr", "ihre", "ihren", "her", "his", "its", "their"}
        if key == "seeks" and any(one.determiner in mine and one.kind in ("thing", "") for one in found):
            plot = "lost"
        if premise.thing and doer and doer.kind != "being":
            plot = "lost"
        passive = key == "rescues" and bool(_PASSIVE & set(folded))
        return Event(
            key,
            plot,
            rel,
            news,
            doer,
            spot,
            work,
            premise.work,
            premise.who == "F" or passive,
            premise.thing,
            denied,
            wish,
            premise.who == "K",
        )
    return _shape(Event(rel=rel, news=news, doer=doer, denied=denied), folded, found, want, content)


def _shape(event: Event, folded: Sequence[str], found: Sequence[Found], want: str, content: Content) -> Event:
    """What happens where no group of verbs tells it: somebody has an animal, is somewhere, or did what nobody understands."""
    doer, roles = event.doer, content.lists["notions"]
    if doer is None or want or not event.news:
        return event
    verb = folded[doer.end] if doer.end < len(folded) else ""
    other = next((one for one in found if one.start > doer.end and one.kind == "being" and not one.preposition), None)
    if set(roles["keep"].split()) & set(folded[doer.end : doer.end + 4]) and other and other.start <= doer.end + 4:
        return replace(event, key="keeps", plot="newfriend", rel="", doer=other, alone=True, owner=doer)
    after = next((one for one in found if one.start >= doer.end and one.preposition), None)
    there = folded[0] == "there" and doer.start == 2
    if there and after and after.start <= doer.end + 2:
        return replace(event, key="stays", plot="newfriend", alone=True, spot=_odd_place(after, content))
    if doer.kind in ("being", "thing", "") and verb in roles["stay"].split() and after and after.start <= doer.end + 2:
        return replace(event, key="stays", plot="newfriend", alone=True, spot=_odd_place(after, content))
    once = {"nicht", "not", "plötzlich", "suddenly", "heute", "today", "tonight", "didn’t", "didn't"} & set(folded)
    if doer.kind in ("being", "place", "thing") and once and event.rel:
        return replace(event, key="wonder", plot="why")
    return event


def _odd_place(after: Found, content: Content) -> Found | None:
    """Where somebody is who does not live there (in the bath); None for a place that a story may have as its own."""
    return None if after.kind == "place" and after.key in content.settings and "indoors" not in _tags(after, content) else after


def _tags(spot: Found, content: Content) -> list[str]:
    return content.settings[spot.key].tags.split() if spot.key in content.settings else []


def goal(found: Sequence[Found], span: tuple[int, int] | None, folded: Sequence[str], content: Content) -> Found | None:
    """Where somebody wants to be: the place inside of what is wanted, if it is wanted for itself and can be gone to."""
    if not span or not set(content.lists["verbs"]["travel"].split()) & set(folded[span[0] : span[1]]):
        return None
    inside = [one for one in found if span[0] <= one.start < span[1] and one.kind == "place"]
    return next((one for one in inside if "sky" not in _tags(one, content)), None)


def _left(one: Found) -> bool:
    """Whether it is where somebody is rescued from ("from the well", "vom Baum"), also if it could be somebody."""
    return one.preposition in ("aus", "von", "from", "off") and (one.kind in ("place", "thing", "") or one.key in ("Baum", "tree"))


def _has(signs: str, folded: Sequence[str]) -> bool:
    return any(any(word.startswith(sign[:-1]) for word in folded) if sign.endswith("*") else sign in folded for sign in signs.split())


def _holds(premise: Premise, folded: Sequence[str]) -> bool:
    if premise.first and not (folded and folded[0] in premise.verbs.split()):
        return False
    if not _has(premise.verbs, folded) or (premise.never and _has(premise.never, folded)):
        return False
    return not premise.also or _has(premise.also, folded)


def _subject(folded: Sequence[str], found: Sequence[Found], content: Content) -> Found | None:
    """Whom the prompt is told of: its first noun phrase, or the one after "a story about"."""
    about = content.lists["notions"]["about"].split()
    owners = {
        one.start
        for one, other in pairwise(found)
        if one.end == other.start and other.kind != "name" and one.kind in ("name", "being") and folded[one.end - 1].endswith("s")
    }
    for one in found:
        if one.start in owners:  # "Emma’s dog"
            continue
        if one.kind == "none" and one.start <= 2:
            continue
        if one.start <= 1 and one.preposition and one.preposition not in about:  # "in the garden a dinosaur hatches"
            continue
        if one.start <= 6 and (not one.preposition or one.preposition in about):
            for other in found:  # "our neighbour Mrs Potts"
                if other.start == one.end and other.kind in ("being", "name") and not other.determiner:
                    one = replace(one, end=other.end)
            return one
        return None
    return None


def _clauses(tokens: Sequence[str], folded: Sequence[str], doer: Found | None, found: Sequence[Found], content: Content) -> tuple[str, str]:
    language = content.language
    start = doer.end if doer else 0
    stop = next((n for n in range(start, len(tokens)) if tokens[n] in _STOPS), len(tokens))
    rest = list(tokens[start:stop])
    mark = tokens[stop] if stop < len(tokens) and tokens[stop] in "!?" else "."
    rel = news = ""
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
        elif rest and _finite(rest[0], language) and not doer.preposition and 1 < len(rest) <= _MOST:
            rel = _turned(rest, doer, content)
    first = 0 if doer and doer.start <= 1 else None
    if first is None and tokens and folded[0] in (*content.lists["verbs"]["where"].split(), "wer", "who", "im", "am", "there"):
        first = 0
    if first is not None and stop <= _MOST + 2 and _is_sentence(tokens, doer, stop, language):
        text = _joined([_YOURS.get(word.casefold(), word) for word in tokens[:stop]])
        news = text[0].upper() + text[1:] + mark
    return rel, news


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
        return doer.end < stop - 1 and _finite(tokens[doer.end], language)
    return any(_finite(tokens[n], language) for n in range(2, min(5, stop - 1)))


def _finite(word: str, language: str) -> bool:
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
        return "" if doer.many else ("who has no " if rest[0] == "without" else "who has ") + _joined(rest[1:])
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "")
    if own is None or own.kind == "being" or doer.many or own.end - doer.end != len(rest):
        return ""
    noun = own.noun
    determiner = "keinen" if rest[0] == "ohne" else "einen"
    return f"{pronoun} {german.phrase(determiner, (), noun, full=True)} hat"


def _sitting(rest: Sequence[str], doer: Found, language: str) -> str:
    """ "im Regen" → "das im Regen sitzt"."""
    if doer.many or len(rest) > 4:
        return ""
    if language == "en":
        return "who sits " + _joined(rest)
    pronoun = {"m": "der", "f": "die", "n": "das"}.get(doer.noun.gender, "der")
    return f"{pronoun} {_joined(rest)} sitzt"


def _turned(rest: Sequence[str], doer: Found, content: Content) -> str:
    """ "hat Schnupfen" → "der Schnupfen hat"; "" where the order of words would be uncertain."""
    if content.language == "en":
        return "who " + _joined(rest)
    kept = list(rest)
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
    return " ".join([pronoun, *kept, verb])


def _joined(tokens: Sequence[str]) -> str:
    return re.sub(r" ([,:;])", r"\1", " ".join(tokens)).replace("'", "’")


def _denied(folded: Sequence[str], want: str, span: tuple[int, int] | None, language: str) -> str:
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


def _wish(premise: Premise, found: Sequence[Found], language: str) -> str:
    """What somebody sets out to do with the thing that is named: "den ersten Zauberspruch sprechen"."""
    thing = next((one.noun for one in found if one.noun.word.casefold() in premise.verbs.split()), None)
    if thing is None:
        return ""
    if language == "de":
        return f"{german.phrase('den', (), thing, full=True)} {premise.want}"
    return f"{premise.want} {english.phrase('the', (), thing, full=True)}"


def _spot(prepositions: str, folded: Sequence[str], found: Sequence[Found], doer: Found | None) -> Found | None:
    if not prepositions:
        return None
    if prepositions == "obj":
        return next((one for one in found if one is not doer and one.kind == "place"), None)
    for one in found:
        able = one.kind in ("place", "thing", "") or one.key in ("Baum", "tree")
        if one is not doer and able and one.preposition in prepositions.split():
            return one
    return None


def _work(premise: Premise, folded: Sequence[str], found: Sequence[Found], doer: Found | None) -> Found | None:
    """What is made: the noun phrase nearest to the verb that no preposition goes before."""
    verbs = [n for n, word in enumerate(folded) if word in premise.verbs.split()]
    made = [one for one in found if (doer is None or one.start != doer.start) and not one.preposition and one.kind in ("thing", "place", "")]
    return min(made, key=lambda one: abs(one.start - verbs[0]), default=None) if verbs else None
