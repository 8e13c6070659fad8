"""What a prompt says happens is read, tells which plot it is, and is told in its own words."""

import re

import pytest

from storybot.brief import Hero
from storybot.engines.storyteller.content import content
from storybot.engines.storyteller.premise import Event
from storybot.engines.storyteller.prompt import Notions, read
from storybot.engines.storyteller.tell import tell

from .orders import order

# prompt → the plot that tells it best
PLOTS = {
    "de": {
        "Ein Stern ist in den Brunnen gefallen": "stuck",
        "Ein Hamster steckt in einem Klavier fest": "stuck",
        "Rettet den Stern, der in den Brunnen fiel": "stuck",
        "Ein Delfin rettet einen Matrosen": "rescue",
        "Lina hat ihren Teddy verloren": "lost",
        "Emmas Hund ist weggelaufen": "stray",
        "Ein Mädchen findet ein Drachenei": "found",
        "Opa sucht seine Brille": "lost",
        "Der kleine Igel kann nicht schlafen": "bedtime",
        "Ein Drache, der Angst vor Feuer hat": "fear",
        "Eine Ente, die nicht schwimmen kann": "learn",
        "Der Wolf, der mit den Schafen befreundet sein wollte": "newfriend",
        "Henri ist neu in der Schule": "newfriend",
        "Ein Hase und ein Fuchs streiten sich": "quarrel",
        "Hilf dem kleinen Gespenst, den Weg nach Hause zu finden": "home",
        "Eine Schnecke gewinnt ein Wettrennen": "contest",
        "Wie der Dachs den Bären überlistete": "trick",
        "Ein Ritter baut eine Flugmaschine": "invention",
        "Ein Junge baut im Wald ein Baumhaus": "making",
        "Oma backt einen Kuchen": "making",
        "Wer hat den Apfelkuchen gestohlen?": "mystery",
        "Im Schloss spukt es": "mystery",
        "Eine Wolke, die nicht regnen will": "unwilling",
        "Ein Kind will nicht in die Schule gehen": "unwilling",
        "Eine Fee feiert Geburtstag": "feast",
        "Zwei Außerirdische besuchen eine Schule": "travel",
        "Ein Pferd, das das Meer sehen will": "travel",
        "Ein Frosch, der König werden will": "wish",
        "Lotte möchte mutig sein": "wish",
        "Ein Esel, der nachts singt": "way",
        "Der Mond hat Schnupfen": "ails",
        "Ein Krokodil mit Zahnschmerzen": "ails",
        "Das kranke Einhorn": "ails",
        "Ein Mädchen wacht als Katze auf": "changed",
        "Ein Junge, der plötzlich unsichtbar ist": "changed",
        "Warum der Igel Stacheln hat": "origin",
        "Zwei Schwestern finden eine Karte in einem Buch": "map",
        "Eine Flaschenpost": "map",
        "Mia findet einen alten Brief auf dem Dachboden": "map",
        "Ein Nilpferd in der Badewanne": "guest",
        "Ein Dinosaurier kommt zum Geburtstag": "guest",
        "Ein Eisbär zieht nebenan ein": "guest",
        "Ein Pinguin klopft an die Tür": "guest",
        "Die Nacht, in der der Leuchtturm erlosch": "standstill",
        "Die Sonne ging nicht auf": "standstill",
        "Eines Tages waren alle Farben weg": "standstill",
        "Die Uhr am Marktplatz ist stehen geblieben": "standstill",
        "Wie die Schnecke zu ihrem Haus kam": "origin",
        "Warum das Meer salzig ist": "why",
        "Ein alter Mann schreibt einen Brief an das Meer": "letter",
        "Ein Mädchen schreibt einen Brief an seine Oma": "letter",
        "Die letzte Buchhandlung der Stadt": "last",
        "Ein Spielzeugladen, den keiner mehr besucht": "last",
        "Eine geheime Tür in der Bibliothek": "door",
        "In Opas Schuppen gibt es eine Tür, die nur nachts aufgeht": "door",
        "Eine Katze hat dem Bürgermeister den Hut gestohlen": "lost",
    },
    "en": {
        "A star fell into the well": "stuck",
        "a hamster trapped in a piano": "stuck",
        "a dolphin rescues a sailor": "rescue",
        "Lily has lost her teddy": "lost",
        "Emma's dog has run away": "stray",
        "A girl finds a dragon egg": "found",
        "Grandpa is looking for his glasses": "lost",
        "The little hedgehog can't sleep": "bedtime",
        "A dragon who is afraid of fire": "fear",
        "The duck who couldn't swim": "learn",
        "The wolf who wanted to be friends with the sheep": "newfriend",
        "Henry is new at school": "newfriend",
        "A hare and a fox argue about a kite": "quarrel",
        "Help the little ghost find the way home": "home",
        "A snail wins a race": "contest",
        "How the badger outwitted the bear": "trick",
        "a knight builds a flying machine": "invention",
        "A boy builds a treehouse in the forest": "making",
        "Grandma bakes a cake": "making",
        "Who stole the apple pie?": "mystery",
        "A cloud that doesn't want to rain": "unwilling",
        "A goblin celebrates his birthday": "feast",
        "Two aliens visit a school": "travel",
        "A horse who wants to see the sea": "travel",
        "A frog who wants to become king": "wish",
        "Molly would like to be brave": "wish",
        "A donkey who sings at night": "way",
        "The moon has a cold": "ails",
        "A dragon with hiccups": "ails",
        "A sick unicorn": "ails",
        "A girl wakes up as a cat": "changed",
        "A boy who is suddenly invisible": "changed",
        "How the hedgehog got its spines": "origin",
        "Two sisters find a map in a library book": "map",
        "Pirates with half a map": "map",
        "Tom finds a treasure map in the attic": "map",
        "A hippo in the bathtub": "guest",
        "A dinosaur comes to a birthday party": "guest",
        "An elephant moves in next door": "guest",
        "A penguin knocks at the door": "guest",
        "The night the lighthouse went dark": "standstill",
        "The clock in the square has stopped": "standstill",
        "The sun didn’t rise": "standstill",
        "One day all the colours were gone": "standstill",
        "How the dragon got its fire": "origin",
        "Why the sea is salty": "why",
        "An old man writes a letter to the sea": "letter",
        "A boy sends a postcard to his grandpa": "letter",
        "The last bookshop in the city": "last",
        "The toy shop that nobody visits any more": "last",
        "A secret door in the library": "door",
        "Grandpa's shed has a door that only opens at night": "door",
        "A ladybird without spots": "way",
    },
}


def of(text: str, language: str) -> Notions:
    return read(text, content(language))


def event(text: str, language: str) -> Event:
    return of(text, language).event


@pytest.mark.parametrize(("language", "prompt", "plot"), [(one, *row) for one, rows in PLOTS.items() for row in rows.items()])
def test_what_happens_chooses_the_plot(language: str, prompt: str, plot: str) -> None:
    assert of(prompt, language).plots[0] == plot
    assert tell(order(prompt, language)).plot == plot


@pytest.mark.parametrize("language", ["de", "en"])
def test_there_are_many_groups_of_verbs_and_each_can_be_found(language: str) -> None:
    premises = content(language).premises
    assert len(premises) >= 40
    words = [word for premise in premises.values() for word in premise.verbs.split()]
    assert all(re.fullmatch(r"[^\W\d_]+(?:-[^\W\d_]+)*\*?", word) for word in words)


@pytest.mark.parametrize(
    ("language", "prompt", "clause"),
    [
        ("de", "Ein Esel, der nachts singt", "der nachts singt"),
        ("de", "Der Mond hat Schnupfen", "der Schnupfen hat"),
        ("de", "Eine Katze läuft vor dem Regen weg", "die vor dem Regen wegläuft"),
        ("de", "Lina hat ihren Teddy verloren", "die ihren Teddy verloren hat"),
        ("de", "Ein Marienkäfer ohne Punkte", "der keine Punkte hat"),
        ("de", "Ein Einhorn mit einem wackligen Horn", "das ein wackliges Horn hat"),
        ("de", "Eine Hexe, deren Besen nicht fliegen will", "deren Besen nicht fliegen will"),
        ("de", "Ein Hase und ein Fuchs", ""),
        ("en", "A donkey who sings at night", "who sings at night"),
        ("en", "The moon has a cold", "who has a cold"),
        ("en", "A ladybird without spots", "who has no spots"),
        ("en", "A hare and a fox", ""),
    ],
)
def test_the_prompts_own_clause_is_kept(language: str, prompt: str, clause: str) -> None:
    assert event(prompt, language).rel == clause


def test_a_sentence_of_the_prompt_is_told_as_news() -> None:
    assert event("Der Wind stiehlt einen Hut", "de").news == "Der Wind stiehlt einen Hut."
    assert event("Wer hat den Kuchen gestohlen?", "de").news == "Wer hat den Kuchen gestohlen?"
    assert event("Ein Drache im Wald", "de").news == ""
    for seed in range(3):
        assert "Der Wind stiehlt einen Hut" in tell(order("Der Wind stiehlt einen Hut", "de", seed=seed)).text
        assert "The wind steals a hat" in tell(order("The wind steals a hat", "en", seed=seed)).text


@pytest.mark.parametrize(
    ("language", "prompt", "denied"),
    [
        ("de", "Eine Wolke, die nicht regnen will", "nicht regnen"),
        ("de", "Ben will kein Gemüse essen", "kein Gemüse essen"),
        ("de", "Eine Wolke, die regnen will", ""),
        ("en", "A cloud that doesn't want to rain", "rain"),
        ("en", "A knight who refuses to fight", "fight"),
        ("en", "A cloud that wants to rain", ""),
    ],
)
def test_what_is_refused_is_not_wanted(language: str, prompt: str, denied: str) -> None:
    assert event(prompt, language).denied == denied


@pytest.mark.parametrize("hero", [None, Hero(name="Emil", pronouns="er")])
def test_who_is_stuck_is_rescued_from_where_it_is(hero: Hero | None) -> None:
    for seed in range(4):
        text = tell(order("Ein Stern ist in den Brunnen gefallen", "de", seed=seed, hero=hero)).text
        assert text.count("Stern") >= 3
        assert "im Brunnen" in text or "aus dem Brunnen" in text
        assert hero is None or hero.name in text
        text = tell(order("A star fell into the well", "en", seed=seed, hero=hero)).text
        assert text.count("star") >= 3
        assert re.search(r"in the well|out of the well", text)


def test_a_negated_wish_never_turns_round() -> None:
    for seed in range(6):
        assert not re.search(r"will regnen|wollte regnen", tell(order("Eine Wolke, die nicht regnen will", "de", seed=seed)).text)
        assert "I don’t want to rain" in tell(order("A cloud that doesn't want to rain", "en", seed=seed)).text


def test_shoes_speak_as_one_pair() -> None:
    for seed in range(4):
        text = tell(order("Ein Paar Schuhe, das verreisen möchte", "de", seed=seed)).text
        assert "Paar Schuhe" in text
        assert not re.search(r"sagte die Schuhe|war Schuhe", text)
        assert "pair of shoes" in tell(order("A pair of shoes that want to travel", "en", seed=seed)).text


def test_a_best_friend_is_somebody_with_a_name() -> None:
    for seed in range(4):
        text = tell(order("Paula streitet sich mit ihrer besten Freundin", "de", seed=seed)).text
        assert not re.search(r"[Ee]ine Freundin|[Dd]ie Freundin", text)
        assert "Paula" in text


@pytest.mark.parametrize(("language", "prompt"), [("de", "Ein Roboter auf dem Mars"), ("en", "A robot on Mars")])
def test_there_is_no_village_in_space(language: str, prompt: str) -> None:
    village = (
        r"\b(?:Brunnen|Wegrand|Wiese|Biene|Bäcker|Dorf|Straße|Amsel)" if language == "de" else r"\b(?:village|meadow|bee|baker|blackbird|hedge)\b"
    )
    held = sum(not re.search(village, tell(order(prompt, language, seed=seed)).text) for seed in range(10))
    assert held >= 9


def test_a_wizard_is_he_whatever_his_name() -> None:
    for seed in range(6):
        text = tell(order("Ein Zauberer und ein Drache", "de", seed=seed)).text
        assert not re.search(r"Der Zauberer [^.„“]*\. „[^“]*“, \w+ sie\b", text)


@pytest.mark.parametrize("language", ["de", "en"])
def test_scenery_stands_between_scenes_only(language: str) -> None:
    """Never between a question and its answer."""
    lines = {line for place in content(language).settings.values() for line in (*place.sight, *place.sound, *place.smell) if "{" not in line}
    close = "“" if language == "de" else "”"
    for seed in range(12):
        for paragraph in tell(order("", language, seed=seed, length="medium")).text.split("\n\n"):
            for line in lines:
                assert f"{close} {line}" not in paragraph, paragraph


@pytest.mark.parametrize(
    ("language", "prompt", "clause"),
    [
        ("de", "Warum der Igel Stacheln hat", "der Stacheln hat"),
        ("de", "Warum ist das Meer salzig?", "das salzig ist"),
        ("de", "Wie der Igel zu seinen Stacheln kam", "der zu seinen Stacheln kam"),
        ("de", "Mein Hund kann sprechen, aber nur dienstags", "der sprechen kann, aber nur dienstags"),
        ("en", "Why the sea is salty", "who is salty"),
        ("en", "Why is the sea salty?", "who is salty"),
        ("en", "Why do cats purr?", "who purrs"),
        ("en", "How the hedgehog got its spines", "who got its spines"),
    ],
)
def test_a_question_is_turned_into_what_it_asks_about(language: str, prompt: str, clause: str) -> None:
    assert event(prompt, language).rel == clause
    assert event(prompt, language).news == "" or "nur dienstags" in prompt


def test_the_night_in_which_something_happened_is_not_who_did_it() -> None:
    assert event("Die Nacht, in der der Leuchtturm erlosch", "de").news == "Der Leuchtturm erlosch."
    assert event("The night the lighthouse went dark", "en").news == "The lighthouse went dark."
    assert event("The night train to Paris", "en").news == ""


@pytest.mark.parametrize(
    ("language", "prompt", "where"),
    [
        ("de", "Der Mond ist in den Teich gefallen", "im Teich|aus dem Teich"),
        ("en", "The moon has fallen into the pond", "in the pond|out of the pond"),
    ],
)
def test_who_fell_into_the_pond_is_in_it(language: str, prompt: str, where: str) -> None:
    for seed in range(4):
        text = tell(order(prompt, language, seed=seed)).text
        assert re.search(where, text)
        assert not re.search("am Teich|by the pond", text)


@pytest.mark.parametrize(
    ("language", "prompt", "name"), [("de", "In Opas Schuppen ist eine Tür", "Opa"), ("en", "Grandpa's shed has a door", "Grandpa")]
)
def test_a_grandfather_is_known_and_called_so(language: str, prompt: str, name: str) -> None:
    notions = of(prompt, language)
    assert notions.place
    assert notions.place.noun.word.casefold() in ("schuppen", "shed")
    for seed in range(4):
        text = tell(order(prompt, language, seed=seed, hero=Hero(name="Emil", pronouns="er" if language == "de" else "he"))).text
        assert name in text
        assert not re.search(r"[Ee]in Opa\b.{0,40}hieß|a grandpa, as if", text)


def test_ones_own_dog_is_no_stranger_and_it_is_the_dog_who_talks() -> None:
    hero = Hero(name="Emil", pronouns="he")
    for seed in range(4):
        text = tell(order("My dog can talk but only on Tuesdays", "en", seed=seed, hero=hero)).text
        assert "Emil who can talk" not in text
        assert "dog who can talk" in text
        assert not re.search(r"a dog\. “I’m|a dog, as if|a dog had", text)


def test_what_comes_before_and_is_no_part_of_the_wish() -> None:
    assert of("Eine Eule, die sich im Dunkeln fürchtet und König werden will", "de").want == "König werden"
    assert of("Ein Hase, der springen und tanzen will", "de").want == "springen und tanzen"


def test_on_an_island_one_is_on_it() -> None:
    text = tell(order("Ein Hase", "de", place="Sylt", length="long")).text
    assert "auf Sylt" in text
    assert "in Sylt" not in text


def test_a_thief_who_is_named_has_it() -> None:
    for prompt, language in (("Eine Katze hat dem Bürgermeister den Hut gestohlen", "de"), ("A cat that stole the mayor's hat", "en")):
        notions = of(prompt, language)
        assert notions.event.culprit
        for seed in range(3):
            text = tell(order(prompt, language, seed=seed, length="short")).text
            assert re.search(r"Katze|\bcat\b", text)
            assert re.search(r"Bürgermeister|mayor", text)
