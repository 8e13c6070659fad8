"""Orders and prompts that several of these tests use."""

from typing import Any

from storybot.brief import Brief
from storybot.engines.contract import Order

PROMPTS = {
    "de": [
        "Ein Drache, der Angst vor Feuer hat",
        "Mia findet im Wald einen goldenen Schlüssel",
        "Eine Katze, die fliegen lernen will",
        "Der kleine Igel kann nicht schlafen",
        "Ein einsamer Roboter auf dem Mond",
        "Zwei Piraten suchen einen Schatz auf einer Insel",
        "Ein Flumpf, der Wolken sammelt",
        "asdf qwer",
        "Geschichte über Freundschaft",
        "!!!",
    ],
    "en": [
        "A dragon who is afraid of fire",
        "Mia finds a golden key in the forest",
        "A cat who wants to learn to fly",
        "The little hedgehog can't sleep",
        "A lonely robot on the moon",
        "two pirates looking for treasure on an island",
        "A flumpet who collects clouds",
        "asdf qwer",
        "a story about friendship",
        "!!!",
    ],
}


def order(prompt: str = "A dragon", language: str = "en", **given: Any) -> Order:
    """An order for a story; `given` may hold fields of the brief and of the order."""
    kept = {key: given.pop(key) for key in ("action", "told", "wish", "seed", "variant", "written") if key in given}
    brief = Brief(prompt=prompt, language=language, **given)  # type: ignore[arg-type]
    return Order(generation_id="g", trace_id="t", brief=brief, action=kept.pop("action", "begin"), **kept)
