"""A family: the profiles of children, handing the browser over and taking it back, and what waits for a grown-up."""

from typing import Any

from apiflask import APIBlueprint
from flask import request
from sqlalchemy import func, select

from storybot import family, stories
from storybot.accounts import handing
from storybot.accounts.gate import present, require_fresh
from storybot.api import present as shown_as
from storybot.api import session as session_api
from storybot.api.auth_schemas import SessionOut
from storybot.api.family_schemas import LeaveIn, PinIn, ProfileIn, ProfileOut, ProfilePatch, WhichProfileIn
from storybot.api.request import accounts, db_session, owner_id, reader, require_grown_up
from storybot.api.schemas import StoryOut
from storybot.clock import iso
from storybot.db import writing
from storybot.errors import Conflict
from storybot.models import ReaderProfile, Story

blueprint = APIBlueprint("profiles", __name__)

#: The one thing here that is a child's to ask for.
_A_CHILDS = {"profiles.leave_profile"}


@blueprint.before_request
def refuse_children() -> None:
    """All of it is a grown-up's, but the way back to one."""
    if request.endpoint not in _A_CHILDS:
        require_grown_up()


@blueprint.get("/profiles")
@blueprint.output(ProfileOut(many=True))
def list_profiles() -> Any:
    """The children of this account."""
    return [_profile(row) for row in family.profiles(db_session(), owner_id())]


@blueprint.post("/profiles")
@blueprint.input(ProfileIn)
@blueprint.output(ProfileOut, status_code=201)
def add_profile(json_data: dict[str, Any]) -> Any:
    """A shelf of its own for a child."""
    with writing(db_session()) as session:
        row = family.add(session, owner_id(), **json_data)
    return _profile(row), 201


@blueprint.patch("/profiles/<profile_id>")
@blueprint.input(ProfilePatch)
@blueprint.output(ProfileOut)
def change_profile(profile_id: str, json_data: dict[str, Any]) -> Any:
    """Change a child's profile; it counts at once, also where the child reads already."""
    with writing(db_session()) as session:
        row = family.find(session, owner_id(), profile_id)
        for name, value in json_data.items():
            setattr(row, name, value)
    return _profile(row)


@blueprint.delete("/profiles/<profile_id>")
@blueprint.output({}, status_code=204)
def remove_profile(profile_id: str) -> Any:
    """Delete a child's profile; its stories stay with the grown-up, and browsers that the child has are signed out."""
    with writing(db_session()) as session:
        family.remove(session, family.find(session, owner_id(), profile_id))
    return "", 204


@blueprint.post("/auth/profile")
@blueprint.input(WhichProfileIn)
@blueprint.output(SessionOut)
def enter_profile(json_data: dict[str, Any]) -> Any:
    """Hand this browser to a child; a PIN or the password leads back."""
    with writing(db_session()) as session:
        row = family.find(session, owner_id(), json_data["profile_id"])
        token = handing.over(session, present(), row)
    accounts().gate.take(db_session(), token)
    return session_api.shown()


@blueprint.post("/auth/profile/leave")
@blueprint.input(LeaveIn)
@blueprint.output(SessionOut)
def leave_profile(json_data: dict[str, Any]) -> Any:
    """Take this browser back from a child, by the PIN or the password."""
    if reader().profile_id is None:
        raise Conflict("This browser is in no child's hands.")
    token = handing.back(db_session(), present(), **json_data)
    accounts().gate.take(db_session(), token)
    return session_api.shown()


@blueprint.put("/auth/pin")
@blueprint.input(PinIn)
@blueprint.output({}, status_code=204)
def change_pin(json_data: dict[str, Any]) -> Any:
    """Set the PIN that leads back from a child's shelf, or remove it (null)."""
    handing.set_pin(db_session(), require_fresh(), json_data["pin"])
    return "", 204


@blueprint.get("/approvals")
@blueprint.output(StoryOut(many=True))
def list_approvals() -> Any:
    """Children's stories that wait until a grown-up has looked at them, newest first."""
    return shown_as.shelf(db_session(), family.waiting(db_session(), owner_id()))


@blueprint.post("/stories/<story_id>/approve")
@blueprint.output(StoryOut)
def approve_story(story_id: str) -> Any:
    """Let the child read it."""
    with writing(db_session()) as session:
        story = stories.find_to_change(session, owner_id(), story_id)
        family.approve(session, story)
    return shown_as.story(db_session(), story)


@blueprint.post("/stories/<story_id>/refuse")
@blueprint.output(StoryOut)
def refuse_story(story_id: str) -> Any:
    """Keep it from the child: it lies in the grown-up's bin."""
    with writing(db_session()) as session:
        story = stories.find_to_change(session, owner_id(), story_id)
        family.refuse(session, story)
    return shown_as.story(db_session(), story)


def _profile(row: ReaderProfile) -> dict[str, Any]:
    waits = select(func.count()).select_from(Story).where(Story.profile_id == row.id, Story.approved_at.is_(None), Story.deleted_at.is_(None))
    fields = ("id", "name", "age_band", "engines", "needs_approval")
    return {name: getattr(row, name) for name in fields} | {
        "age_bands": list(family.age_bands(row.age_band)),
        "waiting": (db_session().scalar(waits) or 0) if row.needs_approval else 0,
        "created_at": iso(row.created_at),
    }
