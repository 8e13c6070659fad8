"""Passages: the branch, its siblings, going on, other versions, edits, and the head that moves between them."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.support import ID, NO_ID, TIME, pointers, refused
from tests.api.test_stories import begin
from tests.conftest import Running, finish_all
from tests.fakes.engine import ScriptedEngine

Tell = Callable[..., dict[str, Any]]


class Desk:
    """One story and what a reader does with it."""

    def __init__(self, client: FlaskClient, story: dict[str, Any], worker: Running, engine: ScriptedEngine) -> None:
        self.client, self.id, self._worker, self._engine = client, story["id"], worker, engine
        self.path = f"/stories/{story['id']}/passages"

    def add(self, action: str, **more: Any) -> TestResponse:
        return self.client.post(self.path, json={"action": action} | more)

    def have_written(self, text: str, action: str = "continue", **more: Any) -> dict[str, Any]:
        """Have the engine write a passage to its end."""
        self._engine.enqueue(text)
        made = self.add(action, **more)
        assert made.status_code == 202, made.json
        self._worker(finish_all)
        return next(one for one in self.branch() if one["id"] == made.json["id"])

    def written(self, text: str, action: str = "write", **more: Any) -> dict[str, Any]:
        """Write a passage oneself."""
        made = self.add(action, text=text, **more)
        assert made.status_code == 201, made.json
        shown: dict[str, Any] = made.json
        return shown

    def branch(self) -> list[dict[str, Any]]:
        answer = self.client.get(self.path)
        assert answer.status_code == 200
        shown: list[dict[str, Any]] = answer.json
        return shown

    def texts(self) -> list[str]:
        return [passage["text"] for passage in self.branch()]

    def head(self, action: str, passage_id: str | None = None) -> TestResponse:
        return self.client.post(f"/stories/{self.id}/head", json={"action": action} | ({"passage_id": passage_id} if passage_id else {}))

    def story(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.client.get(f"/stories/{self.id}").json
        return shown


@pytest.fixture
def desk(told: Tell, client: FlaskClient, worker: Running, engine: ScriptedEngine) -> Desk:
    """A story of one finished passage: "One."."""
    return Desk(client, told("One."), worker, engine)


def test_the_first_passage(desk: Desk) -> None:
    (first,) = desk.branch()
    assert (first["text"], first["author"], first["action"], first["state"]) == ("One.", "engine", "begin", "done")
    assert (first["parent_id"], first["source_id"], first["wish"]) == (None, None, None)
    assert (first["sibling_index"], first["sibling_count"], first["sibling_ids"]) == (1, 1, [first["id"]])
    assert first["story_id"] == desk.id
    assert ID.fullmatch(first["id"])
    assert TIME.fullmatch(first["created_at"])
    assert first["generation"]["state"] == "done"


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_continue_is_accepted_and_says_where_to_read_along(desk: Desk, prefix: str) -> None:
    made = desk.client.post(prefix + desk.path, json={"action": "continue", "wish": " A storm "})
    assert made.status_code == 202
    passage = made.json
    assert (passage["state"], passage["text"], passage["wish"], passage["action"]) == ("queued", "", "A storm", "continue")
    assert passage["generation"]["events"] == f"{prefix}/generations/{passage['generation']['id']}/events"
    assert passage["parent_id"] == desk.branch()[0]["id"]
    assert desk.story()["head_id"] == passage["id"]
    assert desk.story()["state"] == "queued"


def test_the_branch_runs_from_the_root_to_the_head(desk: Desk) -> None:
    desk.have_written("Two.")
    desk.written("Three, by myself.")
    branch = desk.branch()
    assert [passage["text"] for passage in branch] == ["One.", "Two.", "Three, by myself."]
    assert [passage["parent_id"] for passage in branch] == [None, branch[0]["id"], branch[1]["id"]]
    assert [passage["author"] for passage in branch] == ["engine", "engine", "reader"]
    assert branch[2]["generation"] is None
    assert branch[2]["state"] == "done"
    story = desk.story()
    assert (story["opening"], story["word_count"], story["head_id"]) == ("One.\n\nTwo.\n\nThree, by myself.", 5, branch[2]["id"])
    assert story["generation"] is None


def test_retry_makes_a_sibling_and_keeps_the_first_version(desk: Desk, engine: ScriptedEngine) -> None:
    first = desk.have_written("Two.", wish="A storm")
    second = desk.have_written("Two, otherwise.", "retry")
    third = desk.have_written("Two, once more.", "retry", passage_id=first["id"], wish="No storm")
    assert desk.texts() == ["One.", "Two, once more."]
    assert third["sibling_ids"] == [first["id"], second["id"], third["id"]]
    assert (third["sibling_index"], third["sibling_count"]) == (3, 3)
    assert (second["source_id"], third["source_id"]) == (first["id"], first["id"])
    assert (second["wish"], third["wish"]) == ("A storm", "No storm")
    variants = [order.variant for order in engine.orders[1:]]
    assert variants == [0, 1, 2]


def test_retry_of_the_first_passage(desk: Desk, engine: ScriptedEngine) -> None:
    passage = desk.have_written("Another beginning.", "retry")
    assert (passage["parent_id"], passage["sibling_index"], passage["sibling_count"]) == (None, 2, 2)
    assert desk.texts() == ["Another beginning."]
    assert engine.orders[-1].told == ()


def test_continue_after_an_earlier_passage_forks(desk: Desk) -> None:
    root = desk.branch()[0]["id"]
    desk.have_written("Two.")
    forked = desk.have_written("Two, elsewhere.", passage_id=root)
    assert desk.texts() == ["One.", "Two, elsewhere."]
    assert forked["sibling_count"] == 2


def test_an_edit_carries_over_what_follows(desk: Desk) -> None:
    root = desk.branch()[0]
    desk.have_written("Two.", wish="A storm")
    desk.written("Three.")
    edited = desk.written("One, changed.", "edit", passage_id=root["id"])
    assert (edited["author"], edited["action"], edited["source_id"]) == ("reader", "edit", root["id"])
    assert (edited["sibling_index"], edited["sibling_ids"]) == (2, [root["id"], edited["id"]])
    assert desk.texts() == ["One, changed.", "Two.", "Three."]
    assert [passage["author"] for passage in desk.branch()] == ["reader", "engine", "reader"]
    desk.head("undo")
    assert desk.texts() == ["One.", "Two.", "Three."]  # nothing was overwritten


def test_an_edit_that_changes_nothing_is_a_conflict(desk: Desk) -> None:
    refused(desk.add("edit", text="One."), 409, "conflict")
    assert len(desk.branch()[0]["sibling_ids"]) == 1


@pytest.mark.parametrize("action", ["edit", "write"])
@pytest.mark.parametrize("text", [None, "", " \n ", "x" * 100_001, "a\x00b", 5])
def test_a_text_that_cannot_be_kept_is_pointed_at(desk: Desk, action: str, text: object) -> None:
    assert pointers(desk.add(action, text=text)) == ["/text"]
    assert desk.texts() == ["One."]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/action"),
        ({"action": "delete"}, "/action"),
        ({"action": None}, "/action"),
        ({"action": "continue", "wish": "x" * 1001}, "/wish"),
        ({"action": "continue", "engine": "none"}, "/engine"),
        ({"action": "continue", "passage_id": "x" * 37}, "/passage_id"),
        ({"action": "continue", "passage_id": 5}, "/passage_id"),
        ({"action": "continue", "more": 1}, "/more"),
    ],
)
def test_what_does_not_fit_is_pointed_at(desk: Desk, body: dict[str, Any], pointer: str) -> None:
    assert pointers(desk.client.post(desk.path, json=body)) == [pointer]
    assert len(desk.branch()) == 1


@pytest.mark.parametrize("action", ["continue", "retry", "edit", "write"])
def test_an_unknown_passage_or_story_is_not_found(desk: Desk, action: str, told: Tell) -> None:
    strangers = told("Elsewhere.")["head_id"]
    for passage_id in (NO_ID, "x", strangers):
        refused(desk.add(action, text="x", passage_id=passage_id), 404, "not-found")
    refused(desk.client.post(f"/stories/{NO_ID}/passages", json={"action": action, "text": "x"}), 404, "not-found")
    refused(desk.client.get(f"/stories/{NO_ID}/passages"), 404, "not-found")


@pytest.mark.parametrize("action", ["continue", "retry", "edit", "write"])
def test_an_unfinished_passage_is_left_alone(client: FlaskClient, action: str) -> None:
    story = begin(client)
    answer = client.post(f"/stories/{story['id']}/passages", json={"action": action, "text": "x"})
    assert refused(answer, 409, "still-writing")["passage_id"] == story["head_id"]
    assert len(client.get(f"/stories/{story['id']}/passages").json) == 1


def test_an_earlier_passage_is_not_edited_while_what_follows_is_being_written(desk: Desk) -> None:
    root = desk.branch()[0]["id"]
    desk.add("continue")
    refused(desk.add("edit", text="x", passage_id=root), 409, "still-writing")
    assert desk.add("write", text="A fork.", passage_id=root).status_code == 201


def test_a_stopped_passage_can_be_gone_on_from_and_retried(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    story = begin(client)
    client.post(f"/generations/{story['generation']['id']}/stop")
    desk = Desk(client, story, worker, engine)
    assert desk.have_written("Tried again.", "retry")["sibling_index"] == 2
    assert desk.have_written("And on.")["text"] == "And on."


def test_the_same_idempotency_key_makes_one_passage(desk: Desk) -> None:
    key = {"Idempotency-Key": "one"}
    for action, status in (("continue", 202), ("write", 201)):
        body = {"action": action, "text": "Mine."}
        key["Idempotency-Key"] = action
        if action == "write":
            body["passage_id"] = desk.branch()[0]["id"]
        first = desk.client.post(desk.path, json=body, headers=key)
        again = desk.client.post(desk.path, json=body, headers=key)
        assert (first.status_code, again.status_code) == (status, status)
        assert first.json["id"] == again.json["id"]
        refused(desk.client.post(desk.path, json=body | {"wish": "other"}, headers=key), 422, "idempotency-mismatch")
    assert desk.branch()[-1]["sibling_count"] == 2


def test_a_key_belongs_to_one_story(desk: Desk, told: Tell) -> None:
    other, key = told("Elsewhere."), {"Idempotency-Key": "one"}
    body = {"action": "write", "text": "Mine."}
    assert desk.client.post(desk.path, json=body, headers=key).status_code == 201
    refused(desk.client.post(f"/stories/{other['id']}/passages", json=body, headers=key), 422, "idempotency-mismatch")


def test_passages_count_towards_the_limit_of_open_ones(told: Tell, another: Callable[..., FlaskClient]) -> None:
    stories = [told("One."), told("Two.")]
    client = another(open_generations=1)
    assert client.post(f"/stories/{stories[0]['id']}/passages", json={"action": "continue"}).status_code == 202
    for action in ("continue", "retry"):
        refused(client.post(f"/stories/{stories[1]['id']}/passages", json={"action": action}), 429, "too-many-generations")
    assert client.post(f"/stories/{stories[1]['id']}/passages", json={"action": "write", "text": "x"}).status_code == 201
