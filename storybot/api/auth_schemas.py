"""The shapes of signing in."""

from apiflask import Schema
from apiflask.fields import Boolean, List, Nested, String
from marshmallow import validate

from storybot.brief import AGE_BANDS, LANGUAGES


class ProviderOut(Schema):
    name = String(required=True, metadata={"description": "Sign in at `/auth/oidc/{name}`."})
    label = String(required=True)


class PasskeyOut(Schema):
    id = String(required=True)
    name = String(required=True)
    created_at = String(required=True)
    last_used_at = String(required=True, allow_none=True)


class ProfileBriefOut(Schema):
    id = String(required=True)
    name = String(required=True)
    age_band = String(required=True, validate=validate.OneOf(AGE_BANDS))


class AccountOut(Schema):
    id = String(required=True)
    email = String(required=True)
    role = String(required=True, validate=validate.OneOf(("member", "admin")), metadata={"description": "In a child's hands: member."})
    language = String(required=True, allow_none=True, validate=validate.OneOf(LANGUAGES))
    confirmed = Boolean(required=True)
    has_password = Boolean(required=True)
    has_totp = Boolean(required=True)
    has_pin = Boolean(required=True)
    passkeys = List(Nested(PasskeyOut), required=True)
    profile = Nested(ProfileBriefOut, required=True, allow_none=True, metadata={"description": "The child that the browser was handed to."})
    profiles = List(Nested(ProfileBriefOut), required=True)


class SessionOut(Schema):
    accounts = String(required=True, validate=validate.OneOf(("off", "on")))
    sign_up = String(required=True, validate=validate.OneOf(("open", "invite", "closed")))
    oidc = List(Nested(ProviderOut), required=True)
    mail = Boolean(required=True, metadata={"description": "Whether this server can send mails."})
    account = Nested(AccountOut, required=True, allow_none=True, metadata={"description": "null: nobody is signed in"})
    csrf = String(required=True, metadata={"description": "For the header `X-CSRF-Token` of every POST, PUT, PATCH and DELETE."})
