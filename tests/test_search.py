"""Words in titles and texts: letters in any case, every other sign as it is, and never for long."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from storybot import search, stories
from storybot.brief import Brief
from storybot.db import writing
from storybot.errors import SearchTooLong
from storybot.models import LOCAL_OWNER_ID, Story
from storybot.stories import Choice

Shelving = Callable[..., None]


@pytest.fixture
def shelving(session: Session) -> Shelving:
    """`shelving(title, text, …)` puts stories of one passage on the shelf."""

    def shelve(*titles_and_texts: str) -> None:
        with writing(session):
            for title, text in zip(titles_and_texts[::2], titles_and_texts[1::2], strict=True):
                begun = stories.create(session, LOCAL_OWNER_ID, Brief(prompt="A dragon"), Choice("storyteller"))
                begun.story.title, begun.first.text = title, text

    return shelve


def _found(session: Session, words: str, limit: int = 10) -> list[str]:
    return [one.title for one in stories.shelf(session, LOCAL_OWNER_ID, limit=limit, words=words)]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("lighthouse", "A LightHouse"),
        ("ÄPFEL", "drei äpfel"),
        ("äpfel", "Drei ÄPFEL"),
        ("größe", "GRÖßE"),
        ("ελπίδα", "ΕΛΠΊΔΑ"),
        ("дом", "ДОМ"),
        ("桃太郎", "昔々桃太郎が"),
        ("100%", "um 100% besser"),
        ("a_b", "a_b"),
        ("*", "ein * Stern"),
        ("[ä]", "die [ä] Klammer"),
        ("ü?", "wie früh, ü?"),
        ("back\\slash", "a back\\slash"),
        ("'", "it's"),
        ("fog light fog", "light in the fog"),
    ],
)
def test_letters_match_in_any_case_and_signs_as_they_are(session: Session, shelving: Shelving, words: str, text: str) -> None:
    shelving("in the text", text, text, "in the title", "neither", "axb 100 a\\b äb backXslash ü")
    assert _found(session, words) == [text, "in the text"]


def test_words_may_stand_in_title_and_text_and_each_has_to(session: Session, shelving: Shelving) -> None:
    shelving("The mill", "a brook", "The brook", "a mill", "The mill and nothing", "else")
    assert _found(session, "mill brook") == ["The brook", "The mill"]


def test_newest_first_through_several_batches(session: Session, shelving: Shelving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    shelving(*[part for n in range(7) for part in (f"{n}", "wanted" if n % 2 else "other")])
    assert _found(session, "wanted") == ["5", "3", "1"]
    assert _found(session, "wanted", limit=2) == ["5", "3"]


def test_a_search_that_takes_too_long_is_given_up(session: Session, shelving: Shelving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LIMIT_S", -1.0)
    monkeypatch.setattr(search, "_STEPS", 1)
    shelving("A title", "a text")
    with pytest.raises(SearchTooLong):
        _found(session, "text")


def test_other_greenlets_go_on_meanwhile(session: Session, shelving: Shelving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under gevent the looking is a thread's: whoever calls only waits for it."""
    asked: list[str] = []
    monkeypatch.setattr(search._threads, "do", lambda work, *given: (asked.append(work.__name__), work(*given))[1])
    shelving("A title", "a text")
    assert _found(session, "text") == ["A title"]
    assert asked == ["_hits"]


def test_the_bin_is_searched_by_itself(session: Session, shelving: Shelving) -> None:
    shelving("A title", "a text", "Another title", "a text")
    with writing(session):
        stories.into_bin(session, session.scalars(select(Story).where(Story.title == "A title")).one())
    assert _found(session, "title") == ["Another title"]
    assert [one.title for one in stories.shelf(session, LOCAL_OWNER_ID, limit=10, words="title", in_bin=True)] == ["A title"]
