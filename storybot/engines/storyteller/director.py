"""Finds players, places and things for one story in the content of its language."""

import random
import re
from collections.abc import Iterable
from dataclasses import replace

from storybot.brief import Brief, Companion, Hero

from . import german
from .content import MANNERS, SCENERY, Content, Setting, entries, place_words
from .found import Found
from .phrases_de import lookup as lookup_de
from .prompt import noun_of
from .words import Figure, Noun, Place

_PRONOUNS = {
    "de": {"she": "sie", "her": "sie", "sie": "sie", "he": "er", "him": "er", "er": "er"},
    "en": {"she": "she", "her": "she", "sie": "she", "he": "he", "him": "he", "er": "he", "they": "they", "them": "they"},
}
_LETTER = {"sie": "f", "she": "f", "er": "m", "he": "m"}


class Director:
    """Finds players for one story. `taken` holds names and kinds that are already in it."""

    def __init__(self, content: Content, rng: random.Random) -> None:
        self.content = content
        self.rng = rng
        self.taken: set[str] = set()
        self.settle: Found | None = None  # where the hero may well live
        self.pair = False  # two people of whom nothing is known but that they belong together
        self.world = ""  # a place where not everybody is at home
        self.she, self.he = ("sie", "er") if content.language == "de" else ("she", "he")

    def pick(self, options: list[str]) -> str:
        """One of the options that the story does not have yet."""
        fresh = [option for option in options if option not in self.taken] or options
        chosen = fresh[self.rng.randrange(len(fresh))]
        self.taken.add(chosen)
        return chosen

    def name(self, pronoun: str, *, person: bool) -> str:
        """A name that nobody in the story has."""
        table = self.content.lists["names" if person else "creatures"]
        return self.pick(table[_LETTER.get(pronoun) or self.rng.choice("fm")].split())

    def being(self, wanted: str) -> tuple[str, Noun]:
        """A kind of being with all of the tags in `wanted` ("small animal"; "!big" = not), new to the story."""
        tags = wanted.split()

        def fits(own: list[str]) -> bool:
            return all((tag[1:] not in own) if tag.startswith("!") else (tag in own) for tag in tags)

        fitting = [key for key, being in self.content.beings.items() if fits(being.tags.split())]
        if self.world:  # who lives there, rather of another size than from elsewhere
            local = [key for key in self.content.lists["worlds"][self.world].split() if key in self.content.beings]
            fitting = [key for key in local if key in fitting] or local
        key = self.pick(fitting)
        return key, self.content.nouns[key.casefold()].noun

    def figure(self, found: Found | None, *, name: str = "", pronoun: str = "", wanted: str = "friend") -> Figure:
        """Someone of the kind that was found in a text, or of a fitting new one."""
        if found is None:
            key, noun = self.being(wanted)
        else:
            key, noun = found.key, found.noun
            name = name or found.name
            self.taken |= {key, noun.word}
            if noun.word in self.content.lists["notions"]["persons"].split():  # "her best friend" is somebody with a name
                pronoun = pronoun or {"f": self.she, "m": self.he}.get(noun.gender, "")
                return self.person(name or self.name(pronoun, person=True), pronoun, adult=False)
            if self._elder(found) and not name:  # what a family calls somebody is the name
                named = noun.word[0].upper() + noun.word[1:]
                return replace(self.figure(replace(found, determiner="a"), name=named, pronoun=pronoun), by_name=True)
        being = self.content.beings.get(key)
        tags = frozenset(being.tags.split()) if being else frozenset(("being",))
        pronoun = pronoun or (self.pronoun_of(name) if name else "") or self._by_kind(noun, tags)
        return Figure(name or self.name(pronoun, person="human" in tags), noun, pronoun, False, self.manner(key), tags)

    def _elder(self, found: Found) -> bool:
        """Whether it is a grown-up of somebody's family, not of a fairy tale ("Grandpa", "ihr Opa", but not "ein Opa")."""
        lists = self.content.lists["notions"]
        owned = not found.determiner or found.determiner in lists["own"].split()
        return owned and not found.many and found.noun.word.casefold() in lists["elders"].split()

    def _by_kind(self, noun: Noun, tags: frozenset[str]) -> str:
        if self.content.language == "de" and noun.gender in "mf":
            return {"m": "er", "f": "sie"}[noun.gender]
        if "she" in tags or "he" in tags:
            return self.she if "she" in tags else self.he
        return self.rng.choice((self.she, self.he))

    def pronoun_of(self, name: str) -> str:
        """The pronoun that goes with a well-known first name; "" if the name does not tell."""
        lists = self.content.lists
        for letter, word in (("f", self.she), ("m", self.he)):
            if name in lists["names"][letter].split() or name in lists["creatures"][letter].split():
                return word
        return ""

    def manner(self, key: str) -> dict[str, tuple[str, ...]]:
        """How a kind of being speaks and moves; what its entry leaves out comes from its tags' defaults."""
        being = self.content.beings.get(key)
        defaults = self.content.lists["manner"]
        group = next((tag for tag in (being.tags.split() if being else ()) if tag in defaults), "default")
        found: dict[str, tuple[str, ...]] = {}
        for word in MANNERS:
            own = entries(getattr(being, word)) if being else ()
            found[word] = own or entries(defaults[group].get(word, "")) or entries(defaults["default"][word])
            if word in ("say", "does"):  # a voice of one's own, but not at every word
                found[word] = tuple(dict.fromkeys(found[word] + entries(defaults["default"][word])))
        return found

    def hero(self, hero: Hero, brief: Brief) -> Figure:
        """The kept hero: a child, or a grown-up where the age says so."""
        name = called(hero.name)
        said = re.split(r"\W", (hero.pronouns or "").strip().casefold())[0]
        pronoun = _PRONOUNS[self.content.language].get(said, "")
        adult = hero.age >= 18 if hero.age is not None else brief.age_band == "adult"
        if said and not pronoun:  # pronouns that these stories cannot decline: the name stands for them
            return replace(self.person(name, "", adult=adult), pronoun="name")
        return self.person(name, pronoun or self.pronoun_of(name.split(" ")[0]), adult=adult)

    def person(self, name: str, pronoun: str, *, adult: bool) -> Figure:
        """Someone human of whom the story speaks by name."""
        lists = self.content.lists
        pronoun = pronoun or self.pronoun_of(name) or ("they" if self.content.language == "en" else "name")
        self.taken.add(name)
        word = str(lists["grown" if adult else "child"][_LETTER.get(pronoun, "n")])
        kind = self.content.nouns[word.casefold()].noun
        self.taken.add(kind.word)
        tags = frozenset(("human", "adult" if adult else "child"))
        return Figure(name, kind, pronoun, True, self.manner(word), tags)

    def companion(self, companion: Companion) -> Figure:
        """A companion of the brief; the kind may be missing or in the reader's own words."""
        found = noun_of(companion.kind, self.content) if companion.kind else None
        if found is None:
            return self.person(companion.name, "", adult=False)
        return self.figure(found, name=companion.name)

    def spot(self, found: Found) -> Place:
        """Where something happens, by the prompt's own preposition: who fell into the pond is in it, not by it."""
        phrases = _phrases_de if self.content.language == "de" else _phrases_en
        place = self.place(found, None)
        return replace(place, phrases=phrases(replace(found, preposition=_REST.get(found.preposition, found.preposition)), self.content, exact=True))

    def place(self, found: Found | None, text: str | None, who: Iterable[str] = (), away: Found | None = None) -> Place:
        """The place of a prompt or of the brief's own field, else a fitting one for beings of the kinds `who` (keys).

        away: where the story goes to, so that it does not begin there.
        """
        settings = self.content.settings
        if text and found is None:
            return Place(Noun(text, proper=True), {"in": text, "to": text, "from": text}, self._scenery("anywhere"), frozenset(("outdoors",)))
        if found is None:
            key = self.pick([key for key in self._homes(set(who)) if away is None or key != away.key])
            preposition, noun = place_words(settings[key])[0]
            found = Found(noun, "place", key, preposition=preposition)
        key = found.key if found.key in settings else "anywhere"
        for other, setting in settings.items():  # "under the sea" is somewhere else than "by the sea"
            if found.preposition != "in" and (found.preposition, found.noun.word) in [(p, n.word) for p, n in place_words(setting)]:
                key = other
        phrases = _phrases_de(found, self.content) if self.content.language == "de" else _phrases_en(found, self.content)
        if self.content.language == "en" and found.noun.word in self.content.lists["notions"]["nowhere_the"].split():
            found = replace(found, noun=replace(found.noun, proper=True))
        return Place(found.noun, phrases, self._scenery(key), frozenset((*settings[key].tags.split(), key)))

    def _homes(self, who: set[str]) -> list[str]:
        """The settings where all of these may live: a horse not under water, a whale not in a castle."""
        worlds: dict[str, set[str]] = {name: set(keys.split()) for name, keys in self.content.lists["worlds"].items()}
        if who & set(worlds):
            return sorted(who & set(worlds))
        swimmers = set(self.content.lists["wet"]["beings"].split())
        if who & swimmers:
            return str(self.content.lists["wet"]["places"]).split()
        if who == {""}:  # people of whom nothing else is said live where people live
            return str(self.content.lists["wet"]["everyday"]).split()
        own = [name for name, keys in worlds.items() if who and who <= keys]
        return str(self.content.lists["wet"]["everyday"]).split() + own

    def _scenery(self, key: str) -> dict[str, tuple[str, ...]]:
        """What there is to see, hear and find; out of doors also what there is anywhere."""
        setting, common = self.content.settings[key], self.content.settings["anywhere"]
        more = "outdoors" in setting.tags.split() and setting is not common

        def lines(place: Setting, what: str) -> tuple[str, ...]:
            return tuple(getattr(place, what))

        own = {what: lines(setting, what) for what in SCENERY}
        if more:
            own |= {what: own[what] + lines(common, what) for what in ("sight", "sound", "smell")}
        return own

    def thing(self) -> Noun:
        """Something worth a story."""
        return self.noun(self.pick(list(self.content.lists["things"])))

    def noun(self, text: str) -> Noun:
        """A noun that content names, with adjectives before it ("silbern Knopf", "silver button")."""
        words = text.split(" ")
        for start in range(len(words)):
            entry = self.content.nouns.get(" ".join(words[start:]).casefold())
            if entry is None and self.content.language == "de" and start == len(words) - 1:
                entry = lookup_de(words[start], self.content)
            if entry:
                return replace(entry.noun, adjectives=tuple(words[:start]))
        raise LookupError(f"{text!r} stands in no word list")


def called(name: str) -> str:
    """What a story calls somebody throughout: a name of three words and more is said in full only once."""
    words = name.split()
    return words[0] if len(words) > 2 else " ".join(words)


#: Where somebody is who fell "into" something.
_REST = {"into": "in", "onto": "on"}


def _phrases_de(found: Found, content: Content, *, exact: bool = False) -> dict[str, str]:
    noun = found.noun
    entry = content.nouns.get(noun.word.casefold())
    usual = (entry.preposition if entry and entry.preposition else "") or found.preposition or "in"
    preposition = found.preposition if found.preposition in ("in", "auf", "an", "unter", "hinter", "bei") else usual
    if preposition == "in" and usual != "in" and not exact:
        preposition = usual
    if noun.proper:
        if noun.word in content.lists["notions"]["islands"].split():
            return {"in": f"auf {noun.word}", "to": f"nach {noun.word}", "from": f"von {noun.word}"}
        return {"in": f"in {noun.word}", "to": f"nach {noun.word}", "from": f"aus {noun.word}"}
    if noun.bare and not noun.known:
        noun = replace(noun, bare=False)
    away = {"in": "aus", "unter": "aus"}.get(preposition, "von")
    to = german.contract("zu", noun, "dat") if preposition == "bei" else german.contract(preposition, noun, "acc")
    return {"in": german.contract(preposition, noun, "dat"), "to": to, "from": german.contract(away, noun, "dat")}


def _phrases_en(found: Found, content: Content, *, exact: bool = False) -> dict[str, str]:
    noun = found.noun
    entry = content.nouns.get(noun.word.casefold())
    usual = entry.preposition if entry and entry.preposition else "in"
    fitting = ("in", "on", "at", "under", "inside", "aboard", "beneath", "above", "behind", "near", "by", "underneath")
    preposition = found.preposition if found.preposition in fitting else usual
    name = (
        noun.word if noun.proper or noun.word in content.lists["notions"]["nowhere_the"].split() else " ".join(["the", *noun.adjectives, noun.word])
    )
    if found.determiner in ("his", "her", "their", "my", "our"):
        name = name.replace("the ", "their " if found.determiner in ("my", "our") else f"{found.determiner} ", 1)
    if exact and preposition in ("in", "inside"):
        return {"in": f"{preposition} {name}", "to": f"into {name}", "from": f"out of {name}"}
    away = {"in": "out of", "inside": "out of", "under": "from under", "beneath": "from beneath"}.get(preposition, "from")
    return {"in": f"{preposition} {name}", "to": f"to {name}", "from": f"{away} {name}"}
