"""Who and what a story is cast with, and what follows from where it is told and from what happens in the prompt."""

from dataclasses import dataclass, field, replace

from storybot.brief import Brief

from .content import Content, place_words
from .director import Director
from .found import Found
from .prompt import Notions, noun_of, read
from .recall import Recall
from .words import Cast, Figure


@dataclass
class Casting:
    """The cast, the flags that follow from it, and the words that the prompt wants to see in the story."""

    cast: Cast
    flags: set[str] = field(default_factory=set)
    notions: list[str] = field(default_factory=list)
    extra: list[Found] = field(default_factory=list)
    preset: set[str] = field(default_factory=set)

    def copy(self) -> "Casting":
        """The same once more, for a try that may add to it."""
        return Casting(dict(self.cast), set(self.flags), list(self.notions), list(self.extra), set(self.preset))


def world_of(brief: Brief, notions: Notions, recall: Recall | None, content: Content) -> str:
    """The special place (space, the sea floor, the clouds) where a story is asked to be told; "" for any other."""
    place = notions.place or (recall.place if recall else None)
    if brief.place:
        place = read(brief.place, content).place or noun_of(brief.place, content)
    if place is None:
        high = {one.noun.word for one in notions.beings} & set(content.lists["wet"]["sky"].split())
        return str(content.lists["wet"]["above"]) if high and not notions.event.alone else ""
    for key in content.lists["worlds"]:
        for preposition, noun in place_words(content.settings[key]):
            same = noun.word.casefold() == place.noun.word.casefold()
            if same and (place.key == key or place.preposition == preposition):
                return str(key)
    return ""


def happening(notions: Notions, director: Director, made: Casting) -> None:
    """What happens in the prompt: E a relative clause, J a sentence, N where, G what is made and V how, D what is refused."""
    what = notions.event
    if what.rel and what.doer and any(one.start == what.doer.start for one in notions.things):
        made.flags.add("thingy")
    here = [role for role in (made.cast["H"], made.cast["F"]) if isinstance(role, Figure)]
    named = [role for role in here if what.doer and (what.doer.noun.word == role.kind.word or what.doer.name == role.name)]
    own = bool(named)
    if what.plot == "newfriend" and named == [made.cast["F"]]:  # of whom the hero hears before they meet
        here, own = [], False
    told = {
        "E": what.rel if named or "thingy" in made.flags else "",
        "J": "" if own or any(role.name in what.news for role in here) else what.news,
        "D": what.denied,
        "V": what.verb if what.work else "",
    }
    for role, text in told.items():
        if text:
            made.cast[role] = text
            made.flags.add(role)
    if what.spot:
        made.cast["N"] = director.spot(what.spot) if what.plot == "stuck" else director.place(what.spot, None)
        made.flags.add("N")
        made.notions.append(what.spot.noun.word)
    if what.work:
        made.cast["G"] = replace(what.work.noun, bare=False) if what.work.noun.number == "sg" else what.work.noun
        made.flags.add("G")
        made.preset.add("G")


def solid(things: list[Found]) -> list[Found]:
    """Things that can be found or lost: of a letter in a bottle only the letter."""
    kept: list[Found] = []
    for one in things:
        inside = kept and one.preposition == "in" and one.start - kept[-1].end <= 1
        if not inside:
            kept.append(one)
    return kept
