"""Passages of a story: read the branch, go on, try again, edit, write."""

from typing import Any

from apiflask import APIBlueprint

from storybot import family, generations, idempotency, offers, stories
from storybot.api import present
from storybot.api.request import allow_text, allow_writing, configuration, connected, db_session, idempotency_key, owner_id, reader, runtime
from storybot.api.schemas import IdempotencyHeader, PassageIn, PassageOut
from storybot.db import writing
from storybot.models import Passage, Story
from storybot.reader import everybody
from storybot.stories import Choice

blueprint = APIBlueprint("passages", __name__, url_prefix="/stories/<story_id>/passages")


@blueprint.get("")
@blueprint.output(PassageOut(many=True))
def list_passages(story_id: str) -> Any:
    """The branch being read: its passages from the root to the head."""
    return present.branch(db_session(), stories.find(db_session(), owner_id(), story_id))


@blueprint.post("")
@blueprint.input(PassageIn)
@blueprint.input(IdempotencyHeader, location="headers")
@blueprint.output(PassageOut, status_code=201)
@blueprint.doc(responses={202: "An engine writes it: read along at `generation.events`."})
def add_passage(story_id: str, json_data: dict[str, Any], headers_data: dict[str, Any]) -> Any:
    """Go on (`continue`), have another version made (`retry`), make one (`edit`), or write on oneself (`write`)."""
    key = idempotency_key(headers_data.get("idempotency_key"))
    print_ = idempotency.fingerprint(story_id, json_data)
    with writing(db_session()) as session:
        story = stories.find_to_change(session, owner_id(), story_id)
        before = idempotency.made_before(session, owner_id(), key, print_)
        passage = stories.passage_of(session, story, before.passage_id) if before else _made(story, json_data)
        if not before:
            idempotency.remember(session, owner_id(), key, print_, story.id, passage.id)
    with everybody(db_session()) as session:  # the reader has just made it, and may have to wait before they read it
        shown = present.passages(session, [passage])[0]
    return shown, 202 if shown["generation"] else 201


def _made(story: Story, wanted: dict[str, Any]) -> Passage:
    session = db_session()
    passage = stories.passage_of(session, story, wanted.get("passage_id"))
    match wanted["action"]:
        case "edit":
            allow_text(wanted.get("text") or "", more=stories.following_chars(session, story, passage))
            return stories.edit(session, story, passage, stories.require_text(wanted.get("text")))
        case "write":
            allow_text(wanted.get("text") or "")
            return stories.write(session, story, passage, stories.require_text(wanted.get("text")))
        case action:
            allow_writing()
            kept = None if generations.wants_another_engine(session, passage.id) else Choice(story.engine, story.model)
            choice = offers.choose(runtime().settings, configuration(), wanted, kept, reader().engines, connected())
            family.check_age_band(reader(), story.brief["age_band"])
            commission = stories.go_on if action == "continue" else stories.retry
            made = commission(session, story, passage, choice, (wanted.get("wish") or "").strip() or None)
            family.written_on(session, story)
            return made
