"""Decisions stand at the end of a passage, and only there; they say how far a story has come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storybot.brief import Brief
from storybot.decisions import offered, prose, split, stage

FORK = "It was dark.\n\nWhat now?\n\n→ Light the lamp\n\n→ Call for the owl"
LINES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12).filter(lambda text: not text.startswith("→"))


@pytest.mark.parametrize(
    ("text", "before", "lines"),
    [
        (FORK, "It was dark.\n\nWhat now?", ("Light the lamp", "Call for the owl")),
        (FORK.replace("\n\n→", "\n→"), "It was dark.\n\nWhat now?", ("Light the lamp", "Call for the owl")),
        ("a\n\n→b \n", "a", ("b",)),
        ("She went north → south.", "She went north → south.", ()),
        ("→ One\n\nThen came the end.", "→ One\n\nThen came the end.", ()),
        ("→ One", "→ One", ()),
        ("a\n\n→", "a\n\n→", ()),
        ("", "", ()),
    ],
)
def test_the_lines_are_taken_off_the_end(text: str, before: str, lines: tuple[str, ...]) -> None:
    assert split(text) == (before, lines)
    assert (prose(text), offered(text)) == (before, lines)


@given(st.lists(LINES, min_size=1, max_size=4), st.lists(LINES, max_size=3))
def test_what_was_put_together_comes_apart_again(paragraphs: list[str], lines: list[str]) -> None:
    text = "\n\n".join([*paragraphs, *(f"→ {line}" for line in lines)])
    assert split(text) == ("\n\n".join(paragraphs), tuple(lines))


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ([], (0, 4, False)),
        ([(FORK, "engine")], (1, 4, False)),
        ([(FORK, "engine"), ("My own.", "reader")], (1, 4, False)),
        ([(FORK, "reader")], (1, 4, False)),
        ([("It was", "engine")], (0, 4, False)),
        ([(FORK, "engine")] * 3, (3, 4, False)),
        ([(FORK, "engine")] * 7, (3, 4, False)),
        ([*[(FORK, "engine")] * 3, ("The end.", "engine")], (0, 2, True)),
        ([*[(FORK, "engine")] * 3, ("The end.", "engine"), (FORK, "engine")], (1, 2, True)),
        ([*[(FORK, "engine")] * 3, ("The end.", "engine"), (FORK, "engine"), ("The end.", "engine")], (0, 2, True)),
    ],
)
def test_the_decisions_say_where_the_story_stands(told: list[tuple[str, str]], at: tuple[int, int, bool]) -> None:
    assert stage([text for text, _ in told], [author for _, author in told], "medium") == at


def test_a_brief_from_before_is_told() -> None:
    assert Brief.from_json({"prompt": "x"}).form == "told"
    assert "form" not in Brief(prompt="x").to_json()
    assert Brief.from_json(Brief(prompt="x", form="choose").to_json()).form == "choose"
