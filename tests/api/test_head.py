"""The head: undo, redo, and reading on at another passage."""

import pytest

from tests.api.support import NO_ID, pointers, refused
from tests.api.test_passages import Desk, Tell, desk

__all__ = ["desk"]


def test_undo_and_redo_walk_where_the_head_has_been(desk: Desk) -> None:
    desk.have_written("Two.")
    desk.have_written("Two, otherwise.", "retry")
    seen = [desk.texts()]
    while desk.story()["can_undo"]:
        assert desk.head("undo").status_code == 200
        seen.append(desk.texts())
    assert seen == [["One.", "Two, otherwise."], ["One.", "Two."], ["One."]]
    refused(desk.head("undo"), 409, "nothing-to-undo")
    while desk.story()["can_redo"]:
        moved = desk.head("redo").json
        seen.append(desk.texts())
        assert moved == desk.story()
    assert seen[2:] == [["One."], ["One.", "Two."], ["One.", "Two, otherwise."]]
    refused(desk.head("redo"), 409, "nothing-to-redo")


def test_a_new_passage_after_an_undo_ends_redoing(desk: Desk) -> None:
    desk.written("Two.")
    desk.head("undo")
    desk.written("Two, otherwise.")
    assert desk.story()["can_redo"] is False
    refused(desk.head("redo"), 409, "nothing-to-redo")
    assert desk.branch()[-1]["sibling_count"] == 2  # what was undone is still there


def test_choose_goes_to_the_leaf_that_was_last_read_below(desk: Desk) -> None:
    first = desk.written("Two.")
    third = desk.written("Three.")
    other = desk.have_written("Two, otherwise.", "retry", passage_id=first["id"])
    assert desk.texts() == ["One.", "Two, otherwise."]
    chosen = desk.head("choose", first["id"])
    assert (chosen.status_code, chosen.json["head_id"]) == (200, third["id"])
    assert desk.texts() == ["One.", "Two.", "Three."]
    desk.head("choose", other["id"])
    assert desk.texts() == ["One.", "Two, otherwise."]
    desk.head("undo")
    assert desk.texts() == ["One.", "Two.", "Three."]  # choosing can be undone


def test_choosing_what_is_read_already_is_no_step(desk: Desk) -> None:
    assert desk.head("choose", desk.branch()[0]["id"]).json["can_undo"] is False


def test_the_story_shows_the_branch_being_read(desk: Desk) -> None:
    desk.written("Two and three and four.")
    assert desk.story()["word_count"] == 6
    story = desk.head("undo").json
    assert (story["word_count"], story["opening"], story["can_undo"], story["can_redo"]) == (1, "One.", False, True)
    assert story["generation"]["passage_id"] == story["head_id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/action"),
        ({"action": "jump"}, "/action"),
        ({"action": "choose"}, "/passage_id"),
        ({"action": "choose", "passage_id": None}, "/passage_id"),
        ({"action": "choose", "passage_id": ""}, "/passage_id"),
        ({"action": "undo", "passage_id": "x" * 37}, "/passage_id"),
    ],
)
def test_a_move_that_does_not_fit_is_pointed_at(desk: Desk, body: dict[str, object], pointer: str) -> None:
    assert pointers(desk.client.post(f"/stories/{desk.id}/head", json=body)) == [pointer]


def test_a_passage_of_another_story_cannot_be_chosen(desk: Desk, told: Tell) -> None:
    strangers = told("Elsewhere.")["head_id"]
    refused(desk.head("choose", strangers), 404, "not-found")
    refused(desk.head("choose", NO_ID), 404, "not-found")
