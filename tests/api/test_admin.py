"""Administration: people, invitations and usage, for administrators alone, and no story of anybody."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import update
from sqlalchemy.orm import Session

from storybot import quotas
from storybot.accounts.models import Account, Invitation, SignIn
from storybot.clock import now
from storybot.db import writing
from storybot.models import Usage
from tests.api.support import NO_ID, pointers, refused
from tests.api.test_isolation import _calls
from tests.conftest import PASSWORD, Running, Visitor, finish_all
from tests.fakes.engine import ScriptedEngine
from tests.fakes.letters import Sent

SignedIn = Callable[..., Visitor]


@pytest.fixture
def admin(signed_in: SignedIn) -> Visitor:
    return signed_in("admin@example.com", "admin")


def test_members_get_nowhere(signed_in: SignedIn, admin: Visitor, app_with_accounts: APIFlask) -> None:
    anna, walked = signed_in("anna@example.com"), 0
    for (method, path), wants_body in _calls(app_with_accounts):
        if path.startswith("/admin"):
            filled = re.sub("{account_id}", admin.account_id, re.sub("{invitation_id}", NO_ID, path))
            refused(anna.open(filled, method=method.upper(), json={} if wants_body else None), 403, "forbidden")
            walked += 1
    assert walked == 6


# People


def test_people_are_listed_page_by_page(admin: Visitor, signed_in: SignedIn) -> None:
    for number in range(5):
        signed_in(f"person{number}@example.com")
    first = admin.get("/admin/accounts?limit=4")
    assert [one["email"] for one in first.json] == ["admin@example.com", *(f"person{number}@example.com" for number in range(3))]
    link = re.fullmatch(r'<(.+)>; rel="next"', first.headers["Link"])
    assert link is not None
    second = admin.get(link[1])
    assert [one["email"] for one in second.json] == ["person3@example.com", "person4@example.com"]
    assert "Link" not in second.headers


@pytest.mark.parametrize(("words", "found"), [("anna", 1), ("ANNA", 1), ("@example", 2), ("%", 0), ("_", 0), ("nobody", 0), ("' OR 1=1 --", 0)])
def test_people_are_found_by_their_address(admin: Visitor, signed_in: SignedIn, words: str, found: int) -> None:
    signed_in("anna@example.com")
    assert len(admin.get("/admin/accounts", query_string={"q": words}).json) == found


def test_what_is_told_of_somebody_and_what_is_not(admin: Visitor, signed_in: SignedIn, worker: Running, engine: ScriptedEngine) -> None:
    anna = signed_in("anna@example.com")
    engine.enqueue("A secret of Annas.")
    anna.post("/stories", json={"prompt": "Annas secret idea"})
    worker(finish_all)
    anna.post("/prompts", json={"content": "Annas secret idea"})
    answer = admin.get("/admin/accounts?q=anna")
    [shown] = answer.json
    assert (shown["role"], shown["active"], shown["confirmed"], shown["has_totp"], shown["has_passkey"]) == ("member", True, True, False, False)
    assert shown["today"]["stories"] == 1
    assert shown["quotas"] == {}
    for path in ("/admin/accounts", "/admin/usage", "/admin/invitations"):
        text = admin.get(path).get_data(as_text=True)
        assert "secret" not in text
        assert "argon2" not in text


def test_somebody_is_disabled_at_once_and_enabled_again(admin: Visitor, signed_in: SignedIn, visitor: Visitor) -> None:
    anna = signed_in("anna@example.com")
    assert admin.patch(f"/admin/accounts/{anna.account_id}", json={"active": False}).json["active"] is False
    refused(anna.get("/stories"), 401, "signed-out")
    sign_in = {"email": "anna@example.com", "password": PASSWORD}
    refused(visitor.post("/auth/login", json=sign_in), 403, "account-disabled")
    assert admin.patch(f"/admin/accounts/{anna.account_id}", json={"active": True}).json["active"] is True
    assert visitor.post("/auth/login", json=sign_in).status_code == 200


def test_somebody_becomes_an_administrator_and_a_member_again(admin: Visitor, signed_in: SignedIn) -> None:
    anna = signed_in("anna@example.com")
    anna.post("/prompts", json={"content": "Annas own"})
    assert admin.patch(f"/admin/accounts/{anna.account_id}", json={"role": "admin"}).json["role"] == "admin"
    assert anna.get("/admin/accounts").status_code == 200
    assert [one["content"] for one in anna.get("/prompts").json] == ["Annas own"]
    assert anna.patch(f"/admin/accounts/{admin.account_id}", json={"role": "member"}).json["role"] == "member"
    refused(admin.get("/admin/accounts"), 403, "forbidden")


@pytest.mark.parametrize("change", [{"role": "member"}, {"active": False}])
def test_the_last_administrator_stays(admin: Visitor, signed_in: SignedIn, session: Session, change: dict[str, Any]) -> None:
    refused(admin.patch(f"/admin/accounts/{admin.account_id}", json=change), 409, "conflict")
    other = signed_in("other@example.com", "admin")
    assert admin.patch(f"/admin/accounts/{other.account_id}", json={"active": False}).status_code == 200
    refused(admin.patch(f"/admin/accounts/{admin.account_id}", json=change), 409, "conflict")  # a disabled one does not count
    assert admin.get("/admin/accounts").status_code == 200


def test_changing_people_wants_a_fresh_proof(admin: Visitor, signed_in: SignedIn, session: Session) -> None:
    anna = signed_in("anna@example.com")
    with writing(session):
        session.execute(update(SignIn).values(fresh_at=now() - timedelta(minutes=11)))
    refused(admin.patch(f"/admin/accounts/{anna.account_id}", json={"role": "admin"}), 403, "needs-verification")
    assert admin.post("/auth/verify", json={"password": PASSWORD}).status_code == 204
    assert admin.patch(f"/admin/accounts/{anna.account_id}", json={"role": "admin"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"role": "owner"}, "/role"), ({"quotas": {"stories": -1}}, "/quotas/stories/value"), ({"quotas": {"luck": 1}}, "/quotas/luck/key")],
)
def test_a_change_that_cannot_be_is_refused(admin: Visitor, change: dict[str, Any], pointer: str) -> None:
    assert pointers(admin.patch(f"/admin/accounts/{admin.account_id}", json=change)) == [pointer]
    refused(admin.patch(f"/admin/accounts/{NO_ID}", json={"active": True}), 404, "not-found")


# Invitations


def test_an_invitation_lets_one_person_in(admin: Visitor, visitor: Visitor, letters: list[Sent], account_of: Callable[[str], Account]) -> None:
    made = admin.post("/admin/invitations", json={})
    assert made.status_code == 201
    assert (made.json["state"], made.json["email"], made.json["mailed"]) == ("open", None, False)
    token = made.json["link"].split("?invitation=")[1]
    assert token not in admin.get("/admin/invitations").get_data(as_text=True)
    body = {"email": "new@example.com", "password": "seven purple whales", "invitation": token}
    assert visitor.post("/auth/register", json=body).status_code == 202
    assert account_of("new@example.com").role == "member"
    assert [one["state"] for one in admin.get("/admin/invitations").json] == ["used"]
    refused(visitor.post("/auth/register", json=body | {"email": "other@example.com"}), 422, "invitation-invalid")


def test_an_invitation_for_an_address_is_mailed(admin: Visitor, visitor: Visitor, letters: list[Sent]) -> None:
    made = admin.post("/admin/invitations", json={"email": "New@Example.com", "days": 1}).json
    assert (made["email"], made["mailed"]) == ("new@example.com", True)
    [sent] = letters
    assert (sent.to, sent.name, sent.link) == ("new@example.com", "invitation", made["link"])
    body = {"email": "other@example.com", "password": "seven purple whales", "invitation": made["link"].split("=")[1]}
    refused(visitor.post("/auth/register", json=body), 422, "invitation-invalid")


def test_an_invitation_is_withdrawn_or_runs_out(admin: Visitor, visitor: Visitor, session: Session) -> None:
    first, second = (admin.post("/admin/invitations", json={}).json for _ in range(2))
    assert admin.delete(f"/admin/invitations/{first['id']}").status_code == 204
    refused(admin.delete(f"/admin/invitations/{first['id']}"), 404, "not-found")
    with writing(session):
        session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
    assert [one["state"] for one in admin.get("/admin/invitations").json] == ["expired"]
    for made in (first, second):
        body = {"email": "new@example.com", "password": "seven purple whales", "invitation": made["link"].split("=")[1]}
        refused(visitor.post("/auth/register", json=body), 422, "invitation-invalid")


@pytest.mark.parametrize(("body", "pointer"), [({"email": "nobody"}, "/email"), ({"days": 0}, "/days"), ({"days": 91}, "/days")])
def test_an_invitation_that_cannot_be_is_refused(admin: Visitor, body: dict[str, Any], pointer: str) -> None:
    assert pointers(admin.post("/admin/invitations", json=body)) == [pointer]


# Usage


def test_usage_is_summed_by_day(admin: Visitor, signed_in: SignedIn, session: Session) -> None:
    anna, berta, today = signed_in("anna@example.com"), signed_in("berta@example.com"), now().date()
    with writing(session):
        for owner_id, days_ago, stories in ((anna.owner_id, 0, 2), (berta.owner_id, 0, 3), (anna.owner_id, 1, 4), (anna.owner_id, 40, 9)):
            session.add(Usage(owner_id=owner_id, day=today - timedelta(days=days_ago), requests=1, stories=stories, tokens=10, uploads=0))
    shown = admin.get("/admin/usage").json
    assert (shown["accounts"], shown["active_today"]) == (3, 3)  # whoever looks has made a request
    assert [(one["day"], one["people"], one["stories"], one["tokens"]) for one in shown["days"]] == [
        (today.isoformat(), 3, 5, 20),
        ((today - timedelta(days=1)).isoformat(), 1, 4, 10),
    ]
    assert set(shown["defaults"]) == set(quotas.NAMES)
    assert len(admin.get("/admin/usage?days=1").json["days"]) == 1


def test_requests_are_shown_as_they_are_now(admin: Visitor, signed_in: SignedIn) -> None:
    anna = signed_in("anna@example.com")
    for _ in range(3):
        anna.get("/prompts")
    assert {one["email"]: one["today"]["requests"] for one in admin.get("/admin/accounts").json}["anna@example.com"] == 3
    anna.get("/prompts")
    [day] = admin.get("/admin/usage").json["days"]
    assert day["requests"] == 4 + 2
