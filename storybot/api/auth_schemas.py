"""The shapes of signing in."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Dict, List, Nested, String
from marshmallow import validate

from storybot.api.schemas import FilledText, Text
from storybot.brief import AGE_BANDS, LANGUAGES

#: Longer ones are no help to anybody but to whoever wants to keep the server busy.
MAX_PASSWORD_CHARS = 200


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
    needs_approval = Boolean(required=True, metadata={"description": "A grown-up approves each story first."})


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


def _email() -> Text:
    return Text(required=True, validate=validate.Length(min=3, max=254))


def _password(**more: Any) -> Text:
    return Text(validate=validate.Length(min=1, max=MAX_PASSWORD_CHARS), **more)


def _code() -> Text:
    return Text(required=True, validate=validate.Length(min=1, max=32))


class RegisterIn(Schema):
    email = _email()
    password = _password(required=True)
    invitation = Text(load_default="", validate=validate.Length(max=100))


class EmailIn(Schema):
    email = _email()


class LoginIn(EmailIn):
    password = _password(required=True)
    remember = Boolean(load_default=False)


class LoginOut(SessionOut):
    second_factor = List(
        String(validate=validate.OneOf(("totp", "recovery"))),
        required=True,
        allow_none=True,
        metadata={"description": "What is still missing: POST /auth/second-factor; null: nothing."},
    )


class CodeIn(Schema):
    code = _code()


class ResetIn(Schema):
    token = Text(required=True, validate=validate.Length(max=1000))
    password = _password(required=True)


class PasskeyAnswerIn(Schema):
    state = Text(required=True, validate=validate.Length(max=1000))
    credential = Dict(required=True, metadata={"description": "What the browser made, as JSON (PublicKeyCredential.toJSON)."})


class PasskeySignInIn(PasskeyAnswerIn):
    remember = Boolean(load_default=False)


class PasskeyQuestionIn(Schema):
    email = Text(validate=validate.Length(max=254), metadata={"description": "Of no influence: which passkeys an address has is not told."})


class PasskeyName(Schema):
    name = FilledText(required=True, validate=validate.Length(max=64))


class PasskeyIn(PasskeyAnswerIn, PasskeyName):
    pass


class PasskeyQuestionOut(Schema):
    publicKey = Dict(required=True, metadata={"description": "For navigator.credentials, as JSON."})
    state = String(required=True, metadata={"description": "Goes back with the answer, within five minutes."})


class VerifyIn(Schema):
    """One of: a password, a code of two-step sign-in (or a recovery code), a passkey's answer."""

    password = _password()
    totp = Text(validate=validate.Length(min=1, max=32))
    state = Text(validate=validate.Length(max=1000))
    credential = Dict()


class AccountPatch(Schema):
    language = String(validate=validate.OneOf(LANGUAGES), allow_none=True)


class PasswordIn(Schema):
    password = _password(metadata={"description": "The one until now, where there is one."})
    new_password = _password(required=True)


class TotpSetupOut(Schema):
    secret = String(required=True, metadata={"description": "To type into an app."})
    uri = String(required=True)
    qr_svg = String(required=True)


class RecoveryCodesOut(Schema):
    recovery_codes = List(String(), required=True, metadata={"description": "Each signs in once; never shown again."})


class SignInOut(Schema):
    id = String(required=True)
    current = Boolean(required=True)
    created_at = String(required=True)
    last_seen_at = String(required=True)
    device = String(required=True, metadata={"description": "Browser and system; empty: unknown."})
    place = String(required=True, metadata={"description": "The network that it was begun from, without its last part."})


class ArrivalQuery(Schema):
    """What the provider sends back."""

    code = Text(validate=validate.Length(max=4000))
    state = Text(load_default="", validate=validate.Length(max=1000))
    iss = Text(validate=validate.Length(max=1000))
    error = Text(validate=validate.Length(max=200))


class DepartureQuery(Schema):
    next = Text(load_default="/", validate=validate.Length(max=500), metadata={"description": "Path of the page to come back to."})
    invitation = Text(load_default="", validate=validate.Length(max=100))
    connect = Boolean(load_default=False, metadata={"description": "Connect it to the account that is signed in, just verified."})
