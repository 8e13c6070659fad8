"""Reads a free prompt or wish: who, where, with what, afraid of what, wants what.

It is careful rather than clever: what it does not understand it leaves alone, and a noun that no list knows is still
taken as what the story is about. Which words stand for what is content (`lists.toml`), how a noun phrase is built is
code (`phrases_de`, `phrases_en`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import english, phrases_de, phrases_en
from .content import Content
from .found import Found, words
from .premise import Event, event, goal
from .words import Noun


@dataclass(frozen=True)
class Notions:
    """What a prompt is about. want: an infinitive without "to" and "zu" ("learn to fly", "das Meer sehen")."""

    names: tuple[str, ...] = ()
    beings: tuple[Found, ...] = ()
    things: tuple[Found, ...] = ()
    place: Found | None = None
    fear: Found | None = None
    want: str = ""
    cannot: bool = False
    plots: tuple[str, ...] = ()
    tone: str = ""
    words: frozenset[str] = field(default_factory=frozenset)
    event: Event = field(default_factory=Event)

    @property
    def empty(self) -> bool:
        """Whether nothing at all was understood."""
        return not (self.names or self.beings or self.things or self.place or self.fear or self.want or self.plots)


def read(text: str, content: Content) -> Notions:
    """The notions of a prompt in the content's language."""
    text = re.sub(r"\s+", " ", text).strip()[:1000]
    language = phrases_de if content.language == "de" else phrases_en
    tokens = re.findall(r"[^\W_]+(?:[-’'][^\W_]+)*|[.,!?;:]", language.opened(text, content))
    found = language.chunk(tokens, content)
    want, cannot, span = language.want(tokens, content)
    folded = [token.casefold() for token in tokens]
    plots = _plots(folded, content)
    fear = _fear(folded, found, content)
    if fear is None and (dreaded := _dreaded(folded, found, content)):
        fear, want, cannot, span = dreaded, "", False, None
    what = event(tokens, found, want, span, content)
    if want and not what.denied and not what.spot and (place := goal(found, span, folded, content)):
        what = replace(what, key="goes", plot="travel", spot=place)
    found = [_placed(one, what, content) for one in found]
    found = [_alive(one, folded, language, bool(want or fear), span, fear, content) for one in found]
    want = want or what.want
    if not (want or fear or plots or what.plot):  # nothing else is told of the storm: it will be what somebody is afraid of
        fear = next((one for one in found if one.kind == "force" and not one.preposition), None)
    roles = content.lists["verbs"]
    inside = [one for one in found if span and span[0] <= one.start < span[1]]
    verb = _first_verb(folded, span, roles)
    target = next((one for one in found if what.topic and what.doer and one.start == what.doer.start), None) or _object(folded, found, roles, span)
    if want and (verb in ("find", "see", "win", "build") or _starts(want, roles, ("find", "see"))):
        target = target or next(iter(inside), None)
    beings, things, places = _sorted_by_part(found, folded, fear, target, language, roles, what)
    becoming = set(roles["become"].split())
    if span and becoming & set(folded[span[0] : span[1]]) and what.plot != "newfriend":
        beings = [one for one in beings if not span[0] <= one.end - 1 < span[1]]
    if span:  # what is wanted is told by the want itself
        things = [one for one in things if one is target or not span[0] <= one.end - 1 < span[1]]
        places = [one for one in places if not span[0] <= one.end - 1 < span[1]]
    target = next((one for one in things if target and one.start == target.start), None)
    if target and target in things:
        things.remove(target)
        things.insert(0, target)
    names = tuple(dict.fromkeys(one.name for one in found if one.kind == "name" and one.name))
    places.sort(key=lambda one: (one.kind != "place" or not one.noun.known, not one.preposition))
    return Notions(
        names=names,
        beings=_unique(beings),
        things=_unique([one for one in things if one.kind != "force"]),
        place=places[0] if places else None,
        fear=fear,
        want=want,
        cannot=cannot,
        plots=_with_matters(
            plots, content, fear, want, cannot=cannot, what=what, being=_told_of_somebody(what, beings, names), pair=len(beings) == 2 and not things
        ),
        tone=match(text, content.lists["tones"]),
        words=frozenset(folded),
        event=what,
    )


def _sorted_by_part(
    found: list[Found], folded: list[str], fear: Found | None, target: Found | None, language: Any, roles: dict[str, str], what: Event
) -> tuple[list[Found], list[Found], list[Found]]:
    """Who may act, what it is about, and where: beings, things, places."""
    beings: list[Found] = []
    things: list[Found] = []
    places: list[Found] = []
    joined = {one.start for one in found if one.start > 1 and folded[one.start - 1] in roles["and"].split()}
    for one in found:
        one = replace(one, together=True) if one.start in joined else one
        if (fear and one.start == fear.start) or one.kind in ("none", "name"):
            continue
        if one.kind == "being":
            beings.append(one)
        elif what.work and one.start == what.work.start:
            things.append(one)
        elif (
            one.kind == "place"
            and not one.preposition
            and one.start <= 2
            and one.determiner not in ("den", "dem")
            and what.rel
            and language.acts(one, folded)
        ):
            beings.append(replace(one, kind="being", key=""))
        elif one.kind == "place" and target is not None and one.start == target.start and not one.preposition:  # somebody builds a treehouse
            things.append(replace(one, kind="thing", key=""))
        elif one.kind == "place" or (not one.noun.known and one.preposition in roles["where"].split()):
            places.append(one)
        elif (
            target is not one and what.work is not one and what.plot != "origin" and one.noun.word.casefold() in roles["fixed"].split()
        ):  # nobody carries a shed about
            places.append(replace(one, preposition=one.preposition or "in"))
        elif one.kind == "thing" or one.kind == "force":
            things.append(one)
        elif one is not target and language.acts(one, folded):
            beings.append(one)
        else:
            things.append(one)
    return beings, things, places


def match(text: str | None, table: dict[str, str]) -> str:
    """The key of the first entry whose words (beginnings of words) stand in `text`; "" if none does."""
    if not text:
        return ""
    said = re.findall(r"[^\W_]+", text.casefold())
    for key, signs in table.items():
        if any(_sign(sign, said) for sign in signs.split()):
            return key
    return ""


def _sign(sign: str, words: Sequence[str]) -> bool:
    sign = sign.casefold()
    return any(word.startswith(sign[:-1]) for word in words) if sign.endswith("*") else sign in words


def _fear(folded: Sequence[str], found: Sequence[Found], content: Content) -> Found | None:
    signs = content.lists["verbs"]["fear"].split()
    if not any(_sign(sign, folded) for sign in signs):
        return None
    before = content.lists["verbs"]["of"].split()
    for one in found:
        if one.preposition in before and one.start > 0:
            noun = one.noun
            if one.many and noun.number == "sg":
                noun = replace(noun, word=noun.plural or english.plural(noun.word), number="pl")
            return replace(one, noun=noun, kind="force")
    for key, word in content.lists.get("fearwords", {}).items():
        if key in folded:
            entry = content.nouns[word.casefold()]
            return Found(entry.noun, "force", word.casefold(), folded.index(key), folded.index(key))
    return next((one for one in found if one.kind == "force"), None)


def _dreaded(folded: Sequence[str], found: Sequence[Found], content: Content) -> Found | None:
    """Before what somebody stops short: "does not dare to go into the big hole"."""
    at = next((n for n, word in enumerate(folded) if word in content.lists["notions"]["dare"].split()), -1)
    if at < 0 or not set(content.lists["notions"]["dared_not"].split()) & set(folded):
        return None
    later = [one for one in found if one.start > at and one.kind in ("thing", "place", "force", "being", "") and not one.noun.proper]
    return replace(later[-1], kind="force") if later else None


def _first_verb(folded: Sequence[str], span: tuple[int, int] | None, roles: dict[str, str]) -> str:
    if span:
        for word in folded[span[0] : span[1]]:
            for key in ("find", "see", "win", "build"):
                if word in roles[key].split():
                    return key
    return ""


def _starts(want: str, roles: dict[str, str], keys: Sequence[str]) -> bool:
    return any(word in roles[key].split() for word in want.casefold().split() for key in keys)


def _object(folded: Sequence[str], found: Sequence[Found], roles: dict[str, str], span: tuple[int, int] | None) -> Found | None:
    """What is found, sought, lost, stolen, saved, built or met: the noun phrase that belongs to such a verb."""
    keys = ("find", "seek", "lose", "steal", "rescue", "build")
    verbs = {word for key in keys for word in roles[key].split()}
    for at, word in enumerate(folded):
        if word not in verbs:
            continue
        after = [one for one in found if one.start > at and not one.preposition and one.kind not in ("none", "name")]
        stop = next((n for n in range(at, len(folded)) if folded[n] in ".,;!?"), len(folded))
        after = [one for one in after if one.start < stop]
        if after:
            return after[0]
        start = max((n for n in range(at) if folded[n] in ".,;!?"), default=-1)
        before = [one for one in found if start < one.start < at and not one.preposition and one.kind != "none"]
        if before and (start >= 0 or len(before) > 1):
            return before[-1]
    return None


def _alive(
    one: Found, folded: Sequence[str], language: Any, matters: bool, span: tuple[int, int] | None, fear: Found | None, content: Content
) -> Found:
    """A thing that the prompt opens with and that wants or fears something is somebody ("an umbrella afraid of rain")."""
    opens = one.start <= 3 and one.preposition in ("", "of") and (not span or one.end <= span[0]) and (fear is None or one.start != fear.start)
    if opens and one.kind == "thing" and matters:
        return replace(one, kind="being", key="", noun=single_one(one.noun, content), many=False)
    if (
        opens
        and one.kind == "force"
        and not matters
        and one.noun.word.casefold() not in content.lists["notions"]["no_one"].split()
        and language.acts(one, folded)
    ):
        return replace(one, kind="being", key="")
    return one


def _plots(folded: Sequence[str], content: Content) -> list[str]:
    return [key for key, plot in content.plots.items() if any(_sign(sign, folded) for sign in plot.signs.split())]


def _placed(one: Found, what: Event, content: Content) -> Found:
    """Somebody who got stuck is somebody, whatever it is; where it happens is told by the event."""
    if what.topic and what.doer and one.start == what.doer.start:
        return replace(one, kind="thing", key="", preposition="", noun=replace(one.noun, proper=False), many=False)
    if what.alone and what.doer and one.start == what.doer.start and one.kind in ("thing", "place", "force", ""):
        return replace(one, kind="being", key="", preposition="", noun=single_one(one.noun, content), many=False)
    if what.key == "rescues" and what.doer and one.start > what.doer.start and one.kind in ("thing", "") and not one.preposition:
        return replace(one, kind="being", key="", noun=single_one(one.noun, content), many=False)
    if what.plot == "quarrel" and one.kind == "being" and one.preposition in content.lists["notions"]["over"].split():
        return replace(one, kind="thing", key="", preposition="")
    if what.plot == "origin" and what.doer and one.start > what.doer.start and one.kind in ("force", "place", ""):
        return replace(one, kind="thing", key="", preposition="")
    if what.plot == "changed" and what.doer and one.kind == "being" and one.start > what.doer.end + 1:
        return replace(one, kind="none")  # "wakes up as a cat": there is no cat
    if what.spot and one.start == what.spot.start:
        return replace(one, kind="none")
    return one


def single_one(noun: Noun, content: Content) -> Noun:
    """One who can speak: of clouds one cloud, of shoes a pair of shoes."""
    if noun.number != "pl":
        return noun
    if noun.word.casefold() in content.lists["notions"]["pairs"].casefold().split():
        return Noun(f"{content.lists['notions']['pair']} {noun.word}", gender="n", adjectives=noun.adjectives)
    entry = content.nouns.get(noun.word.casefold())
    if entry and entry.noun.number != "pl":
        return replace(entry.noun, adjectives=noun.adjectives)
    return noun


def _told_of_somebody(what: Event, beings: Sequence[Found], names: Sequence[str]) -> bool:
    doer = what.doer
    return doer is not None and (any(one.start == doer.start for one in beings) or doer.name in names)


#: Plots that tell all that a prompt says, so that no other one is tried after them.
_WHOLE = words("way unwilling wish travel changed ails last door origin standstill letter map guest")


def _with_matters(
    found: Sequence[str], content: Content, fear: Found | None, want: str, *, cannot: bool, what: Event, being: bool, pair: bool
) -> tuple[str, ...]:
    """The plots that tell what the prompt says, the best first."""
    plots = ["fear"] if fear else []
    roles = content.lists["verbs"]
    if what.denied:
        asleep = "bedtime" in found and set(content.lists["notions"]["asleep"].split()) & set(want.casefold().split())
        plots.append("bedtime" if asleep else "unwilling")
    elif want and what.plot in ("", "travel"):
        skilled = cannot or bool(set(want.casefold().split()) & set((roles["skill"] + " " + roles["physical"]).split()))
        plots.append(what.plot or ("learn" if skilled else "wish"))
    elif what.plot:
        plots.append(what.plot)
    if what.rel and being and not (fear or want or what.plot):
        plots.append("way")
    if pair and not (plots or found or want):  # two of whom nothing else is said find each other
        plots.append("newfriend")
    if want and "wish" not in plots and not what.plot:
        plots.append("learn")
    plots = [name for name in plots if name in content.plots]
    more = () if set(plots) & _WHOLE else found
    return tuple(dict.fromkeys([*plots, *more]))


def _unique(found: Sequence[Found]) -> tuple[Found, ...]:
    kept: dict[str, Found] = {}
    for one in found:
        kept.setdefault(one.noun.word.casefold() + one.name, one)
    return tuple(kept.values())


def noun_of(text: str, content: Content) -> Found | None:
    """One noun phrase that somebody wrote into a field ("a brave hedgehog", "Spinnen"); None if it holds none."""
    single = phrases_de.single if content.language == "de" else phrases_en.single
    return single(text.strip(" .!?"), content)


def bare(noun: Noun) -> bool:
    """Whether the noun stands without an article where it is spoken of in general."""
    return noun.number == "pl" or noun.bare or noun.proper
