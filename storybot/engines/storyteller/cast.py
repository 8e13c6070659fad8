"""Casts a story: who, where, with what, out of the brief, the prompt and (for a next chapter) what was told.

Roles: H hero, F friend, C who else comes along, A whose matter it is, B who helps, P place, T thing, X fear, L like,
W want, R refrain, Y what a wish or the prompt asks for besides. Storylets cast others (Z, O, K, G …) for themselves.
"""

import random
from dataclasses import replace

from storybot.brief import Brief, Companion

from . import english, german
from .company import Casting, happening, solid, world_of
from .content import Content, place_words
from .director import Director
from .found import Found
from .premise import Event
from .prompt import Notions, noun_of, read
from .recall import Recall
from .words import Figure, Noun


def casting(brief: Brief, notions: Notions, wish: Notions, content: Content, rng: random.Random, recall: Recall | None) -> Casting:
    """Everybody and everything that a story of this brief begins with."""
    director = Director(content, rng)
    made = Casting({})
    if recall:  # a being that no list knows looks like a name
        kinds = {found.noun.word for found in (*notions.beings, *notions.things, *wish.beings, *wish.things)}
        recall = replace(recall, names=tuple(name for name in recall.names if name not in kinds))
    beings = list(notions.beings)
    group = set(content.lists["notions"]["group"].split())
    beings = [one for one in beings if one.noun.word.casefold() not in group]
    director.pair = len(beings) < len(notions.beings) or bool(group & notions.words and not beings)
    director.world = world_of(brief, notions, recall, content)
    doer = notions.event.doer
    if notions.event.culprit and beings and doer and beings[0].start == doer.start:
        culprit = director.figure(beings.pop(0))  # who did it is neither hero nor friend
        made.cast |= {"K": culprit, "Y": culprit}
        made.preset.add("K")
        made.flags |= {"Y", "ybeing", "culprit"}
        made.notions.append(culprit.kind.word)
    owner = notions.event.owner
    if owner:
        beings = [one for one in beings if one.start not in range(owner.start, owner.end)]
        notions = replace(notions, names=())
    if notions.event.alone and len(beings) == 2 and doer and beings[0].start == doer.start:
        beings.reverse()  # "a fish is rescued by an octopus"
    keeper = next((one for one in beings if notions.event.key == "rescues" and one.preposition in ("vor", "from")), None)
    if keeper:  # from whom somebody is rescued
        beings = [one for one in beings if one is not keeper]
        figure = director.figure(keeper)
        made.cast |= {"K": figure, "Y": figure}
        made.preset.add("K")
        made.flags |= {"Y", "ybeing"}
        made.notions.append(figure.kind.word)
    kin = content.lists["notions"]["kin"].split()
    if brief.hero and beings and (beings[0].name == brief.hero.name or (beings[0].noun.word in kin and doer and doer.start == beings[0].start)):
        beings.pop(0)  # "my daughter wants to ride a bike": that is the hero
        made.flags.add("doer_is_hero")
    hero = _hero(brief, notions, beings, director, recall)
    made.cast["H"] = hero
    if not hero.by_name:
        made.notions.append(hero.kind.word)
    if notions.event.lost and beings and notions.event.doer and beings[0].start == notions.event.doer.start:
        beings.pop(0)  # who ran away is looked for
    friend = _friend(brief, beings, hero, director, recall, made, names=notions.names, event=notions.event)
    made.cast["F"] = friend
    crew = [one for one in brief.companions if one.name not in (friend.name, hero.name)]
    if crew:
        both = " und " if content.language == "de" else " and "
        names = [one.name for one in crew]
        text = both.join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
        made.cast["C"] = Noun(text, number="pl" if len(names) > 1 else "sg", proper=True)
        made.flags.add("crew")
    made.extra = beings
    _things(brief, notions, director, made, recall)
    if notions.event.key == "outwits":
        made.flags.add("tricked")
    happening(notions, director, made)
    _matters(brief, notions, hero, friend, made, content, rng)
    _wish(wish, director, made)
    return made


def _hero(brief: Brief, notions: Notions, beings: list[Found], director: Director, recall: Recall | None) -> Figure:
    if brief.hero is not None:
        if brief.hero.name in notions.names and beings and not beings[0].preposition and "child" in beings[0].key:
            beings.pop(0)
        return director.hero(brief.hero, brief)
    adult = brief.age_band == "adult"
    gender = _gender(notions, director.content.language)
    known = recall.names if recall else ()
    if notions.names and not (beings and beings[0].start == 0 and beings[0].name):
        return director.person(notions.names[0], "", adult=adult)
    if beings and not ((notions.event.alone or notions.event.lost) and len(beings) == 1):
        found = beings.pop(0)
        kinds = recall.kinds if recall else {}
        fitting = [name for name in known if kinds.get(name) == found.noun.word] + [name for name in known if name not in kinds]
        named = fitting[0] if fitting else ""
        if found.many:
            beings.insert(0, replace(found, many=False, name=""))
        figure = director.figure(
            found, name=found.name or named, pronoun=director.pronoun_of(named) or (gender if director.content.language == "en" else "")
        )
        director.taken.add(figure.name)
        return figure
    if known:
        return director.person(known[0], director.pronoun_of(known[0]), adult=adult)
    pronoun = gender or director.rng.choice(("sie", "er") if director.content.language == "de" else ("she", "he"))
    return director.person(director.name(pronoun, person=True), pronoun, adult=adult)


def _gender(notions: Notions, language: str) -> str:
    if language == "en":
        return "she" if {"she", "her"} & notions.words else "he" if {"he", "his"} & notions.words else ""
    return ""


def _friend(
    brief: Brief,
    beings: list[Found],
    hero: Figure,
    director: Director,
    recall: Recall | None,
    made: Casting,
    *,
    names: tuple[str, ...],
    event: Event,
) -> Figure:
    others = [name for name in (recall.names if recall else ()) if name != hero.name]
    doer = event.doer
    if brief.hero and doer and doer.kind == "name" and doer.name != hero.name and not brief.companions:
        if beings and beings[0].noun.word in director.content.lists["notions"]["persons"].split():
            beings.pop(0)  # "Paula quarrels with her best friend": with the hero, then
        made.flags.add("met" if event.plot in ("newfriend", "guest") else "known")
        return director.person(doer.name, director.pronoun_of(doer.name), adult="adult" in hero.tags)
    if beings and beings[0].name != hero.name:
        found = beings.pop(0)
        made.notions.append(found.noun.word)
        if brief.hero is None and (found.noun.word == hero.kind.word or found.together):
            made.flags.add("known")
        companion = next((one for one in brief.companions if not one.kind or _same(one, found, director)), None)
        name = found.name or (companion.name if companion and _same(companion, found, director) else "")
        if name:
            made.flags.add("known")
        told = next((other for other in others if recall and recall.kinds.get(other) == found.noun.word), "")
        quarrel = event.plot == "quarrel" or found.noun.word in director.content.lists["notions"]["persons"].split()
        own = found.determiner in director.content.lists["notions"]["own"].split()
        figure = director.figure(found, name=name or told or (others[0] if others and recall else ""))
        own |= figure.by_name  # "Grandpa"
        made.flags.add("known" if recall or quarrel or own or "known" in made.flags else "met")
        return figure
    made.flags.add("known")
    if brief.companions:
        return director.companion(brief.companions[0])
    if director.pair:  # "two sisters find a map"
        return director.person(director.name("", person=True), "", adult="adult" in hero.tags)
    second = next((name for name in names if name != hero.name), "")
    if second:
        return director.person(second, "", adult="adult" in hero.tags)
    for name in others:
        word = recall.kinds.get(name, "") if recall else ""
        if word and name == others[0]:
            entry = director.content.nouns[word.casefold()]
            return director.figure(Found(entry.noun, "being", entry.key), name=name, pronoun=director.pronoun_of(name))
    if others:
        return director.person(others[0], director.pronoun_of(others[0]), adult="adult" in hero.tags)
    return director.figure(None, wanted="friend")


def _same(companion: Companion, found: Found, director: Director) -> bool:
    kind = noun_of(companion.kind, director.content) if companion.kind else None
    return bool(kind and kind.noun.word.casefold() == found.noun.word.casefold())


def _things(brief: Brief, notions: Notions, director: Director, made: Casting, recall: Recall | None) -> None:
    vague = director.content.lists["notions"]["abstract"].split()
    things = solid([one for one in notions.things if one.noun.word.casefold() not in vague])
    if notions.event.lost and notions.event.doer and notions.event.doer.kind == "being":
        things.insert(0, notions.event.doer)
    if things:
        first = things.pop(0)
        noun = replace(first.noun, bare=False) if first.noun.bare and not first.noun.known else first.noun
        made.cast["T"] = noun
        made.notions.append(noun.word)
        made.flags |= {"T", "remembers"} | ({"odd"} if not noun.known else set())
    elif recall and recall.things:
        made.cast["T"] = recall.things[0]
        made.flags.add("remembers")
    else:
        made.cast["T"] = director.thing()
    made.extra += things
    place = notions.place
    text = brief.place.strip() if brief.place else None
    if text:
        place = read(text, director.content).place or noun_of(text, director.content)
        if place and not place.noun.known and not (place.preposition or place.determiner or place.noun.adjectives):
            place = replace(place, noun=replace(place.noun, proper=True))
    elif place is None and recall and recall.place:
        place = recall.place
    keys = {one.key for one in notions.beings if one.key}
    human = all("human" in director.content.beings[key].tags.split() for key in keys if key in director.content.beings)
    wet = not notions.event.alone and keys & set(director.content.lists["wet"]["beings"].split())
    who = {director.world} if director.world else {""} if (human or brief.hero) and not wet else keys
    homes = director.content.lists["homes"]
    kind = notions.beings[0].noun.word.replace(" ", "_") if notions.beings and not brief.hero else ""
    home = next((key for key, words in homes.items() if kind and kind in words.split()), "")
    if home and place is None and not director.world:
        preposition, place_noun = place_words(director.content.settings[home])[0]
        director.settle = Found(place_noun, "place", home, preposition=preposition)
    made.cast["P"] = director.place(place or director.settle, text, who, notions.event.spot)
    if place:
        made.notions.append(place.noun.word)


def _matters(brief: Brief, notions: Notions, hero: Figure, friend: Figure, made: Casting, content: Content, rng: random.Random) -> None:
    """Fear, like, want; and whose matter the story is."""
    fears = brief.hero.fears if brief.hero else ()
    fear = notions.fear or next((found for text in fears if (found := noun_of(text, content))), None)
    if fear:
        made.cast["X"] = noun = _feared(fear)
        made.flags |= set() if notions.fear else {"own_fear"}
        made.flags |= {"X"} | ({"danger"} if noun.word.casefold() in content.lists["danger"].split() else set())
        if notions.fear:
            made.notions.append(noun.word)
    likes = brief.hero.likes if brief.hero else ()
    if likes:
        made.cast["L"] = _like(likes[rng.randrange(len(likes))], content)
        made.flags.add("L")
    if notions.want:
        made.cast["W"] = notions.want
        made.flags |= {"W"} | ({"cannot"} if notions.cannot else set())
    # The prompt's own matter belongs to the prompt's being, the hero of the brief's own fears to the hero.
    doer = notions.event.doer
    others = bool(notions.beings) and "met" in made.flags
    others |= bool(doer and doer.name and doer.name == friend.name)
    others |= bool(brief.hero and notions.beings and doer and notions.beings[0].start == doer.start and friend.kind.word == doer.noun.word)
    others &= "doer_is_hero" not in made.flags and not (doer and doer.name == hero.name)
    friends = bool(brief.hero and others and (notions.fear or notions.want or notions.event.rel or notions.event.plot))
    made.cast["A"], made.cast["B"] = (friend, hero) if friends else (hero, friend)
    made.flags.add("helper_is_hero" if friends else "afraid_is_hero")
    made.flags.add("being" if not hero.by_name else "child" if "child" in hero.tags else "plain")


def _feared(fear: Found) -> Noun:
    """What somebody is afraid of: of dogs rather than of a dog, where the words say so."""
    noun = fear.noun
    if fear.many and noun.number == "sg":
        return replace(noun, word=noun.plural or english.plural(noun.word), number="pl")
    return noun


def _like(text: str, content: Content) -> str:
    text = text.strip(" .")
    found = noun_of(text, content)
    if content.language == "en" or found is None or not found.determiner:
        return text
    masculine = "einen" if found.determiner.startswith("ein") else "den"
    return german.phrase(masculine, (), found.noun, full=True)


def _wish(wish: Notions, director: Director, made: Casting) -> None:
    """What else the story must have: what a wish names, or what the prompt names besides."""
    here = {made.cast[role].kind.word for role in "HF" if isinstance(made.cast[role], Figure)}  # type: ignore[union-attr]
    for found in [*wish.beings, *wish.things, *([wish.place] if wish.place else []), *made.extra]:
        if found.noun.word in here:
            continue
        if found.kind == "place":
            made.cast["Y"] = director.place(found, None)
            made.flags |= {"Y", "yplace"}
        elif found in wish.beings or found.kind == "being":
            made.cast["Y"] = director.figure(found)
            made.flags |= {"Y", "ybeing"}
        else:
            made.cast["Y"] = replace(found.noun, bare=False) if not found.noun.known else found.noun
            made.flags |= {"Y", "ything"}
        made.notions.append(found.noun.word)
        return


def kept(made: Casting, text: str) -> int:
    """How well a cast fits a told text: 0 where hero or friend are not in it, 1 where they are, 2 where the thing is, too."""
    names = [role.name for role in (made.cast["H"], made.cast["F"]) if isinstance(role, Figure)]
    if not all(name in text for name in names):
        return 0
    thing = made.cast["T"]
    return 2 if isinstance(thing, Noun) and thing.word.casefold() in text.casefold() else 1


def add_newcomers(made: Casting, found: Recall, content: Content, rng: random.Random) -> None:
    """Somebody whom a reader brought into the story comes in again."""
    here = {role.name for role in made.cast.values() if isinstance(role, Figure)}
    crew = made.cast.get("C")
    new = [name for name in found.names if name not in here and not (isinstance(crew, Noun) and name in crew.word)]
    if not new:
        return
    director = Director(content, rng)
    word = found.kinds.get(new[0], "")
    if word:
        entry = content.nouns[word.casefold()]
        made.cast["Y"] = director.figure(Found(entry.noun, "being", entry.key), name=new[0], pronoun=director.pronoun_of(new[0]))
    else:
        made.cast["Y"] = director.person(new[0], director.pronoun_of(new[0]), adult=False)
    made.flags |= {"Y", "ybeing"}
