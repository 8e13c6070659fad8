"""Administration: people, invitations, and how much is used. Administrators see no story of anybody."""

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import url_for

from storybot import quotas
from storybot.accounts import administration, invitations, people
from storybot.accounts.administration import Person
from storybot.accounts.gate import present, require_fresh
from storybot.accounts.models import ADMIN, Account, Invitation
from storybot.api.admin_schemas import InvitationIn, InvitationMadeOut, InvitationOut, PeopleQuery, PersonOut, PersonPatch, UsageOut, UsageQuery
from storybot.api.request import accounts, db_session, require_admin, runtime
from storybot.clock import iso, now
from storybot.db import db, writing
from storybot.reader import everybody

blueprint = APIBlueprint("admin", __name__, url_prefix="/admin")


@blueprint.before_request
def refuse_members() -> None:
    """All of it is for administrators."""
    require_admin()


@blueprint.get("/accounts")
@blueprint.input(PeopleQuery, location="query")
@blueprint.output(PersonOut(many=True))
def list_accounts(query_data: dict[str, Any]) -> Any:
    """Everybody's accounts, oldest first; the `Link` header leads to the next page."""
    _count_requests()
    limit, words = query_data["limit"], query_data["q"]
    found = administration.people(db_session(), limit=limit + 1, after=query_data.get("after"), words=words)
    headers = {}
    if len(found) > limit:
        following = url_for("admin.list_accounts", limit=limit, after=found[limit - 1].account.id, q=words or None)
        headers["Link"] = f'<{following}>; rel="next"'
    return [_person(one) for one in found[:limit]], 200, headers


@blueprint.patch("/accounts/<account_id>")
@blueprint.input(PersonPatch)
@blueprint.output(PersonOut)
def change_person(account_id: str, json_data: dict[str, Any]) -> Any:
    """Disable or enable somebody, make them an administrator or a member, and give them other quotas."""
    require_fresh()
    with writing(db_session()) as session, everybody(session):
        account = administration.find(session, account_id)
        if (role := json_data.get("role")) and role != account.role:
            (people.promote if role == ADMIN else people.demote)(session, account)
        if "active" in json_data:
            (people.enable if json_data["active"] else people.disable)(session, account)
        if "quotas" in json_data:
            account.quotas = quotas.merged(account.quotas, json_data["quotas"])
    return _person(administration.person(db_session(), account))


@blueprint.get("/invitations")
@blueprint.output(InvitationOut(many=True))
def list_invitations() -> Any:
    """All invitations, newest first."""
    return [_invitation(row) for row in invitations.listed(db_session())]


@blueprint.post("/invitations")
@blueprint.input(InvitationIn)
@blueprint.output(InvitationMadeOut, status_code=201)
def invite(json_data: dict[str, Any]) -> Any:
    """Make a link with which one person may sign up; it is mailed where there is an address and a mail server."""
    email = people.normalised(json_data["email"]) if json_data.get("email") else None
    with writing(db_session()) as session:
        row, token = invitations.make(session, present().account_id, email, timedelta(days=json_data["days"]))
        language = session.get_one(Account, present().account_id).language
    link = f"{accounts().settings.site}/sign-up?invitation={token}"
    if mailed := bool(email and accounts().settings.mails):
        accounts().mailer.send(email or "", "invitation", language, link)
    return _invitation(row) | {"link": link, "mailed": mailed}, 201


@blueprint.delete("/invitations/<invitation_id>")
@blueprint.output({}, status_code=204)
def withdraw_invitation(invitation_id: str) -> Any:
    """The link holds no more."""
    with writing(db_session()) as session:
        invitations.withdraw(session, invitation_id)
    return "", 204


@blueprint.get("/usage")
@blueprint.input(UsageQuery, location="query")
@blueprint.output(UsageOut)
def show_usage(query_data: dict[str, Any]) -> Any:
    """What all people used on each of the last days, and the quotas of whom nothing else is set for."""
    _count_requests()
    session = db_session()
    return administration.counts(session) | {
        "defaults": quotas.defaults(runtime().settings),
        "days": administration.days(session, query_data["days"]),
    }


def _count_requests() -> None:
    """Have the requests until now in the database, and see them there."""
    accounts().traffic.write_down(db.engine)
    db_session().rollback()  # its transaction began before that


def _person(one: Person) -> dict[str, Any]:
    row = one.account
    return {
        "id": row.id,
        "email": row.email,
        "role": row.role,
        "active": row.active,
        "confirmed": row.confirmed_at is not None,
        "has_totp": row.has_totp,
        "has_passkey": one.has_passkey,
        "created_at": iso(row.created_at),
        "last_seen_at": iso(row.last_seen_at),
        "quotas": row.quotas or {},
        "today": one.today,
    }


def _invitation(row: Invitation) -> dict[str, Any]:
    state = "used" if row.used_at else "open" if row.expires_at > now() else "expired"
    times = {name: iso(getattr(row, name)) for name in ("created_at", "expires_at", "used_at")}
    return {"id": row.id, "email": row.email, "state": state} | times
