"""Signing up and in: what anybody may ask of a server with accounts."""

from typing import Any

from apiflask import APIBlueprint
from flask import g, redirect, request
from werkzeug import Response

from storybot.accounts import attempts, changes, sessions, sign_in, sign_up
from storybot.accounts.attempts import Try
from storybot.accounts.models import Account
from storybot.accounts.sessions import Place
from storybot.api import session as session_api
from storybot.api.auth_schemas import (
    CodeIn,
    EmailIn,
    LoginIn,
    LoginOut,
    PasskeyQuestionIn,
    PasskeyQuestionOut,
    PasskeySignInIn,
    RegisterIn,
    ResetIn,
    SessionOut,
)
from storybot.api.request import accounts, db_session, require_grown_up, spoken_language
from storybot.db import writing
from storybot.errors import SignedOut

blueprint = APIBlueprint("sign_in", __name__, url_prefix="/auth")

#: What the second step of signing in may be.
SECOND_FACTORS = ["totp", "recovery"]
_GROWN_UPS = {"sign_in.register", "sign_in.logout"}


@blueprint.before_request
def refuse_children() -> None:
    """A child makes no account, and leaves its shelf only with what a grown-up knows or has."""
    if request.endpoint in _GROWN_UPS and g.get("reader"):
        require_grown_up()


@blueprint.post("/register")
@blueprint.input(RegisterIn)
@blueprint.output({}, status_code=202)
def register(json_data: dict[str, Any]) -> Any:
    """Sign up. The answer is the same whether the address has an account or not; its owner gets a mail."""
    sign_up.register(accounts(), db_session(), **json_data, language=spoken_language(), network=network())
    return {}, 202


@blueprint.post("/confirm")
@blueprint.input(EmailIn)
@blueprint.output({}, status_code=202)
def send_confirmation(json_data: dict[str, Any]) -> Any:
    """Send the mail that confirms an address once more."""
    sign_up.send_again(accounts(), db_session(), email=json_data["email"], language=spoken_language(), network=network())
    return {}, 202


@blueprint.get("/confirm/<token>")
@blueprint.doc(responses={302: "Back to the page: /sign-in?confirmed=1, or 0 where the link does not hold."})
def confirm(token: str) -> Response:
    """Follow the link that confirms an address."""
    return redirect(f"{accounts().settings.site}/sign-in?confirmed={int(sign_up.confirm(db_session(), token))}")


@blueprint.get("/address/<token>")
@blueprint.doc(responses={302: "Back to the page: /account?address=1, or 0 where the link does not hold."})
def change_address(token: str) -> Response:
    """Follow the link that confirms another address."""
    return redirect(f"{accounts().settings.site}/account?address={int(changes.change_address(accounts(), db_session(), token))}")


@blueprint.post("/login")
@blueprint.input(LoginIn)
@blueprint.output(LoginOut)
def login(json_data: dict[str, Any]) -> Any:
    """Sign in by password. Where `second_factor` is not null, that step is still missing."""
    account = sign_in.by_password(db_session(), email=json_data["email"], password=json_data["password"], network=network())
    enter(account, remember=json_data["remember"], second_step=True)
    return session_api.shown() | {"second_factor": SECOND_FACTORS if g.present.awaits else None}


@blueprint.post("/second-factor")
@blueprint.input(CodeIn)
@blueprint.output(SessionOut)
def second_factor(json_data: dict[str, Any]) -> Any:
    """The second step: a code of the app, or a recovery code."""
    half = g.get("present")
    if half is None or half.awaits is None:
        raise SignedOut("There is no second step to take: sign in first.")
    sign_in.check_code(accounts(), db_session(), half.account_id, json_data["code"])
    with writing(db_session()) as session:
        token = sessions.renew(session, half.id, complete=True)
    accounts().gate.take(db_session(), token)
    return session_api.shown()


@blueprint.post("/logout")
@blueprint.output({}, status_code=204)
def logout() -> Any:
    """End this browser's session; in a child's hands a grown-up has to take it back first."""
    if found := g.get("present"):
        with writing(db_session()) as session:
            sessions.end(session, found.id)
    accounts().gate.let_go()
    return "", 204


@blueprint.post("/forgotten")
@blueprint.input(EmailIn)
@blueprint.output({}, status_code=202)
def forgotten(json_data: dict[str, Any]) -> Any:
    """Have a link to a new password sent, where the address has an account."""
    sign_in.forgotten(accounts(), db_session(), email=json_data["email"], language=spoken_language(), network=network())
    return {}, 202


@blueprint.post("/reset")
@blueprint.input(ResetIn)
@blueprint.output(SessionOut)
def reset(json_data: dict[str, Any]) -> Any:
    """Set a new password by such a link; every session of the account ends, and one signs in with it."""
    sign_in.reset(accounts(), db_session(), json_data["token"], json_data["password"])
    accounts().gate.let_go()
    return session_api.shown()


@blueprint.post("/passkeys/sign-in/options")
@blueprint.input(PasskeyQuestionIn)
@blueprint.output(PasskeyQuestionOut)
def ask_passkey(json_data: dict[str, Any]) -> Any:
    """What the browser needs to sign in with a passkey (or to show once more who it is, for /auth/verify)."""
    return accounts().passkeys.ask(g.token)


@blueprint.post("/passkeys/sign-in")
@blueprint.input(PasskeySignInIn)
@blueprint.output(SessionOut)
def sign_in_with_passkey(json_data: dict[str, Any]) -> Any:
    """Sign in with a passkey; it is both steps at once."""
    session, attempt = db_session(), Try(attempts.SIGN_IN_FROM, network())
    with writing(session):
        attempts.count(session, attempt)
    with writing(session):
        account = accounts().passkeys.check(session, g.token, json_data["state"], json_data["credential"])
        attempts.take_back(session, attempt)
    sign_in.require_usable(account)
    enter(account, remember=json_data["remember"], second_step=False)
    return session_api.shown()


def enter(account: Account, *, remember: bool, second_step: bool) -> None:
    """This browser is now this account's."""
    before = g.present.id if g.get("present") else None
    token = sign_in.begin(db_session(), account, place(), remember=remember, second_step=second_step, before=before)
    accounts().gate.take(db_session(), token)


def place() -> Place:
    """Where the request comes from, as it is kept."""
    return sessions.place_of(request.remote_addr, request.headers.get("User-Agent", ""))


def network() -> str:
    """Whom attempts of this request count for."""
    return attempts.network(request.remote_addr)
