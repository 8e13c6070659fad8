"""What goes into the engine fits its window, keeps what is newest, and says what was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybot import context
from storybot.brief import AGE_BANDS, LENGTHS, Brief, Companion, Hero
from storybot.engines.contract import Told

BRIEF = Brief(
    prompt="A dragon who is afraid of fire", hero=Hero(name="Mia", likes=("strawberries",)), companions=(Companion(name="Bo", kind="a fox"),)
)


def _build(
    told: list[str] | None = None, *, brief: Brief = BRIEF, action: str = "continue", wish: str | None = None, written: str = "", budget: int = 8192
):  # type: ignore[no-untyped-def]
    passages = [Told(text=text, author="engine") for text in told or []]
    return context.build(brief, passages, action, wish=wish, written=written, budget_tokens=budget)  # type: ignore[arg-type]


def test_a_first_passage_asks_for_a_title_and_names_everybody() -> None:
    made = _build(action="begin")
    assert [message["role"] for message in made.messages] == ["system", "user"]
    asked = made.messages[1]["content"]
    for word in ("A dragon who is afraid of fire", "Mia", "strawberries", "Bo (a fox)", "# Title", "250"):
        assert word in asked


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_instructions_are_in_the_storys_language(language: str) -> None:
    made = _build(["Text."], brief=Brief(prompt="x", language=language), wish="a whale", action="retry", written="Half a")  # type: ignore[arg-type]
    everything = " ".join(message["content"] for message in made.messages)
    german = sum(word in everything.split() for word in ("und", "der", "die", "nicht", "für"))
    english = sum(word in everything.split() for word in ("and", "the", "with", "not", "for"))
    assert (german > english) == (language == "de")


def test_what_is_written_already_is_gone_on_with() -> None:
    made = _build(["Before."], written="Half a sent")
    assert [message["role"] for message in made.messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert made.messages[-2]["content"] == "Half a sent"
    assert made.messages[2]["content"] == "Before."


def test_what_never_changes_stands_first_and_the_wish_near_the_end() -> None:
    first, second = _build(["One."], wish="a whale"), _build(["One.", "Two."], wish="a bear")
    assert first.messages[0] == second.messages[0]
    assert "a whale" in first.messages[-1]["content"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_where_the_reader_decides_the_engine_is_asked_for_choices_until_the_last_passage(language: str) -> None:
    brief = Brief(prompt="x", language=language, form="choose", length="medium")  # type: ignore[arg-type]
    fork = "Text.\n\n→ one\n\n→ two"

    def asked(*told: str) -> str:
        return _build(list(told), brief=brief).messages[-1]["content"]

    first, middle, last, chapter = asked(), asked(fork), asked(fork, fork, fork), asked(fork, fork, fork, "The end.")
    assert "# Tit" in first
    assert "# Tit" not in middle
    for text in (first, middle, chapter):
        assert "“→ ”" in text or "„→ “" in text
    assert "→" not in last


def test_the_oldest_passages_give_way() -> None:
    told = [f"Passage {number}. " + "word " * 400 for number in range(20)]
    made = _build(told, budget=3000)
    assert made.left_out > 0
    assert "left out" in made.messages[1]["content"]
    assert "Passage 19." in made.messages[2]["content"]
    assert "Passage 0." not in made.messages[2]["content"]


@given(
    told=st.lists(st.text(max_size=3000), max_size=12),
    written=st.text(max_size=500),
    wish=st.none() | st.text(min_size=1, max_size=200),
    age_band=st.sampled_from(AGE_BANDS),
    length=st.sampled_from(LENGTHS),
    language=st.sampled_from(["de", "en"]),
    budget=st.integers(3000, 20_000),
)
def test_it_never_overruns_the_window(
    told: list[str], written: str, wish: str | None, age_band: str, length: str, language: str, budget: int
) -> None:
    brief = Brief(prompt="A dragon", age_band=age_band, length=length, language=language)  # type: ignore[arg-type]
    made = _build(told, brief=brief, wish=wish, written=written, budget=budget)
    assert made.estimate_tokens + made.max_tokens <= budget
    assert made.max_tokens > 0
    assert 0 <= made.left_out <= len(told)
    if told and not made.left_out:
        assert made.messages[2]["content"] == "\n\n".join(told)


def test_a_brief_survives_being_kept() -> None:
    assert Brief.from_json(BRIEF.to_json()) == BRIEF
