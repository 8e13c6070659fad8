"""One's own account: how one signs in, and where. A child's browser gets none of it."""

from typing import Any

from apiflask import APIBlueprint
from flask import g

from storybot import joblist, quotas
from storybot.accounts import answers, changes, ending, sessions, sign_in
from storybot.accounts.gate import present, require_fresh
from storybot.accounts.models import Account, SignIn
from storybot.accounts.problems import PasskeyRefused, WrongCode
from storybot.api import jobs
from storybot.api import session as session_api
from storybot.api.admin_schemas import OwnUsageOut
from storybot.api.auth_schemas import (
    AccountPatch,
    CodeIn,
    EmailIn,
    PasskeyIn,
    PasskeyName,
    PasskeyOut,
    PasskeyQuestionOut,
    PasswordIn,
    RecoveryCodesOut,
    SessionOut,
    SignInOut,
    TotpSetupOut,
    VerifyIn,
)
from storybot.api.job_schemas import EraseIn, JobOut
from storybot.api.request import accounts, db_session, require_grown_up
from storybot.api.sign_in import network
from storybot.clock import iso, now
from storybot.db import writing
from storybot.errors import Invalid, NotFound
from storybot.models import Usage
from storybot.quotas import Used

blueprint = APIBlueprint("account", __name__, url_prefix="/auth")


@blueprint.before_request
def refuse_children() -> None:
    """None of it is for a child."""
    require_grown_up()


@blueprint.post("/verify")
@blueprint.input(VerifyIn)
@blueprint.output({}, status_code=204)
def verify(json_data: dict[str, Any]) -> Any:
    """Show once more that it is you, for what asks for it within the next ten minutes."""
    session, account_id = db_session(), present().account_id
    match json_data:
        case {"password": str(password)}:
            sign_in.check_password(session, account_id, password)
        case {"totp": str(code)}:
            sign_in.check_code(accounts(), session, account_id, code)
        case {"state": str(state), "credential": dict(credential)}:
            with writing(session):
                if accounts().passkeys.check(session, g.token, state, credential).id != account_id:
                    raise PasskeyRefused("This is somebody else's passkey.")
        case _:
            sentence = "Give a password, a code, or a passkey's answer."
            raise Invalid(sentence, errors=[{"pointer": "/password", "detail": sentence}])
    _renew(fresh=True)
    return "", 204


@blueprint.patch("/account")
@blueprint.input(AccountPatch)
@blueprint.output(SessionOut)
def change_account(json_data: dict[str, Any]) -> Any:
    """Change the language of mails."""
    with writing(db_session()) as session:
        if "language" in json_data:
            session.get_one(Account, present().account_id).language = json_data["language"]
    return session_api.shown()


@blueprint.delete("/account")
@blueprint.input(EraseIn)
@blueprint.output(JobOut, status_code=202)
def end_account(json_data: dict[str, Any]) -> Any:
    """Delete the account with everything in it, for ever. Ask `Location` how far it is; 401 means that it is done."""
    found = require_fresh()
    with writing(db_session()) as session:
        ending.require_may_end(session, found.account_id)
        account = session.get_one(Account, found.account_id)
        sessions.end_all(session, account.id, but=found.id)
        job = joblist.queue(session, found.owner_id, joblist.ERASE, wanted={"account": True})
    accounts().mailer.send(account.email, "ending", account.language)
    return jobs.accepted(job)


@blueprint.post("/password")
@blueprint.input(PasswordIn)
@blueprint.output(SessionOut)
def change_password(json_data: dict[str, Any]) -> Any:
    """Change the password, or set a first one; every other session ends."""
    token = changes.set_password(accounts(), db_session(), require_fresh(), json_data.get("password"), json_data["new_password"])
    accounts().gate.take(db_session(), token)
    return session_api.shown()


@blueprint.post("/address")
@blueprint.input(EmailIn)
@blueprint.output({}, status_code=202)
def change_address(json_data: dict[str, Any]) -> Any:
    """Ask for another address; it counts once the link in the mail to it was followed."""
    changes.ask_address(accounts(), db_session(), require_fresh(), json_data["email"], network())
    return {}, 202


@blueprint.post("/totp/setup")
@blueprint.output(TotpSetupOut)
def set_up_totp() -> Any:
    """A new secret for an app; it counts once a code of it was shown (/auth/totp/enable)."""
    with writing(db_session()) as session:
        account = session.get_one(Account, require_fresh().account_id)
        if account.has_totp:
            raise WrongCode("Two-step sign-in is on already: switch it off first.")
        return accounts().two_step.set_up(account)


@blueprint.post("/totp/enable")
@blueprint.input(CodeIn)
@blueprint.output(RecoveryCodesOut)
def enable_totp(json_data: dict[str, Any]) -> Any:
    """From now on signing in by password takes a code."""
    with writing(db_session()) as session:
        account = session.get_one(Account, require_fresh().account_id)
        codes = accounts().two_step.enable(account, json_data["code"])
    _renew()
    changes.tell(accounts(), account)
    return {"recovery_codes": codes}


@blueprint.post("/totp/disable")
@blueprint.output({}, status_code=204)
def disable_totp() -> Any:
    """From now on the password is enough."""
    with writing(db_session()) as session:
        account = session.get_one(Account, require_fresh().account_id)
        accounts().two_step.disable(account)
    _renew()
    changes.tell(accounts(), account)
    return "", 204


@blueprint.post("/recovery-codes")
@blueprint.output(RecoveryCodesOut)
def new_recovery_codes() -> Any:
    """Other recovery codes; the old ones hold no more."""
    with writing(db_session()) as session:
        account = session.get_one(Account, require_fresh().account_id)
        if not account.has_totp:
            raise WrongCode("Two-step sign-in is off.")
        return {"recovery_codes": accounts().two_step.new_recovery_codes(account)}


@blueprint.post("/passkeys/options")
@blueprint.output(PasskeyQuestionOut)
def ask_new_passkey() -> Any:
    """What the browser needs to make a passkey."""
    account = db_session().get_one(Account, require_fresh().account_id)
    return accounts().passkeys.ask_new(db_session(), account, g.token)


@blueprint.post("/passkeys")
@blueprint.input(PasskeyIn)
@blueprint.output(PasskeyOut, status_code=201)
def add_passkey(json_data: dict[str, Any]) -> Any:
    """Keep the passkey that the browser made."""
    with writing(db_session()) as session:
        account = session.get_one(Account, require_fresh().account_id)
        row = accounts().passkeys.add(session, account, g.token, **json_data)
    changes.tell(accounts(), account)
    return answers.passkey(row), 201


@blueprint.patch("/passkeys/<passkey_id>")
@blueprint.input(PasskeyName)
@blueprint.output(PasskeyOut)
def rename_passkey(passkey_id: str, json_data: dict[str, Any]) -> Any:
    """Give a passkey another name."""
    with writing(db_session()) as session:
        row = changes.passkey_of(session, present(), passkey_id)
        row.name = json_data["name"]
    return answers.passkey(row)


@blueprint.delete("/passkeys/<passkey_id>")
@blueprint.output({}, status_code=204)
def remove_passkey(passkey_id: str) -> Any:
    """Forget a passkey."""
    with writing(db_session()) as session:
        changes.remove_passkey(session, require_fresh(), passkey_id)
        account = session.get_one(Account, present().account_id)
    changes.tell(accounts(), account)
    return "", 204


@blueprint.get("/sessions")
@blueprint.output(SignInOut(many=True))
def list_sessions() -> Any:
    """Where this account is signed in."""
    return [_session(row) for row in sessions.listed(db_session(), present().account_id)]


@blueprint.delete("/sessions/<session_id>")
@blueprint.output({}, status_code=204)
def end_session(session_id: str) -> Any:
    """Sign another browser out, or this one."""
    with writing(db_session()) as session:
        if session_id not in {row.id for row in sessions.listed(session, present().account_id)}:
            raise NotFound("There is no such session.")
        sessions.end(session, session_id)
    return "", 204


@blueprint.delete("/sessions")
@blueprint.output({}, status_code=204)
def end_other_sessions() -> Any:
    """Sign every other browser out."""
    with writing(db_session()) as session:
        sessions.end_all(session, present().account_id, but=present().id)
    return "", 204


@blueprint.get("/usage")
@blueprint.output(OwnUsageOut)
def show_usage() -> Any:
    """What was used of this account's quotas today."""
    session, owner = db_session(), present().owner_id
    row = session.get(Usage, (owner, now().date()))
    used = Used(*(getattr(row, name) for name in Used._fields)) if row else Used(0, 0, 0, 0)
    return quotas.shown(session.connection(), accounts().quotas, owner, used)


def _session(row: SignIn) -> dict[str, Any]:
    shown = {"id": row.id, "current": row.id == present().id, "created_at": iso(row.created_at), "last_seen_at": iso(row.last_seen_at)}
    return shown | {"device": row.user_agent, "place": row.ip}


def _renew(*, fresh: bool = False) -> None:
    """The rights of this session have changed, so it gets another token."""
    with writing(db_session()) as session:
        token = sessions.renew(session, present().id, fresh=fresh)
    accounts().gate.take(db_session(), token)
