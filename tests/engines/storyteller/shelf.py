"""Thousands of stories of many briefs, told once and looked at by many tests."""

import os
import random
from functools import cache
from pathlib import Path
from typing import NamedTuple

from storybot.brief import AGE_BANDS, Companion, Hero
from storybot.engines.contract import Order
from storybot.engines.storyteller.tell import Tale, tell

from .orders import order

#: In each language; `make shelf` tells 10,000.
STORIES = int(os.environ.get("STORYBOT_SHELF_STORIES") or 2000)
HEROES = {
    "de": (
        Hero(name="Mia", pronouns="sie", age=6, traits=("mutig", "neugierig"), likes=("Dinosaurier",), fears=("Spinnen",), looks="rote Locken"),
        Hero(name="Max", pronouns="er", likes=("Fußball",), traits=("frech",)),
        Hero(name="Lukas", fears=("Gewitter",)),
        Hero(name="Noor", pronouns="they", likes=("malen",)),
        Hero(name="さくら", likes=("Sterne", "Erdbeeren")),
        Hero(name="Anna-Lena von der Au", pronouns="sie", age=34, looks="eine grüne Mütze"),
    ),
    "en": (
        Hero(name="Mia", pronouns="she", age=6, traits=("brave", "curious"), likes=("dinosaurs",), fears=("spiders",), looks="red curls"),
        Hero(name="Max", pronouns="he", likes=("football",), traits=("cheeky",)),
        Hero(name="Lukas", fears=("thunderstorms",)),
        Hero(name="Noor", pronouns="they", likes=("painting",)),
        Hero(name="さくら", likes=("stars", "strawberries")),
        Hero(name="Anna-Lena von der Au", pronouns="she", age=34, looks="a green cap"),
    ),
}
COMPANIONS = {
    "de": ((Companion(name="Tapsi", kind="Igel"),), (Companion(name="Leo"), Companion(name="Ida"))),
    "en": ((Companion(name="Tapsi", kind="hedgehog"),), (Companion(name="Leo"), Companion(name="Ida"))),
}
PLACES = {"de": ("Berlin", "auf dem Dachboden", "im Wald"), "en": ("Berlin", "in the old mill", "in the forest")}
TONES = {"de": ("lustig", "gruselig", "sanft", "abenteuerlich", "magisch"), "en": ("funny", "spooky", "gentle", "adventurous", "magical")}
MORALS = {"de": ("Mut", "Teilen", "Wer teilt, hat mehr vom Leben"), "en": ("courage", "sharing", "Look both ways before you cross")}


class Told(NamedTuple):
    """One story and what it was asked for."""

    order: Order
    tale: Tale


def prompts(language: str) -> list[tuple[str, tuple[str, ...]]]:
    """The prompts of the file with what each is about."""
    lines = (Path(__file__).parent / f"prompts_{language}.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(" | ") for line in lines if line.strip() and not line.startswith("#")]
    return [(prompt, tuple(word.strip() for word in notions.split(",") if word.strip() != "-")) for prompt, _, notions in pairs]


@cache
def stories(language: str) -> tuple[Told, ...]:
    """`STORIES` stories of briefs made by chance (always the same ones): all prompts, age bands, tones, lengths, heroes."""
    rng = random.Random(f"stories/{language}")
    every = prompts(language)
    told = []
    for number in range(STORIES):
        prompt = every[number % len(every)][0]

        def some(options: tuple[object, ...], share: float) -> object:
            return rng.choice(options) if rng.random() < share else None

        asked = order(
            prompt,
            language,
            length=rng.choices(("short", "medium", "long"), (70, 22, 8))[0],
            age_band=AGE_BANDS[number % 4],
            hero=some(HEROES[language], 0.4),
            companions=some(COMPANIONS[language], 0.2) or (),
            place=some(PLACES[language], 0.2),
            tone=some(TONES[language], 0.6),
            moral=some(MORALS[language], 0.15),
            seed=number,
            variant=number % 3,
        )
        told.append(Told(asked, tell(asked)))
    return tuple(told)
