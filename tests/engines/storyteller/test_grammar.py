"""German and English words in a sentence, as tables."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybot.engines.storyteller import english, german
from storybot.engines.storyteller.content import content
from storybot.engines.storyteller.realise import Pen
from storybot.engines.storyteller.words import Figure, Noun

KEY = Noun("Schlüssel", "m", "Schlüssel", adjectives=("golden",))
CAT = Noun("Katze", "f", "Katzen")
BOOK = Noun("Buch", "n", "Bücher")
DRAGON = Noun("Drache", "m", "Drachen", weak=True)
BEAR = Noun("Bär", "m", "Bären", weak=True)
SHOES = Noun("Schuhe", number="pl")
FIRE = Noun("Feuer", "n", bare=True)
MIA = Figure("Mia", Noun("Mädchen", "n"), "sie", by_name=True)
TOM = Figure("Tom", Noun("Junge", "m", weak=True), "er", by_name=True)
NOA = Figure("Noa", Noun("Kind", "n"), "name", by_name=True)
BERLIN = Noun("Berlin", "n", proper=True)


@pytest.mark.parametrize(
    ("determiner", "adjectives", "noun", "expected"),
    [
        ("der", ["kleine"], CAT, "die kleine Katze"),
        ("den", ["kleinen"], CAT, "die kleine Katze"),
        ("dem", ["kleinen"], CAT, "der kleinen Katze"),
        ("des", ["kleinen"], CAT, "der kleinen Katze"),
        ("ein", ["kleiner"], CAT, "eine kleine Katze"),
        ("ein", ["kleiner"], BOOK, "ein kleines Buch"),
        ("einen", ["kleinen"], BOOK, "ein kleines Buch"),
        ("einem", ["kleinen"], BOOK, "einem kleinen Buch"),
        ("eines", ["kleinen"], BOOK, "eines kleinen Buches"),
        ("der", [], DRAGON, "der Drache"),
        ("den", [], DRAGON, "den Drachen"),
        ("dem", [], BEAR, "dem Bären"),
        ("des", [], BEAR, "des Bären"),
        ("des", [], KEY, "des Schlüssels"),
        ("den", ["alten"], SHOES, "die alten Schuhe"),
        ("dem", ["alten"], SHOES, "den alten Schuhen"),
        ("ein", ["alter"], SHOES, "alte Schuhe"),
        ("kein", [], CAT, "keine Katze"),
        ("keinen", [], SHOES, "keine Schuhe"),
        ("dieser", ["große"], BOOK, "dieses große Buch"),
        ("jedem", [], CAT, "jeder Katze"),
        ("meinen", ["alten"], BOOK, "mein altes Buch"),
        ("zum", [], CAT, "zur Katze"),
        ("im", [], CAT, "in der Katze"),
        ("im", [], BOOK, "im Buch"),
        ("vom", ["alten"], SHOES, "von den alten Schuhen"),
        ("einen", [], FIRE, "Feuer"),
        ("Der", ["leise"], BOOK, "Das leise Buch"),
        ("ein", ["dunkler"], BOOK, "ein dunkles Buch"),
        ("ein", ["rosa"], BOOK, "ein rosa Buch"),
    ],
)
def test_german_phrases(determiner: str, adjectives: list[str], noun: Noun, expected: str) -> None:
    assert german.phrase(determiner, adjectives, noun) == expected


def test_a_nouns_own_adjectives_are_declined_too() -> None:
    assert german.phrase("einen", [], KEY, full=True) == "einen goldenen Schlüssel"
    assert german.phrase("ein", [], KEY, full=True) == "ein goldener Schlüssel"
    assert german.phrase("dem", ["alten"], KEY, full=True) == "dem alten goldenen Schlüssel"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Mia", "Mias"), ("Max", "Max’"), ("Lukas", "Lukas’"), ("Fritz", "Fritz’"), ("Alice", "Alice’"), ("Noor", "Noors"), ("さくら", "さくらs")],
)
def test_german_genitives_of_names(name: str, expected: str) -> None:
    assert german.genitive(name) == expected


@pytest.mark.parametrize(
    ("word", "who", "expected"),
    [
        ("er", MIA, "sie"),
        ("Er", MIA, "Sie"),
        ("ihn", MIA, "sie"),
        ("ihm", MIA, "ihr"),
        ("seinen", MIA, "ihren"),
        ("Seine", MIA, "Ihre"),
        ("seinem", TOM, "seinem"),
        ("ihn", TOM, "ihn"),
        ("er", NOA, "Noa"),
        ("seinen", NOA, "Noas"),
        ("er", CAT, "sie"),
        ("ihm", SHOES, "ihnen"),
        ("der", SHOES, "die"),
        ("dem", SHOES, "denen"),
        ("den", BOOK, "das"),
        ("sein", SHOES, "ihr"),
        ("Baum", TOM, None),
    ],
)
def test_german_pronouns(word: str, who: Noun | Figure, expected: str | None) -> None:
    assert german.pronoun(word, who) == expected


def test_german_possessed_things() -> None:
    assert german.possessed("seinen", ["kleinen"], CAT, TOM) == "seine kleine Katze"
    assert german.possessed("seinen", ["kleinen"], CAT, MIA) == "ihre kleine Katze"
    assert german.possessed("seinem", ["kleinen"], BOOK, MIA) == "ihrem kleinen Buch"
    assert german.possessed("sein", ["kleiner"], BOOK, NOA) == "Noas kleines Buch"


def test_german_places_and_fears() -> None:
    assert german.contract("in", CAT, "dat") == "in der Katze"
    assert german.contract("in", BOOK, "acc") == "ins Buch"
    assert german.contract("an", BOOK, "acc") == "ans Buch"
    assert german.contract("in", BERLIN, "dat") == "in Berlin"
    assert german.feared(SHOES) == "vor Schuhen"
    assert german.feared(FIRE) == "vor dem Feuer"


@pytest.mark.parametrize(("word", "gender"), [("Wumpelheit", "f"), ("Schnurkchen", "n"), ("Flitzer", "m"), ("Blumse", "f"), ("Zork", "m")])
def test_unknown_nouns_get_a_likely_gender(word: str, gender: str) -> None:
    assert german.guess_gender(word) == gender


def test_every_known_german_noun_declines_in_every_case() -> None:
    for entry in content("de").nouns.values():
        for word in ("der", "den", "dem", "des", "ein", "einen", "einem", "eines", "kein", "dieser"):
            text = german.phrase(word, ["kleinen"], entry.noun)
            assert text.endswith(german.noun_form(entry.noun, german.case_of(word)[2]))  # type: ignore[index]
            assert "  " not in text


@given(st.sampled_from(sorted(content("de").nouns)), st.sampled_from(["der", "dem", "einen", "keinem", "dieses"]))
def test_article_and_adjective_agree(key: str, word: str) -> None:
    noun = content("de").nouns[key].noun
    first, *rest = german.phrase(word, ["alten"], noun).split(" ")
    case = german.case_of(word)[2]  # type: ignore[index]
    if noun.number == "sg" and noun.gender == "f":
        assert first[-1] == ("e" if case in ("nom", "acc") else "r") or noun.bare
    if case == "dat" and noun.number == "pl" and word != "einen":
        assert first.endswith("en")
        assert rest[0].endswith("en")


@pytest.mark.parametrize(
    ("determiner", "adjectives", "noun", "expected"),
    [
        ("a", [], Noun("owl"), "an owl"),
        ("a", ["small"], Noun("owl"), "a small owl"),
        ("a", ["old"], Noun("key"), "an old key"),
        ("a", [], Noun("unicorn"), "a unicorn"),
        ("a", [], Noun("hour"), "an hour"),
        ("a", [], Noun("shoes", number="pl"), "shoes"),
        ("The", [], Noun("shoes", number="pl"), "The shoes"),
        ("this", [], Noun("shoes", number="pl"), "these shoes"),
        ("a", [], Noun("fire", bare=True), "fire"),
        ("the", [], Noun("Berlin", proper=True), "Berlin"),
    ],
)
def test_english_phrases(determiner: str, adjectives: list[str], noun: Noun, expected: str) -> None:
    assert english.phrase(determiner, adjectives, noun) == expected


@pytest.mark.parametrize(
    ("word", "pronoun", "expected"),
    [
        ("he", "she", "she"),
        ("Him", "she", "Her"),
        ("his", "they", "their"),
        ("he was", "they", "they were"),
        ("himself", "she", "herself"),
        ("he", "name", "Noor"),
    ],
)
def test_english_pronouns(word: str, pronoun: str, expected: str) -> None:
    assert english.pronoun(word, Figure("Noor", Noun("child"), pronoun)) == expected


@pytest.mark.parametrize(("one", "many"), [("fox", "foxes"), ("fairy", "fairies"), ("mouse", "mice"), ("key", "keys"), ("polar bear", "polar bears")])
def test_english_plurals(one: str, many: str) -> None:
    assert english.plural(one) == many


def test_english_titles() -> None:
    assert english.title("mia and the golden key") == "Mia and the Golden Key"


def test_a_sentence_begins_with_a_capital_whoever_wrote_its_first_word() -> None:
    pen = Pen("en", {"L": "dinosaurs", "X": Noun("spiders", number="pl")}, frozenset(), random.Random(1))
    assert pen.fill("And what was best? {L}!") == "And what was best? Dinosaurs!"
    assert pen.fill("“Louder!” “{X},” he said. It was: {L}.") == "“Louder!” “Spiders,” he said. It was: dinosaurs."
