"""Who is signed in: GET /auth/session in both modes, and the gate before everything else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storybot.accounts import sessions
from storybot.accounts.models import Account, SignIn
from storybot.clock import now
from storybot.db import writing
from tests.api.support import refused
from tests.conftest import Visitor

SignedIn = Callable[..., Visitor]


def _age(session: Session, **columns: Any) -> None:
    with writing(session):
        session.execute(update(SignIn).values(**columns))


def test_without_accounts_the_page_is_told_so_and_gets_no_cookie(client: FlaskClient) -> None:
    answer = client.get("/auth/session")
    assert answer.json == {"accounts": "off", "sign_up": "closed", "oidc": [], "mail": False, "account": None, "csrf": ""}
    assert "Set-Cookie" not in answer.headers


def test_without_accounts_there_is_nothing_else_of_them(client: FlaskClient) -> None:
    for method, path in (("POST", "/auth/login"), ("POST", "/auth/register"), ("GET", "/auth/sessions"), ("PATCH", "/auth/account")):
        refused(client.open(path, method=method, json={} if method != "GET" else None), 404, "not-found")


def test_a_visitor_gets_a_cookie_and_a_token_for_it(visitor: Visitor) -> None:
    answer = visitor.get("/auth/session")
    assert answer.json["accounts"] == "on"
    assert answer.json["account"] is None
    assert answer.json["sign_up"] == "open"
    assert len(answer.json["csrf"]) == 64
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("storybot=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    again = visitor.get("/auth/session")
    assert again.json["csrf"] == answer.json["csrf"]
    assert "Set-Cookie" not in again.headers


def test_who_is_signed_in_is_told_who_they_are(signed_in: SignedIn) -> None:
    account = signed_in("anna@example.com").session()["account"]
    assert account["email"] == "anna@example.com"
    assert account["role"] == "member"
    assert account["confirmed"]
    assert account["has_password"]
    assert not account["has_totp"]
    assert (account["passkeys"], account["profile"], account["profiles"]) == ([], None, [])


@pytest.mark.parametrize("path", ["/prompts", "/stories", "/configuration", "/engines", "/api/prompts", "/openapi.json", "/docs"])
def test_nothing_else_answers_a_visitor(visitor: Visitor, path: str) -> None:
    refused(visitor.get(path), 401, "signed-out")


@pytest.mark.parametrize("path", ["/healthz", "/", "/favicon.svg"])
def test_health_and_the_pages_files_answer_everybody(visitor: Visitor, path: str) -> None:
    with visitor.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "age",
    [
        {"ended_at": now()},
        {"last_seen_at": now() - sessions.IDLE - timedelta(minutes=1)},
        {"created_at": now() - sessions.AGE - timedelta(minutes=1)},
        {"remember": True, "last_seen_at": now() - sessions.IDLE_REMEMBERED - timedelta(minutes=1)},
        {"remember": True, "created_at": now() - sessions.AGE_REMEMBERED - timedelta(minutes=1)},
        {"awaits": sessions.SECOND_FACTOR},
    ],
)
def test_a_session_that_does_not_hold_opens_nothing(signed_in: SignedIn, session: Session, age: dict[str, Any]) -> None:
    anna = signed_in()
    assert anna.get("/prompts").status_code == 200
    _age(session, **age)
    refused(anna.get("/prompts"), 401, "signed-out")
    assert anna.session()["account"] is None
    assert sessions.listed(session, anna.account_id) == []


def test_a_remembered_session_may_rest_for_days_and_stays_remembered(signed_in: SignedIn, session: Session) -> None:
    anna = signed_in()
    _age(session, remember=True, last_seen_at=now() - timedelta(days=29))
    answer = anna.get("/prompts")
    assert answer.status_code == 200
    assert f"Max-Age={30 * 24 * 3600}" in answer.headers["Set-Cookie"]
    session.rollback()
    assert now() - session.scalars(select(SignIn.last_seen_at)).one() < timedelta(minutes=1)


def test_what_is_left_of_old_sessions_goes_when_the_account_signs_in_again(signed_in: SignedIn, session: Session) -> None:
    signed_in("berta@example.com")
    for column in ("ended_at", "created_at", "created_at"):
        signed_in("anna@example.com")
        long_ago = now() - (sessions.KEPT if column == "ended_at" else sessions.AGE_REMEMBERED) - timedelta(minutes=1)
        _age(session, **{column: long_ago})
    signed_in("anna@example.com")
    session.rollback()
    rows = session.execute(select(Account.email).join(SignIn, SignIn.account_id == Account.id)).scalars().all()
    assert sorted(rows) == ["anna@example.com", "berta@example.com"]  # everybody's own go with their own


def test_an_account_that_is_disabled_is_signed_out(signed_in: SignedIn, session: Session) -> None:
    anna = signed_in()
    with writing(session):
        session.execute(update(Account).values(disabled_at=now()))
    refused(anna.get("/prompts"), 401, "signed-out")


@pytest.mark.parametrize("value", ["", "x", "x" * 43, "../../etc/passwd", "ü" * 43, "' OR 1=1 --"])
def test_a_made_up_cookie_opens_nothing(visitor: Visitor, value: str) -> None:
    visitor.set_cookie("storybot", value)
    refused(visitor.get("/prompts"), 401, "signed-out")
    assert visitor.session()["account"] is None


def test_the_database_holds_nothing_that_opens_a_session(signed_in: SignedIn, session: Session) -> None:
    anna = signed_in()
    cookie = anna.get_cookie("storybot")
    assert cookie is not None
    row = session.scalars(select(SignIn)).one()
    for column in SignIn.__table__.columns:
        assert cookie.value not in str(getattr(row, column.key))


# Requests that change something


def test_a_change_takes_the_token_of_this_very_cookie(signed_in: SignedIn) -> None:
    anna, berta = signed_in("anna@example.com"), signed_in("berta@example.com")
    body = {"content": "A whale"}
    for token in ("", "x", berta.session()["csrf"]):
        refused(anna.post("/prompts", json=body, headers={"X-CSRF-Token": token}), 403, "csrf")
    refused(anna.post("/prompts", json=body, csrf=None), 403, "csrf")
    assert anna.post("/prompts", json=body).status_code == 201


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://api.evil.example", "http://localhost.evil.example", "http://localhost:9999", "null", ""]
)
def test_a_change_from_another_sites_page_is_refused(signed_in: SignedIn, origin: str) -> None:
    """Also from a sibling (http://localhost:9999 is of the same site): the browser sends the cookie along from there."""
    refused(signed_in().post("/prompts", json={"content": "A whale"}, headers={"Origin": origin}), 403, "csrf")


@pytest.mark.parametrize("site", ["cross-site", "none", "anything"])
def test_a_change_that_the_browser_says_is_not_from_here_is_refused(signed_in: SignedIn, site: str) -> None:
    refused(signed_in().post("/prompts", json={"content": "A whale"}, headers={"Sec-Fetch-Site": site}), 403, "csrf")


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost:5000"}, {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"}])
def test_the_pages_own_changes_are_taken(signed_in: SignedIn, headers: dict[str, str]) -> None:
    assert signed_in().post("/prompts", json={"content": "A whale"}, headers=headers).status_code == 201


def test_reading_needs_no_token(signed_in: SignedIn) -> None:
    assert signed_in().get("/prompts", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_pages_on_other_origins_may_use_the_session_only_where_they_are_named(signed_in: SignedIn) -> None:
    anna = signed_in()
    named = anna.get("/prompts", headers={"Origin": "http://localhost:3000"}).headers
    assert named["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert named["Access-Control-Allow-Credentials"] == "true"
    for stranger in ("https://example.com", "https://evil.example", "http://localhost:3001", "null"):
        assert "Access-Control-Allow-Origin" not in anna.get("/prompts", headers={"Origin": stranger}).headers
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrf-token"}
    assert "X-CSRF-Token".lower() in anna.options("/prompts", headers=asked).headers["Access-Control-Allow-Headers"].lower()


def test_over_https_the_cookie_belongs_to_this_host_alone(another: Callable[..., FlaskClient]) -> None:
    client = another(accounts="on", site_url="https://stories.example", cors_origins="https://stories.example", trusted_hosts="testhost")
    [cookie] = client.get("/auth/session", base_url="http://api.stories.example").headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-storybot=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
