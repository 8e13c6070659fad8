"""The shelf of stories: pages, the bin, and finding a story by its words."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event

from tests.api.support import ID, pointers
from tests.api.test_stories import begin

Tell = Callable[..., dict[str, Any]]


@pytest.fixture
def free(another: Callable[..., FlaskClient]) -> FlaskClient:
    """A client without limits."""
    return another(limits="off")


def pages(client: FlaskClient, start: str) -> list[list[str]]:
    """The titles on each page, by following `Link`."""
    found, address = [], start
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        found.append([story["title"] for story in answer.json])
        link = answer.headers.get("Link", "")
        assert not link or link.endswith('>; rel="next"')
        address = link.removeprefix("<").removesuffix('>; rel="next"')
        assert len(found) < 50
    return found


def titles(client: FlaskClient, words: str, **more: Any) -> set[str]:
    """The titles that are found with these words."""
    answer = client.get("/stories", query_string={"q": words} | more)
    assert answer.status_code == 200
    return {story["title"] for story in answer.json}


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_25_stories_are_paged_through_newest_first(free: FlaskClient, prefix: str) -> None:
    for number in range(25):
        begin(free, f"Story {number}")
    newest_first = [f"Story {number}" for number in reversed(range(25))]
    assert pages(free, f"{prefix}/stories") == [newest_first[:20], newest_first[20:]]
    by_ten = pages(free, f"{prefix}/stories?limit=10")
    assert [len(page) for page in by_ten] == [10, 10, 5]
    assert list(chain(*by_ten)) == newest_first
    assert free.get(f"{prefix}/stories?limit=10").headers["Link"].startswith(f"<{prefix}/stories?")
    assert pages(free, f"{prefix}/stories?limit=25") == [newest_first]  # exactly full: no link to an empty page


def test_a_story_that_comes_or_goes_meanwhile_shifts_no_page(free: FlaskClient) -> None:
    made = [begin(free, f"Story {number}") for number in range(6)]
    first = free.get("/stories?limit=3")
    begin(free, "A late one")
    free.delete(f"/stories/{made[3]['id']}")  # the last one of the first page, to which the link leads
    following = first.headers["Link"].removeprefix("<").split(">")[0]
    assert [story["title"] for story in free.get(following).json] == ["Story 2", "Story 1", "Story 0"]


def test_link_keeps_the_words_and_the_bin(free: FlaskClient) -> None:
    for number in range(5):
        story = begin(free, f"Grün & blau {number}")
        free.delete(f"/stories/{story['id']}")
    begin(free, "Grün & blau, not in the bin")
    begin(free, "Rot")
    found = pages(free, "/stories?limit=2&bin=true&q=gr%C3%BCn+%26")
    assert [len(page) for page in found] == [2, 2, 1]
    assert all(title.startswith("Grün & blau ") for title in chain(*found))


def test_link_stands_only_where_there_is_more(client: FlaskClient) -> None:
    assert "Link" not in client.get("/stories").headers
    begin(client)
    assert "Link" not in client.get("/stories?limit=1").headers


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=x", "/limit"),
        ("bin=maybe", "/bin"),
        ("after=" + "x" * 37, "/after"),
        ("q=" + "x" * 201, "/q"),
    ],
)
def test_a_wrong_query_is_pointed_at(client: FlaskClient, query: str, pointer: str) -> None:
    assert pointers(client.get(f"/stories?{query}")) == [pointer]


def test_words_are_found_in_title_and_text(client: FlaskClient, told: Tell) -> None:
    told("There was a lighthouse in the fog.", prompt="The keeper")
    told("There was a mill on the brook.", prompt="The miller and the lighthouse")
    told("Nothing of the sort.", prompt="Something else")
    assert titles(client, "lighthouse") == {"The keeper", "The miller and the lighthouse"}
    assert titles(client, "LightHouse  fog") == {"The keeper"}  # each word somewhere, in any case
    assert titles(client, "miller brook") == {"The miller and the lighthouse"}  # one in the title, one in the text
    assert titles(client, "ighthous") == {"The keeper", "The miller and the lighthouse"}
    assert titles(client, "submarine") == set()
    assert len(titles(client, "   ")) == 3


@pytest.mark.parametrize("words", ["über", "ÜBER", "Über", "ÄRGER", "größe"])
def test_umlauts_are_found_in_either_case(client: FlaskClient, told: Tell, words: str) -> None:
    told("Er hatte ärger mit der Größe.", prompt="Über den Wolken")
    told("Ubers Meer, Arger, Grosse.", prompt="Ohne Punkte")
    assert titles(client, words) == {"Über den Wolken"}


@pytest.mark.parametrize(
    ("words", "found"), [("100%", "Es sind 100% sicher"), ("a_b", "Die Datei a_b"), ("\\n", "Ein \\n im Titel"), ("/x", "Der Pfad /x")]
)
def test_signs_with_a_meaning_for_the_database_are_taken_literally(free: FlaskClient, words: str, found: str) -> None:
    for prompt in (
        "Es sind 100% sicher",
        "Es sind 1000 sicher",
        "Die Datei a_b",
        "Die Datei axb",
        "Ein \\n im Titel",
        "Ein n im Titel",
        "Der Pfad /x",
    ):
        begin(free, prompt)
    assert titles(free, words) == {found}


@pytest.mark.parametrize("words", ["'", '"', "' OR 1=1 --", "%", "_"])
def test_hostile_words_find_nothing(client: FlaskClient, words: str) -> None:
    begin(client, "A quiet story")
    assert titles(client, words) == set()


def test_another_version_is_found_too(client: FlaskClient, told: Tell) -> None:
    story = told("The first version has an owl.", prompt="Birds")
    client.post(f"/stories/{story['id']}/passages", json={"action": "edit", "text": "The second has a raven."})
    assert titles(client, "owl") == titles(client, "raven") == {"Birds"}


def test_an_after_that_no_story_has_is_only_a_place(client: FlaskClient) -> None:
    story = begin(client)
    assert ID.fullmatch(story["id"])
    assert client.get("/stories?after=00000000-0000-7000-8000-000000000000").json == []
    assert [one["id"] for one in client.get("/stories?after=ffffffff-ffff-7fff-bfff-ffffffffffff").json] == [story["id"]]


def test_a_finished_text_is_read_once_for_its_card(client: FlaskClient, told: Tell) -> None:
    """Not for every look at the library; and after a change the card shows what is new."""
    story = told("Once there was a lamp.", prompt="A lamp")
    first = client.get("/stories").json
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Connection, "before_cursor_execute", note)
    try:
        assert client.get("/stories").json == first
    finally:
        event.remove(Connection, "before_cursor_execute", note)
    assert asked
    assert not [one for one in asked if "passages.text" in one]
    client.post(f"/stories/{story['id']}/passages", json={"action": "write", "text": "It went out."})
    shown = client.get("/stories").json[0]
    assert (shown["opening"], shown["word_count"]) == ("Once there was a lamp.\n\nIt went out.", 8)
    client.post(f"/stories/{story['id']}/head", json={"action": "undo"})
    assert client.get("/stories").json[0]["word_count"] == 5
