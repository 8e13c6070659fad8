"""Kept prompts: the seed's resource, in the seed's shapes."""

from typing import Any

from apiflask import APIBlueprint
from flask import request, url_for

from storybot import prompts
from storybot.api import present
from storybot.api.request import allow_text, db_session, owner_id, require_grown_up
from storybot.api.schemas import PromptIn, PromptOut
from storybot.db import writing

blueprint = APIBlueprint("prompts", __name__, url_prefix="/prompts")


@blueprint.before_request
def refuse_children() -> None:
    """Ideas are kept by grown-ups; a child finds none."""
    if request.method != "GET":
        require_grown_up()


@blueprint.get("")
@blueprint.output(PromptOut(many=True))
def list_prompts() -> Any:
    """All kept prompts, newest first."""
    return [present.prompt(row) for row in prompts.kept(db_session(), owner_id())]


@blueprint.post("")
@blueprint.input(PromptIn)
@blueprint.output(PromptOut, status_code=201)
def add_prompt(json_data: dict[str, Any]) -> Any:
    """Keep a prompt for later."""
    with writing(db_session()) as session:
        allow_text(json_data["content"])
        row = prompts.add(session, owner_id(), json_data["content"])
    return present.prompt(row), 201, {"Location": url_for("prompts.list_prompts") + f"/{row.id}"}


@blueprint.delete("/<int:prompt_id>")
@blueprint.output({}, status_code=204)
def delete_prompt(prompt_id: int) -> Any:
    """Delete a prompt; it can be restored."""
    with writing(db_session()) as session:
        prompts.remove(session, owner_id(), prompt_id)
    return "", 204


@blueprint.post("/<int:prompt_id>/restore")
@blueprint.output(PromptOut)
def restore_prompt(prompt_id: int) -> Any:
    """Bring a deleted prompt back."""
    with writing(db_session()) as session:
        row = prompts.restore(session, owner_id(), prompt_id)
    return present.prompt(row)
