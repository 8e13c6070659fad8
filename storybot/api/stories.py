"""Stories: tell one, find, read, rename, delete, and move the head."""

from typing import Any

from apiflask import APIBlueprint
from flask import url_for

from storybot import family, idempotency, offers, prompts, stories
from storybot.api import present
from storybot.api.request import (
    allow_writing,
    configuration,
    connected,
    db_session,
    idempotency_key,
    owner_id,
    reader,
    require_grown_up,
    runtime,
    spoken_language,
)
from storybot.api.schemas import DeleteQuery, HeadIn, IdempotencyHeader, ShelfQuery, StoryIn, StoryOut, StoryPatch
from storybot.brief import Brief
from storybot.db import writing
from storybot.errors import Invalid

blueprint = APIBlueprint("stories", __name__, url_prefix="/stories")

_NOT_IN_BRIEF = ("prompt_id", "engine", "model", "seed")


@blueprint.post("")
@blueprint.input(StoryIn)
@blueprint.input(IdempotencyHeader, location="headers")
@blueprint.output(StoryOut, status_code=201)
def create_story(json_data: dict[str, Any], headers_data: dict[str, Any]) -> Any:
    """Tell a story from a prompt. It is written by the server whether anybody watches or not: read along at
    `generation.events`."""
    key = idempotency_key(headers_data.get("idempotency_key"))
    print_ = idempotency.fingerprint("stories", json_data)
    with writing(db_session()) as session:
        if before := idempotency.made_before(session, owner_id(), key, print_):
            shown = present.story(session, family.find_own(session, reader(), before.story_id))
        else:
            begun = _begun(json_data)
            idempotency.remember(session, owner_id(), key, print_, begun.story.id, begun.first.id)
            shown = present.begun(session, begun)
    return shown, 201, {"Location": url_for("stories.get_story", story_id=shown["id"])}


def _begun(wanted: dict[str, Any]) -> stories.Begun:
    session, defaults = db_session(), configuration()
    allow_writing(stories=1)
    if ("prompt" in wanted) == ("prompt_id" in wanted):
        sentence = "Give either a prompt or the id of a kept one."
        raise Invalid(sentence, errors=[{"pointer": "/prompt", "detail": sentence}])
    prompt_id = wanted.get("prompt_id")
    text = wanted.get("prompt") or prompts.find(session, owner_id(), wanted["prompt_id"]).content
    asked = {key: value for key, value in wanted.items() if key not in _NOT_IN_BRIEF and value not in (None, "", [])}
    if hero := asked.get("hero"):
        asked["hero"] = {key: value for key, value in hero.items() if value not in (None, "", [])}
    asked["companions"] = [{key: value for key, value in one.items() if value} for one in asked.get("companions", ())]
    family.check_age_band(reader(), asked.get("age_band"))
    start = {"language": defaults.language or spoken_language(), "age_band": reader().age_band or defaults.age_band, "length": defaults.length}
    brief = Brief.from_json(start | asked | {"prompt": text})
    choice = offers.choose(runtime().settings, defaults, wanted, engines=reader().engines, connected=connected())
    return stories.create(session, owner_id(), brief, choice, prompt_id=prompt_id, seed=wanted.get("seed"), **family.shelf_of(reader()))


@blueprint.get("")
@blueprint.input(ShelfQuery, location="query")
@blueprint.output(StoryOut(many=True))
def list_stories(query_data: dict[str, Any]) -> Any:
    """Stories, newest first; the `Link` header leads to the next page."""
    limit, words, in_bin = query_data["limit"], query_data["q"], query_data["bin"]
    child = query_data.get("profile")
    rows = stories.shelf(db_session(), owner_id(), limit=limit + 1, after=query_data.get("after"), words=words, in_bin=in_bin, profile_id=child)
    headers = {}
    if len(rows) > limit:
        shown_bin = "true" if in_bin else None
        following = url_for("stories.list_stories", limit=limit, after=rows[limit - 1].id, q=words or None, bin=shown_bin, profile=child)
        headers["Link"] = f'<{following}>; rel="next"'
    return present.shelf(db_session(), rows[:limit]), 200, headers


@blueprint.get("/<story_id>")
@blueprint.output(StoryOut)
def get_story(story_id: str) -> Any:
    """One story."""
    return present.story(db_session(), stories.find(db_session(), owner_id(), story_id))


@blueprint.patch("/<story_id>")
@blueprint.input(StoryPatch)
@blueprint.output(StoryOut)
def change_story(story_id: str, json_data: dict[str, Any]) -> Any:
    """Rename a story, or put it on a child's shelf."""
    with writing(db_session()) as session:
        story = stories.find_to_change(session, owner_id(), story_id)
        if "profile_id" in json_data:
            require_grown_up()
            family.give(session, story, json_data["profile_id"])
        if "title" in json_data:
            stories.rename(story, json_data["title"])
    return present.story(db_session(), story)


@blueprint.delete("/<story_id>")
@blueprint.input(DeleteQuery, location="query")
@blueprint.output({}, status_code=204)
def delete_story(story_id: str, query_data: dict[str, Any]) -> Any:
    """Put a story into the bin, or delete it for ever."""
    with writing(db_session()) as session:
        story = stories.find(session, owner_id(), story_id)
        if query_data["forever"]:
            require_grown_up()
            stories.delete_for_ever(session, story)
        else:
            stories.into_bin(session, story)
    return "", 204


@blueprint.post("/<story_id>/restore")
@blueprint.output(StoryOut)
def restore_story(story_id: str) -> Any:
    """Take a story out of the bin."""
    with writing(db_session()) as session:
        story = stories.find(session, owner_id(), story_id)
        stories.restore(story)
    return present.story(db_session(), story)


@blueprint.post("/<story_id>/head")
@blueprint.input(HeadIn)
@blueprint.output(StoryOut)
def move_head(story_id: str, json_data: dict[str, Any]) -> Any:
    """Undo, redo, or read on at another passage."""
    with writing(db_session()) as session:
        story = stories.find_to_change(session, owner_id(), story_id)
        match json_data["action"]:
            case "undo":
                stories.undo(session, story)
            case "redo":
                stories.redo(session, story)
            case _:
                if not json_data.get("passage_id"):
                    raise Invalid("Say which passage.", errors=[{"pointer": "/passage_id", "detail": "Say which passage."}])
                stories.choose(session, story, stories.passage_of(session, story, json_data["passage_id"]))
    return present.story(db_session(), story)
