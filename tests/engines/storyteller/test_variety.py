"""A hundred stories of one prompt differ: in their plots and in their sentences."""

from itertools import combinations

import pytest

from bench.storyteller import PROMPTS, sentences, shared
from storybot.engines.storyteller.tell import Tale, tell

from .orders import order

LANGUAGES = ("de", "en")


def hundred(prompt: str, language: str, length: str) -> list[Tale]:
    return [tell(order(prompt, language, seed=seed, length=length)) for seed in range(100)]


def most_shared(tales: list[Tale]) -> list[float]:
    """The share of their sentences that each two have in common, most first."""
    found = [sentences(tale.text) for tale in tales]
    return sorted((shared(one, other) for one, other in combinations(found, 2)), reverse=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_open_prompt_gives_many_plots_and_no_two_alike(language: str) -> None:
    tales = hundred(PROMPTS[language]["open"], language, "medium")
    assert len({tale.plot for tale in tales}) >= 8
    assert most_shared(tales)[0] <= 0.3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_that_asks_for_one_plot_still_gives_different_stories(language: str) -> None:
    """All hundred tell the same kind of story; one pair in a thousand may have more in common."""
    tales = hundred(PROMPTS[language]["dragon"], language, "medium")
    found = most_shared(tales)
    assert found[5] <= 0.31
    assert found[0] <= 0.45


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_stories_differ_too(language: str) -> None:
    """They have five scenes, so that two that agree in one share a fifth."""
    found = most_shared(hundred(PROMPTS[language]["open"], language, "short"))
    assert found[len(found) // 100] <= 0.35  # ninety-nine pairs in a hundred
    assert found[0] <= 0.55
