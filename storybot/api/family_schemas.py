"""The shapes of a family."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Integer, List, String
from marshmallow import validate

from storybot.api.auth_schemas import MAX_PASSWORD_CHARS
from storybot.api.schemas import FilledText, Text, engine_name
from storybot.brief import AGE_BANDS

_NAME = validate.Length(min=1, max=80)


def _engines() -> List[Any]:
    return List(
        engine_name(),
        allow_none=True,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "The only engines that the child may use; null: any."},
    )


class ProfilePatch(Schema):
    name = FilledText(validate=_NAME)
    age_band = String(validate=validate.OneOf(AGE_BANDS))
    engines = _engines()
    needs_approval = Boolean()


class ProfileIn(ProfilePatch):
    name = FilledText(required=True, validate=_NAME)
    age_band = String(required=True, validate=validate.OneOf(AGE_BANDS))


class ProfileOut(Schema):
    id = String(required=True)
    name = String(required=True)
    age_band = String(required=True, validate=validate.OneOf(AGE_BANDS))
    age_bands = List(String(), required=True, metadata={"description": "The ages whose stories are for this child."})
    engines = List(String(), required=True, allow_none=True, metadata={"description": "null: any"})
    needs_approval = Boolean(required=True, metadata={"description": "A grown-up approves each story before the child sees it."})
    waiting = Integer(required=True, metadata={"description": "How many stories wait for that."})
    created_at = String(required=True)


class WhichProfileIn(Schema):
    profile_id = String(required=True, validate=validate.Length(max=36))


class PinIn(Schema):
    pin = String(required=True, allow_none=True, validate=validate.Regexp(r"[0-9]{4,12}\Z"), metadata={"description": "4 to 12 digits; null: none."})


class LeaveIn(Schema):
    """One of the two."""

    pin = Text(validate=validate.Length(min=1, max=12))
    password = Text(validate=validate.Length(min=1, max=MAX_PASSWORD_CHARS))
