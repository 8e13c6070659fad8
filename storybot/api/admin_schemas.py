"""The shapes of administration."""

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, String
from marshmallow import validate

from storybot.api.schemas import MAX_INTEGER, Text
from storybot.quotas import NAMES as QUOTAS


class UsedOut(Schema):
    requests = Integer(required=True)
    stories = Integer(required=True)
    tokens = Integer(required=True)
    uploads = Integer(required=True, metadata={"description": "in bytes"})


class PersonOut(Schema):
    id = String(required=True)
    email = String(required=True)
    role = String(required=True, validate=validate.OneOf(("member", "admin")))
    active = Boolean(required=True, metadata={"description": "false: disabled"})
    confirmed = Boolean(required=True)
    has_totp = Boolean(required=True)
    has_passkey = Boolean(required=True)
    created_at = String(required=True)
    last_seen_at = String(required=True, allow_none=True)
    quotas = Dict(required=True, keys=String(), values=Integer(), metadata={"description": "What differs from the defaults of GET /admin/usage."})
    today = Nested(UsedOut, required=True)


class PeopleQuery(Schema):
    limit = Integer(load_default=50, validate=validate.Range(min=1, max=200))
    after = String(validate=validate.Length(max=36), metadata={"description": "Id of the last account of the page before."})
    q = Text(load_default="", validate=validate.Length(max=254), metadata={"description": "Part of the address."})


class PersonPatch(Schema):
    active = Boolean()
    role = String(validate=validate.OneOf(("member", "admin")))
    quotas = Dict(
        keys=String(validate=validate.OneOf(QUOTAS)),
        values=Integer(strict=True, allow_none=True, validate=validate.Range(min=0, max=MAX_INTEGER)),
        metadata={"description": "What is to change; null: the default again."},
    )


class InvitationIn(Schema):
    email = Text(allow_none=True, validate=validate.Length(min=3, max=254), metadata={"description": "Only this address may use it."})
    days = Integer(load_default=14, strict=True, validate=validate.Range(min=1, max=90), metadata={"description": "How long it holds."})


class InvitationOut(Schema):
    id = String(required=True)
    email = String(required=True, allow_none=True)
    state = String(required=True, validate=validate.OneOf(("open", "used", "expired")))
    created_at = String(required=True)
    expires_at = String(required=True)
    used_at = String(required=True, allow_none=True)


class InvitationMadeOut(InvitationOut):
    link = String(required=True, metadata={"description": "Never shown again."})
    mailed = Boolean(required=True)


class UsageQuery(Schema):
    days = Integer(load_default=30, validate=validate.Range(min=1, max=366))


class DayOut(UsedOut):
    day = String(required=True, metadata={"description": "UTC, such as 2026-11-23"})
    people = Integer(required=True, metadata={"description": "How many did anything."})


class UsageOut(Schema):
    accounts = Integer(required=True)
    active_today = Integer(required=True)
    defaults = Dict(required=True, keys=String(), values=Integer(allow_none=True), metadata={"description": "Quotas of everybody else."})
    days = List(Nested(DayOut), required=True)


class QuotaOut(Schema):
    quota = String(required=True, validate=validate.OneOf(QUOTAS))
    limit = Integer(required=True, allow_none=True, metadata={"description": "null: none"})
    used = Integer(required=True)


class OwnUsageOut(Schema):
    day = String(required=True)
    resets_at = String(required=True, metadata={"description": "When the day's counts begin anew."})
    quotas = List(Nested(QuotaOut), required=True)
