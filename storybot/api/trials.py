"""A taste of a storyteller: a story that is on no shelf and soon gone."""

from typing import Any

from apiflask import APIBlueprint
from flask import url_for

from storybot import offers, stories
from storybot.api.connection_schemas import TrialIn, TrialOut
from storybot.api.request import allow_writing, configuration, connected, db_session, owner_id, require_grown_up, runtime, spoken_language
from storybot.brief import Brief
from storybot.db import writing

blueprint = APIBlueprint("trials", __name__)

#: What is told of: a few sentences of it are enough.
PROMPTS = {
    "de": "Eine Katze sieht zum ersten Mal Schnee.",
    "en": "A cat sees snow for the first time.",
}


@blueprint.post("/engines/trials")
@blueprint.input(TrialIn)
@blueprint.output(TrialOut, status_code=201)
def try_engine(json_data: dict[str, Any]) -> Any:
    """Have a storyteller tell something. It counts as no story, is in no list, and is deleted within the hour."""
    require_grown_up()
    with writing(db_session()) as session:
        allow_writing()
        defaults = configuration()
        choice = offers.choose(runtime().settings, defaults, json_data, connected=connected())
        language = json_data.get("language") or defaults.language or spoken_language()
        brief = Brief.from_json({"prompt": PROMPTS[language], "language": language})
        begun = stories.create(session, owner_id(), brief, choice, trial=True)
        generation_id = begun.generation.id
        shown = {"story_id": begun.story.id}
    events = url_for("generations.events", generation_id=generation_id)
    return shown | {"generation": {"id": generation_id, "events": events}}, 201
