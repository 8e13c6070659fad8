"""Stories: tell one, find, rename, delete, restore."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from storybot.engines.contract import Title
from tests.api.support import ID, NO_ID, TIME, pointers, refused
from tests.conftest import Running, finish_all
from tests.fakes.engine import ScriptedEngine

Tell = Callable[..., dict[str, Any]]


def begin(client: FlaskClient, prompt: str = "A dragon", **wanted: Any) -> dict[str, Any]:
    """A story that nobody has begun to write."""
    made = client.post("/stories", json={"prompt": prompt} | wanted)
    assert made.status_code == 201, made.json
    shown: dict[str, Any] = made.json
    return shown


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_new_story_is_queued_and_says_where_to_read_along(client: FlaskClient, prefix: str) -> None:
    made = client.post(f"{prefix}/stories", json={"prompt": "A dragon who is afraid of fire"})
    story = made.json
    assert made.status_code == 201
    assert made.headers["Location"] == f"{prefix}/stories/{story['id']}"
    assert story["generation"]["events"] == f"{prefix}/generations/{story['generation']['id']}/events"
    assert client.get(made.headers["Location"]).json == story
    assert story["state"] == story["generation"]["state"] == "queued"
    assert (story["word_count"], story["opening"], story["can_undo"], story["can_redo"]) == (0, "", False, False)
    assert story["generation"]["passage_id"] == story["head_id"]


def test_ids_are_version_7_and_times_end_in_z(told: Tell) -> None:
    story = told("Once.")
    generation = story["generation"]
    for value in (story["id"], story["head_id"], generation["id"], generation["story_id"], generation["passage_id"]):
        assert ID.fullmatch(value), value
    for value in (story["created_at"], story["updated_at"]):
        assert TIME.fullmatch(value), value
    for field in ("created_at", "started_at", "first_text_at", "finished_at"):
        assert TIME.fullmatch(generation[field]), field


def test_a_told_story_shows_its_opening_and_its_words(told: Tell) -> None:
    story = told("Once upon a time ", "there was a dragon. " * 30)
    assert story["state"] == "done"
    assert story["word_count"] == 4 + 4 * 30
    assert len(story["opening"]) == 240
    assert story["opening"].startswith("Once upon a time there was")
    assert story["generation"]["problem"] is None


def test_the_lines_of_a_decision_are_no_part_of_opening_and_word_count(told: Tell) -> None:
    story = told("It was dark. ", "What now?\n\n→ Light the lamp\n\n→ Call for the owl")
    assert (story["opening"], story["word_count"]) == ("It was dark. What now?", 5)


def test_the_whole_brief_is_kept(client: FlaskClient) -> None:
    wanted = {
        "language": "de",
        "age_band": "9-12",
        "length": "medium",
        "form": "choose",
        "genre": "Krimi",
        "tone": "heiter",
        "moral": "Mut",
        "place": "am Meer",
        "hero": {"name": "Zoë", "pronouns": "sie", "age": 7, "looks": "rotes Haar", "traits": ["mutig"], "likes": ["Eis"], "fears": ["Wespen"]},
        "companions": [{"name": "Rex", "kind": "Hund"}, {"name": "Ida"}],
    }
    story = begin(client, "Ein Drache", seed=7, **wanted)
    assert story["brief"] == wanted | {"prompt": "Ein Drache"}
    assert (story["seed"], story["language"], story["engine"], story["model"]) == (7, "de", "storyteller", None)


def test_empty_wishes_count_as_none(client: FlaskClient) -> None:
    story = begin(client, genre="", tone=None, hero={"name": "Zoë", "age": 0, "looks": "", "likes": []}, companions=[])
    assert story["brief"]["hero"] == {"name": "Zoë", "age": 0}
    assert not {"genre", "tone", "companions"} & set(story["brief"])
    assert "hero" not in begin(client, hero=None)["brief"]


@pytest.mark.parametrize(("accepts", "language"), [("de-AT,en;q=0.5", "de"), ("fr", "en"), ("", "en"), ("en-GB", "en")])
def test_the_browsers_language_is_the_default(client: FlaskClient, accepts: str, language: str) -> None:
    story = client.post("/stories", json={"prompt": "x"}, headers={"Accept-Language": accepts}).json
    assert story["language"] == language


def test_the_readers_defaults_hold_for_a_new_story(client: FlaskClient) -> None:
    client.patch("/configuration", json={"language": "de", "age_band": "adult", "length": "long", "engine": "openai", "model": "mine"})
    story = client.post("/stories", json={"prompt": "x"}, headers={"Accept-Language": "en"}).json
    assert (story["language"], story["brief"]["age_band"], story["brief"]["length"]) == ("de", "adult", "long")
    assert (story["engine"], story["model"]) == ("openai", "mine")
    assert begin(client, language="en", engine="storyteller")["language"] == "en"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/prompt"),
        ({"prompt": "x", "prompt_id": 1}, "/prompt"),
        ({"prompt": ""}, "/prompt"),
        ({"prompt": "x" * 4001}, "/prompt"),
        ({"prompt_id": 0}, "/prompt_id"),
        ({"prompt_id": "1"}, "/prompt_id"),
        ({"prompt_id": 2**63}, "/prompt_id"),
        ({"prompt": "x", "language": "fr"}, "/language"),
        ({"prompt": "x", "age_band": "0-99"}, "/age_band"),
        ({"prompt": "x", "length": "epic"}, "/length"),
        ({"prompt": "x", "form": "sung"}, "/form"),
        ({"prompt": "x", "engine": "none"}, "/engine"),
        ({"prompt": "x", "seed": -1}, "/seed"),
        ({"prompt": "x", "seed": 2**31}, "/seed"),
        ({"prompt": "x", "seed": 1.5}, "/seed"),
        ({"prompt": "x", "hero": {}}, "/hero/name"),
        ({"prompt": "x", "hero": {"name": "x", "age": -1}}, "/hero/age"),
        ({"prompt": "x", "hero": {"name": "x", "traits": ["ok", ""]}}, "/hero/traits/1"),
        ({"prompt": "x", "hero": {"name": "x", "likes": ["x"] * 13}}, "/hero/likes"),
        ({"prompt": "x", "companions": [{"name": "x"}, {"kind": "dog"}]}, "/companions/1/name"),
        ({"prompt": "x", "companions": [{"name": "x"}] * 7}, "/companions"),
        ({"prompt": "x", "genre": "x" * 201}, "/genre"),
        ({"prompt": "x", "place": "a\x00b"}, "/place"),
        ({"prompt": "x", "colour": "red"}, "/colour"),
    ],
)
def test_what_does_not_fit_is_pointed_at_and_begins_no_story(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    assert pointers(client.post("/stories", json=body)) == [pointer]
    assert client.get("/stories").json == []


def test_several_faults_are_all_pointed_at(client: FlaskClient) -> None:
    found = pointers(client.post("/stories", json={"prompt": "", "seed": "x", "hero": {"age": "old"}}))
    assert set(found) == {"/prompt", "/seed", "/hero/name", "/hero/age"}


def test_an_unknown_prompt_is_not_found(client: FlaskClient) -> None:
    refused(client.post("/stories", json={"prompt_id": 12345}), 404, "not-found")


def test_an_engine_that_is_not_set_up_is_refused(another: Callable[..., FlaskClient]) -> None:
    answer = another().post("/stories", json={"prompt": "x", "engine": "openai"})
    assert pointers(answer) == ["/engine"]
    assert answer.json["reason"] == "engine-not-configured"


def test_the_same_idempotency_key_gives_the_same_story(client: FlaskClient) -> None:
    key = {"Idempotency-Key": "k" * 200}
    first = client.post("/stories", json={"prompt": "x", "length": "long"}, headers=key)
    again = client.post("/api/stories", json={"length": "long", "prompt": "x"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["id"] == again.json["id"]
    assert again.headers["Location"] == f"/api{first.headers['Location']}"
    assert len(client.get("/stories").json) == 1
    refused(client.post("/stories", json={"prompt": "y"}, headers=key), 422, "idempotency-mismatch")
    assert client.post("/stories", json={"prompt": "x", "length": "long"}).json["id"] != first.json["id"]


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_an_idempotency_key_of_a_wrong_length_is_refused(client: FlaskClient, key: str) -> None:
    assert pointers(client.post("/stories", json={"prompt": "x"}, headers={"Idempotency-Key": key})) == ["/Idempotency-Key"]


def test_a_key_whose_first_request_failed_is_free(client: FlaskClient) -> None:
    key = {"Idempotency-Key": "once"}
    refused(client.post("/stories", json={"prompt_id": 9}, headers=key), 404, "not-found")
    assert client.post("/stories", json={"prompt": "x"}, headers=key).status_code == 201


def test_a_story_can_be_renamed_and_keeps_that_title(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue(Title("The engine's title"), "Once.")
    story = begin(client)
    renamed = client.patch(f"/stories/{story['id']}", json={"title": "  Mine  "})
    assert (renamed.status_code, renamed.json["title"]) == (200, "Mine")
    worker(finish_all)
    assert client.get(f"/stories/{story['id']}").json["title"] == "Mine"


def test_the_engine_titles_a_story_that_has_no_title_yet(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    engine.enqueue(Title("The engine's title"), "Once.")
    story = begin(client)
    assert story["title"]
    worker(finish_all)
    assert client.get(f"/stories/{story['id']}").json["title"] == "The engine's title"


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, None, 5])
def test_a_title_that_does_not_fit_is_refused(client: FlaskClient, title: object) -> None:
    story = begin(client)
    assert pointers(client.patch(f"/stories/{story['id']}", json={"title": title})) == ["/title"]
    assert client.get(f"/stories/{story['id']}").json == story


def test_an_empty_change_changes_nothing(client: FlaskClient) -> None:
    story = begin(client)
    assert client.patch(f"/stories/{story['id']}", json={}).json == story


def test_a_deleted_story_lies_in_the_bin_and_comes_back(told: Tell, client: FlaskClient) -> None:
    story = told("Once.")
    assert client.delete(f"/stories/{story['id']}").status_code == 204
    assert client.get("/stories").json == []
    binned = client.get("/stories?bin=true").json
    assert [one["id"] for one in binned] == [story["id"]]
    assert TIME.fullmatch(binned[0]["deleted_at"])
    restored = client.post(f"/stories/{story['id']}/restore")
    assert (restored.status_code, restored.json["deleted_at"]) == (200, None)
    assert [one["id"] for one in client.get("/stories").json] == [story["id"]]
    assert client.get("/stories?bin=true").json == []


def test_into_the_bin_stops_the_writing(client: FlaskClient) -> None:
    story = begin(client)
    client.delete(f"/stories/{story['id']}")
    assert client.get(f"/stories/{story['id']}").json["state"] == "stopped"


def test_deleted_for_ever_is_gone_with_everything_in_it(told: Tell, client: FlaskClient) -> None:
    story = told("Once.")
    assert client.delete(f"/stories/{story['id']}?forever=true").status_code == 204
    refused(client.get(f"/stories/{story['id']}"), 404, "not-found")
    refused(client.get(f"/stories/{story['id']}/passages"), 404, "not-found")
    refused(client.get(f"/generations/{story['generation']['id']}"), 404, "not-found")
    assert client.get("/stories?bin=true").json == []


def test_a_story_that_is_being_written_is_not_deleted_for_ever(client: FlaskClient) -> None:
    story = begin(client)
    refused(client.delete(f"/stories/{story['id']}?forever=true"), 409, "still-writing")
    assert client.get(f"/stories/{story['id']}").status_code == 200


@pytest.mark.parametrize("unknown", [NO_ID, "nonsense", "%F0%9F%90%89", "a" * 5000])
def test_an_unknown_story_is_not_found(client: FlaskClient, unknown: str) -> None:
    refused(client.get(f"/stories/{unknown}"), 404, "not-found")
    refused(client.patch(f"/stories/{unknown}", json={"title": "x"}), 404, "not-found")
    refused(client.delete(f"/stories/{unknown}"), 404, "not-found")
    refused(client.post(f"/stories/{unknown}/restore"), 404, "not-found")
    refused(client.post(f"/stories/{unknown}/head", json={"action": "undo"}), 404, "not-found")


def test_no_more_than_so_many_stories_are_written_at_once(another: Callable[..., FlaskClient]) -> None:
    client = another(open_generations=2)
    story = begin(client)
    begin(client)
    answer = client.post("/stories", json={"prompt": "one too many"})
    body = refused(answer, 429, "too-many-generations")
    assert body["limit"] == 2
    assert int(answer.headers["Retry-After"]) == body["retry_after_s"] > 0
    client.post(f"/generations/{story['generation']['id']}/stop")
    begin(client)
    for _ in range(3):
        begin(another(open_generations=2, limits="off"))
