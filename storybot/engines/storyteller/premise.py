"""What happens in a prompt: who does what, told in the prompt's own words, and which plot tells such a thing.

Which verbs stand for what is content (`premises.toml`); how a clause is built is code (`clauses`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from . import english, german
from .clauses import clauses, is_question, refused, said
from .content import Content, Premise
from .found import Found, words

_AT = words("in on under behind inside auf unter hinter")
_PASSIVE = words("wird wurde werden rescued saved")
_OWN = words("sein seine seinen ihr ihre ihren her his its their")
_RELATIVE = ("der ", "die ", "das ", "who is", "who was", "that ", "which ")


@dataclass(frozen=True)
class Event:
    """What a prompt says happens.

    key: of the premise, "" if none is known; plot: that tells it. rel: a relative clause about `doer` in the prompt's
    own words; news: a whole sentence with its mark. doer: who or what it is told of; spot: where; work: what is made and
    verb: how ("bauen"). alone: who it is told of is not the hero but somebody whom the hero comes upon. lost: the doer is
    sought. topic: the doer is what the story is about (T), and nobody who acts.
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
    topic: bool = False


def event(tokens: Sequence[str], found: Sequence[Found], want: str, span: tuple[int, int] | None, content: Content) -> Event:
    """What the prompt says happens; an empty event if it only names somebody or something."""
    folded = [token.casefold() for token in tokens]
    doer = _subject(folded, found, content)
    rel, news = clauses(tokens, folded, doer, found, content)
    plain = Event(rel=rel, news=news, doer=doer, denied=refused(folded, want, span, content.language))
    for key, premise in content.premises.items():
        if not _holds(premise, folded) or (parts := _parts(premise, folded, found, doer, content)) is None:
            continue
        spot, topic, work = parts
        if topic and topic is not doer:
            rel = clauses(tokens, folded, replace(topic, preposition=""), found, content)[0]
        told = replace(plain, key=key, plot=premise.plot, doer=topic or doer, spot=spot, work=work, topic=topic is not None)
        told = replace(told, rel=_clause(premise, told, rel, content.language), alone=premise.who == "F", culprit=premise.who == "K")
        told = replace(told, verb=premise.work, lost=premise.thing, want=_wish(premise, found, content.language) if premise.want else "")
        return _turned(told, folded, found)
    return _shape(plain, folded, found, want, content)


def _parts(
    premise: Premise, folded: Sequence[str], found: Sequence[Found], doer: Found | None, content: Content
) -> tuple[Found | None, Found | None, Found | None] | None:
    """Spot, topic and work of a prompt that the premise tells of; None if it lacks what the premise cannot do without."""
    spot = _spot(premise.spot, folded, found, doer, anybody=premise.plot == "letter")
    if premise.spot and spot is None:
        return None
    if premise.plot == "travel" and spot and "sky" in _tags(spot, content):
        return None  # nobody walks to the moon: that is a wish
    topic = _topic(premise, found, doer) if premise.topic else None
    if premise.topic and topic is None:
        return None
    kinds = ("thing", "", "force", "place") if premise.plot == "origin" else ("thing", "")  # also how a dragon got its fire
    if premise.object and not any(one.kind in kinds and one is not (topic or doer) for one in found):
        return None
    work = _work(premise, folded, found, topic or doer) if premise.work else None
    if premise.work and work is None:
        return None
    return spot or _near(premise.near, found, doer), topic, work


def _clause(premise: Premise, told: Event, rel: str, language: str) -> str:
    """The relative clause that a story can tell: of whoever is met, of a topic ("that never opens"), or what is said."""
    if told.topic and rel.startswith("who "):
        rel = "that " + rel.removeprefix("who ")
    if premise.who == "F" and not told.news and not rel.startswith(_RELATIVE):
        rel = ""  # "trapped in a piano" is no clause
    if premise.says and not rel and told.doer and told.doer.kind == "being":
        return said(premise.says, told.doer, language)
    return rel


def _turned(told: Event, folded: Sequence[str], found: Sequence[Found]) -> Event:
    """The event with the plot that fits who or what it is told of: something lost, or somebody stuck in a well."""
    doer = told.doer
    out = next((one for one in found if told.key == "rescues" and _left(one)), None)
    if told.key == "rescues":
        told = replace(told, alone=told.alone or bool(_PASSIVE & set(folded)))
    if out:  # "rescues the mouse from the well"
        return replace(told, plot="stuck", spot=replace(out, kind="thing", key="", preposition="auf" if out.preposition == "von" else "in"))
    astray = told.plot == "home" and told.key != "way-home" and doer and doer.kind in ("thing", "")
    own = told.key == "seeks" and any(one.determiner in _OWN and one.kind in ("thing", "") for one in found)
    missed = told.lost and doer and doer.kind != "being"
    return replace(told, plot="lost") if astray or own or missed else told


def _shape(event: Event, folded: Sequence[str], found: Sequence[Found], want: str, content: Content) -> Event:
    """What happens where no group of verbs tells it: somebody has an animal, is somewhere, or did what nobody understands."""
    doer, roles = event.doer, content.lists["notions"]
    if doer and not want and (odd := _odd_spot(doer, folded, found)):
        return replace(event, key="stays", plot="guest", alone=True, spot=odd)
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


def _odd_spot(doer: Found, folded: Sequence[str], found: Sequence[Found]) -> Found | None:
    """Where somebody turns up who does not belong there, if that is all that is told ("a hippo in the bathtub")."""
    after = next((one for one in found if one.start >= doer.end), None)
    near = doer.kind == "being" and after and after.start <= doer.end + 1 and after.preposition in _AT
    return after if after and near and after.kind in ("thing", "") and after.end >= len(folded) - 1 else None


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
    known = signs.casefold().split()  # as the words are: "groß" is "gross"
    return any(any(word.startswith(sign[:-1]) for word in folded) if sign.endswith("*") else sign in folded for sign in known)


def _holds(premise: Premise, folded: Sequence[str]) -> bool:
    if premise.first and not (folded and folded[0] in premise.verbs.split()):
        return False
    if not _has(premise.verbs, folded) or (premise.never and _has(premise.never, folded)):
        return False
    return not premise.also or _has(premise.also, folded)


def _subject(folded: Sequence[str], found: Sequence[Found], content: Content) -> Found | None:
    """Whom the prompt is told of: its first noun phrase, or the one after "a story about"."""
    about = content.lists["notions"]["about"].split()
    asked = is_question(folded)  # "why do zebras have stripes": nobody owns anything there
    owners = {
        one.start
        for one, other in pairwise(found)
        if not asked and one.end == other.start and other.kind != "name" and one.kind in ("name", "being") and folded[one.end - 1].endswith("s")
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


def _topic(premise: Premise, found: Sequence[Found], doer: Found | None) -> Found | None:
    """What the story is about: whoever it is told of, or the noun that the premise itself names ("a secret door")."""
    named = {*premise.verbs.split(), *premise.also.split()}
    for one in found:
        word = one.noun.word.casefold()
        if word in named or word.split(" ")[-1] in named or (one.key and one.key.casefold() in named):
            return one  # also of "a treasure map"
    return doer if premise.topic == "doer" and doer and doer.kind not in ("none", "name") else None


def _wish(premise: Premise, found: Sequence[Found], language: str) -> str:
    """What somebody sets out to do with the thing that is named: "den ersten Zauberspruch sprechen"."""
    thing = next((one.noun for one in found if one.noun.word.casefold() in premise.verbs.split()), None)
    if thing is None:
        return ""
    if language == "de":
        return f"{german.phrase('den', (), thing, full=True)} {premise.want}"
    return f"{premise.want} {english.phrase('the', (), thing, full=True)}"


def _spot(prepositions: str, folded: Sequence[str], found: Sequence[Found], doer: Found | None, *, anybody: bool = False) -> Found | None:
    if not prepositions:
        return None
    if prepositions == "obj":
        return next((one for one in found if one is not doer and one.kind == "place"), None)
    for one in found:
        able = one.kind in ("place", "thing", "") or one.key in ("Baum", "tree") or (anybody and bool(one.determiner))
        if one is not doer and able and one.preposition in prepositions.split():
            return one
    return None


def _near(prepositions: str, found: Sequence[Found], doer: Found | None) -> Found | None:
    """In what something is found ("in a library book"), if the prompt says so."""
    inside = (one for one in found if one.preposition and one.preposition in prepositions.split() and one.kind in ("thing", ""))
    return next((one for one in inside if one is not doer), None)


def _work(premise: Premise, folded: Sequence[str], found: Sequence[Found], doer: Found | None) -> Found | None:
    """What is made: the noun phrase nearest to the verb that no preposition goes before."""
    verbs = [n for n, word in enumerate(folded) if word in premise.verbs.split()]
    made = [one for one in found if (doer is None or one.start != doer.start) and not one.preposition and one.kind in ("thing", "place", "")]
    return min(made, key=lambda one: abs(one.start - verbs[0]), default=None) if verbs else None
