"""Signing up, and confirming an address: nobody learns which addresses have an account but their owners."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storybot.accounts import invitations, passwords
from storybot.accounts.models import Account, Invitation
from storybot.clock import now
from storybot.db import writing
from storybot.models import Configuration, Owner
from tests.api.support import refused
from tests.conftest import PASSWORD, Visitor
from tests.fakes.letters import Sent

AccountOf = Callable[[str], Account]
Another = Callable[..., FlaskClient]
ANNA = {"email": "anna@example.com", "password": PASSWORD}


def _visit(another: Callable[..., FlaskClient], **settings: Any) -> Visitor:
    return Visitor(another(**{"accounts": "on", "sign_up": "open"} | settings).application)


def _confirmed(visitor: Visitor, letters: list[Sent]) -> None:
    assert visitor.get(letters[-1].path).location == "http://localhost:5000/sign-in?confirmed=1"


def test_from_nobody_to_a_story_of_ones_own(visitor: Visitor, letters: list[Sent], account_of: AccountOf) -> None:
    answer = visitor.post("/auth/register", json=ANNA | {"email": " Anna@Example.COM "}, headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert (answer.status_code, answer.json) == (202, {})
    assert [(one.to, one.name, one.language) for one in letters] == [("anna@example.com", "confirm", "de")]
    refused(visitor.post("/auth/login", json=ANNA), 403, "not-confirmed")
    _confirmed(visitor, letters)
    assert account_of("anna@example.com").confirmed_at is not None
    shown = visitor.post("/auth/login", json=ANNA).json
    assert shown["account"]["email"] == "anna@example.com"
    assert shown["account"]["language"] == "de"
    assert shown["second_factor"] is None
    assert visitor.post("/stories", json={"prompt": "A whale"}).status_code == 201
    assert len(visitor.get("/stories").json) == 1


def test_the_answer_is_the_same_for_an_address_that_has_an_account(visitor: Visitor, letters: list[Sent], account_of: AccountOf) -> None:
    first = visitor.post("/auth/register", json=ANNA)
    _confirmed(visitor, letters)
    kept = account_of("anna@example.com").password
    again = visitor.post("/auth/register", json=ANNA | {"password": "another whale of mine"})
    assert (again.status_code, again.json) == (first.status_code, first.json)
    unchanging = {"X-Trace-Id", "traceparent", "Date"}
    assert {k: v for k, v in again.headers if k not in unchanging} == {k: v for k, v in first.headers if k not in unchanging}
    assert [one.name for one in letters] == ["confirm", "known"]
    assert account_of("anna@example.com").password == kept


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each computation of a hash: `hash` or `verify`. Counting them says what time would, without a clock."""
    passwords._nobody()
    done: list[str] = []
    made = passwords.hasher

    class Counting:
        def hash(self, password: str) -> str:
            done.append("hash")
            return made.hash(password)

        def verify(self, kept: str, password: str) -> bool:
            done.append("verify")
            return made.verify(kept, password)

        def check_needs_rehash(self, kept: str) -> bool:
            return made.check_needs_rehash(kept)

    monkeypatch.setattr(passwords, "hasher", Counting())
    return done


def test_signing_up_costs_the_same_whether_the_address_is_known(visitor: Visitor, letters: list[Sent], hashes: list[str]) -> None:
    for email in ("anna@example.com", "anna@example.com", "berta@example.com"):
        hashes.clear()
        assert visitor.post("/auth/register", json=ANNA | {"email": email}).status_code == 202
        assert hashes == ["hash"]


def test_signing_in_costs_the_same_whether_the_address_is_known(signed_in: Callable[..., Visitor], visitor: Visitor, hashes: list[str]) -> None:
    signed_in("anna@example.com")
    answers = []
    for email in ("anna@example.com", "nobody@example.com"):
        hashes.clear()
        answers.append(refused(visitor.post("/auth/login", json={"email": email, "password": "a wrong one"}), 401, "wrong-credentials"))
        assert hashes == ["verify"]
    assert {k: v for k, v in answers[0].items() if k != "trace_id"} == {k: v for k, v in answers[1].items() if k != "trace_id"}


@pytest.mark.parametrize("thief_first", [True, False])
def test_whoever_signs_up_with_anothers_address_gains_nothing(
    visitor: Visitor, letters: list[Sent], account_of: AccountOf, thief_first: bool
) -> None:
    thief = ANNA | {"password": "the thief's password"}
    for signed_up in (thief, ANNA) if thief_first else (ANNA, thief):
        visitor.post("/auth/register", json=signed_up)
    assert [one.name for one in letters] == ["confirm", "reset"]
    assert visitor.get(letters[0].path).location.endswith("confirmed=0")
    for body in (thief, ANNA):
        refused(visitor.post("/auth/login", json=body), 401, "wrong-credentials")
    visitor.post("/auth/confirm", json={"email": ANNA["email"]})
    assert [one.name for one in letters] == ["confirm", "reset", "reset"]
    token = parse_qs(urlsplit(letters[-1].link).query)["token"][0]
    assert visitor.post("/auth/reset", json={"token": token, "password": "chosen by the owner"}).status_code == 200
    assert account_of(ANNA["email"]).confirmed_at is not None
    refused(visitor.post("/auth/login", json=thief), 401, "wrong-credentials")
    assert visitor.post("/auth/login", json=ANNA | {"password": "chosen by the owner"}).status_code == 200


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "short"),
        ("ninechars", "short"),
        ("1234567890", "common"),
        ("passwordpassword", "common"),
        ("Dragon2024!", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("PASSWORT12345", "common"),
        ("anna@example.com", "own-address"),
        ("anna.example1", None),
        ("Anna123456", "own-address"),
        ("seven purple whales", None),
        ("ä" * 3 + "ößüxyz?ß", None),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(visitor: Visitor, letters: list[Sent], password: str, reason: str | None) -> None:
    answer = visitor.post("/auth/register", json=ANNA | {"password": password})
    if reason is None:
        assert answer.status_code == 202
        return
    problem = refused(answer, 422, "password-weak")
    assert problem["reason"] == reason
    assert problem["errors"][0]["pointer"] == "/password"
    assert letters == []


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "anna@example.com\nBcc: all@example.com",
        "a b@example.com",
        "a" * 300 + "@x.de",
        "\N{CYRILLIC SMALL LETTER A}nna@example.com",
        "\N{FULLWIDTH LATIN SMALL LETTER A}nna@example.com",
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}nna@example.com",
        "\N{RIGHT-TO-LEFT OVERRIDE}anna@example.com",
    ],
)
def test_what_is_no_address_is_refused(visitor: Visitor, letters: list[Sent], email: str) -> None:
    problem = refused(visitor.post("/auth/register", json=ANNA | {"email": email}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/email"
    assert letters == []


@pytest.mark.parametrize(
    "broken", [lambda token: token[:-1], lambda token: token + "x", lambda token: "x", lambda token: token.replace(".", "")], ids="abcd"
)
def test_a_link_that_was_tampered_with_confirms_nothing(visitor: Visitor, letters: list[Sent], broken: Callable[[str], str]) -> None:
    visitor.post("/auth/register", json=ANNA)
    answer = visitor.get(f"/auth/confirm/{broken(letters[0].token)}")
    assert answer.location == "http://localhost:5000/sign-in?confirmed=0"


def test_a_link_holds_two_days(visitor: Visitor, letters: list[Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    then = int((now() - timedelta(days=2, minutes=1)).timestamp())
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _self: then)
        visitor.post("/auth/register", json=ANNA)
    assert visitor.get(letters[0].path).location.endswith("confirmed=0")
    visitor.post("/auth/confirm", json={"email": "anna@example.com"})
    _confirmed(visitor, letters)


def test_a_link_of_one_purpose_serves_no_other(visitor: Visitor, letters: list[Sent]) -> None:
    visitor.post("/auth/register", json=ANNA)
    visitor.post("/auth/forgotten", json={"email": "anna@example.com"})
    confirm, reset = letters
    refused(visitor.post("/auth/reset", json={"token": confirm.token, "password": PASSWORD}), 422, "link-invalid")
    assert visitor.get(f"/auth/confirm/{reset.token}").location.endswith("confirmed=0")
    assert visitor.get(f"/auth/address/{reset.token}").location.endswith("address=0")


def test_the_mail_is_sent_again_only_where_it_is_needed(visitor: Visitor, letters: list[Sent], signed_in: Callable[..., Visitor]) -> None:
    visitor.post("/auth/register", json=ANNA)
    signed_in("berta@example.com")
    answers = [visitor.post("/auth/confirm", json={"email": f"{name}@example.com"}) for name in ("anna", "berta", "nobody")]
    assert {(one.status_code, one.get_data()) for one in answers} == {(202, b"{}\n")}
    assert [one.to for one in letters] == ["anna@example.com", "anna@example.com"]


# Who may


def test_where_signing_up_is_closed_nobody_does(another: Callable[..., FlaskClient], letters: list[Sent], session: Session) -> None:
    with writing(session):
        _row, token = invitations.make(session, None)
    visitor = _visit(another, sign_up="closed")
    for more in ({}, {"invitation": token}):
        refused(visitor.post("/auth/register", json=ANNA | more), 403, "sign-up-closed")
    assert letters == []


def test_by_invitation_only_the_invited_and_each_once(another: Callable[..., FlaskClient], letters: list[Sent], session: Session) -> None:
    with writing(session):
        _row, token = invitations.make(session, None)
    visitor = _visit(another, sign_up="invite")
    for wrong in ("", "x" * 43):
        refused(visitor.post("/auth/register", json=ANNA | {"invitation": wrong}), 422, "invitation-invalid")
    assert visitor.post("/auth/register", json=ANNA | {"invitation": token}).status_code == 202
    session.rollback()
    assert session.scalars(select(Invitation.used_at)).one() is not None
    refused(visitor.post("/auth/register", json=ANNA | {"email": "berta@example.com", "invitation": token}), 422, "invitation-invalid")


def test_an_invitation_for_an_address_serves_no_other_and_runs_out(
    another: Callable[..., FlaskClient], letters: list[Sent], session: Session
) -> None:
    with writing(session):
        row, token = invitations.make(session, None, "anna@example.com")
    visitor = _visit(another, sign_up="invite")
    refused(visitor.post("/auth/register", json=ANNA | {"email": "berta@example.com", "invitation": token}), 422, "invitation-invalid")
    with writing(session):
        session.execute(update(Invitation).values(expires_at=now()))
    refused(visitor.post("/auth/register", json=ANNA | {"invitation": token}), 422, "invitation-invalid")
    with writing(session):
        session.execute(update(Invitation).values(expires_at=now() + timedelta(days=1)))
    assert visitor.post("/auth/register", json=ANNA | {"invitation": token}).status_code == 202
    assert row.email == "anna@example.com"


def test_without_mails_only_the_invited_can_sign_up_and_need_no_link(
    another: Callable[..., FlaskClient], letters: list[Sent], session: Session
) -> None:
    with writing(session):
        _row, token = invitations.make(session, None)
    visitor = _visit(another, site_url="https://stories.example", trusted_hosts="localhost")
    assert not visitor.session()["mail"]
    for path in ("register", "forgotten", "confirm"):
        refused(visitor.post(f"/auth/{path}", json=ANNA if path == "register" else {"email": "anna@example.com"}), 503, "no-mail")
    assert visitor.post("/auth/register", json=ANNA | {"invitation": token}).status_code == 202
    assert visitor.post("/auth/login", json=ANNA).status_code == 200


def test_an_account_that_was_made_whole_has_an_owner_and_defaults(visitor: Visitor, letters: list[Sent], session: Session) -> None:
    before = session.scalar(select(func.count()).select_from(Owner))
    visitor.post("/auth/register", json=ANNA)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Owner)) == (before or 0) + 1
    owner_id = session.scalars(select(Account.owner_id)).one()
    assert session.get(Configuration, owner_id) is not None


def test_signing_up_again_and_again_is_held_up(visitor: Visitor, letters: list[Sent]) -> None:
    for _ in range(5):
        assert visitor.post("/auth/register", json=ANNA).status_code == 202
    answer = visitor.post("/auth/register", json=ANNA)
    problem = refused(answer, 429, "too-many-attempts")
    assert 0 < problem["retry_after_s"] <= 3600
    assert answer.headers["Retry-After"] == str(problem["retry_after_s"])
    for number in range(15):
        assert visitor.post("/auth/register", json=ANNA | {"email": f"a{number}@example.com"}).status_code == 202
    refused(visitor.post("/auth/register", json=ANNA | {"email": "last@example.com"}), 429, "too-many-attempts")
