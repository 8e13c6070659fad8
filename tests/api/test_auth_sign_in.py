"""Signing in and out, a forgotten password, and what keeps others from doing it."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import update
from sqlalchemy.orm import Session

from storybot.accounts import passwords, people
from storybot.accounts.models import Account, Attempt, SignIn
from storybot.clock import now
from storybot.db import writing
from tests.api.support import refused
from tests.conftest import PASSWORD, Visitor
from tests.fakes.letters import Sent

SignedIn = Callable[..., Visitor]
AccountOf = Callable[[str], Account]
EMAIL = "anna@example.com"
ANNA = {"email": EMAIL, "password": PASSWORD}


def _cookie(visitor: Visitor) -> str:
    found = visitor.get_cookie("storybot")
    assert found is not None
    return found.value


@pytest.fixture
def anna(signed_in: SignedIn) -> Visitor:
    """Somebody with an account, who is signed in in another browser."""
    return signed_in(EMAIL)


def test_signing_in_and_out(anna: Visitor, visitor: Visitor, account_of: AccountOf) -> None:
    shown = visitor.post("/auth/login", json=ANNA | {"email": "ANNA@example.com"}).json
    assert shown["account"]["id"] == anna.account_id
    assert visitor.get("/prompts").status_code == 200
    assert account_of(EMAIL).last_seen_at is not None
    assert visitor.post("/auth/logout").status_code == 204
    refused(visitor.get("/prompts"), 401, "signed-out")
    assert anna.get("/prompts").status_code == 200
    assert visitor.post("/auth/logout").status_code == 204  # once more does no harm


def test_a_cookie_of_before_opens_nothing_afterwards(anna: Visitor, visitor: Visitor) -> None:
    """Session fixation: whoever planted a cookie, or saw one, has nothing of it once somebody signs in or out."""
    visitor.session()
    planted = _cookie(visitor)
    visitor.post("/auth/login", json=ANNA)
    signed_in = _cookie(visitor)
    visitor.post("/auth/login", json=ANNA)
    again = _cookie(visitor)
    visitor.post("/auth/logout")
    assert len({planted, signed_in, again, _cookie(visitor)}) == 4
    thief = Visitor(visitor.application)
    for token in (planted, signed_in, again, _cookie(visitor)):
        thief.set_cookie("storybot", token)
        refused(thief.get("/prompts"), 401, "signed-out")


def test_a_planted_session_of_the_thiefs_own_ends_when_its_victim_signs_in(anna: Visitor, signed_in: SignedIn) -> None:
    thief = signed_in("thief@example.com")
    victim = Visitor(thief.application)
    victim.set_cookie("storybot", _cookie(thief))
    assert victim.post("/auth/login", json=ANNA).json["account"]["email"] == EMAIL
    refused(thief.get("/prompts"), 401, "signed-out")


@pytest.mark.parametrize("remember", [True, False])
def test_only_who_wants_it_is_remembered(anna: Visitor, visitor: Visitor, remember: bool) -> None:
    answer = visitor.post("/auth/login", json=ANNA | {"remember": remember})
    assert ("Max-Age" in answer.headers["Set-Cookie"]) is remember


def test_only_who_knows_the_password_learns_that_an_account_is_disabled(anna: Visitor, visitor: Visitor, session: Session) -> None:
    with writing(session):
        session.execute(update(Account).values(disabled_at=now()))
    refused(visitor.post("/auth/login", json=ANNA | {"password": "not the password"}), 401, "wrong-credentials")
    refused(visitor.post("/auth/login", json=ANNA), 403, "account-disabled")


def test_an_account_without_a_password_takes_none(visitor: Visitor, session: Session) -> None:
    with writing(session):
        people.create(session, EMAIL, None, confirmed=True)
    for password in ("x", "None", "null", "nobody has this password"):
        refused(visitor.post("/auth/login", json=ANNA | {"password": password}), 401, "wrong-credentials")


def test_a_password_is_the_same_however_its_letters_were_typed(visitor: Visitor, session: Session) -> None:
    with writing(session):
        people.create(session, EMAIL, passwords.hashed("Zwölf Äpfel heute"), confirmed=True)
    assert visitor.post("/auth/login", json=ANNA | {"password": "Zwo\u0308lf A\u0308pfel heute"}).status_code == 200


def test_an_old_hash_is_made_anew(visitor: Visitor, session: Session, account_of: AccountOf) -> None:
    with writing(session):
        people.create(session, EMAIL, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD), confirmed=True)
    assert visitor.post("/auth/login", json=ANNA).status_code == 200
    kept = account_of(EMAIL).password
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert not passwords.wants_new_hash(kept)
    assert visitor.post("/auth/login", json=ANNA).status_code == 200


# Brute force


def test_an_account_is_not_tried_for_ever(anna: Visitor, visitor: Visitor) -> None:
    for number in range(10):
        refused(visitor.post("/auth/login", json=ANNA | {"password": f"guess {number}"}), 401, "wrong-credentials")
    answer = visitor.post("/auth/login", json=ANNA)
    problem = refused(answer, 429, "too-many-attempts")
    assert answer.headers["Retry-After"] == str(problem["retry_after_s"])
    assert 0 < problem["retry_after_s"] <= 900
    assert anna.get("/prompts").status_code == 200  # who is in stays in


def test_an_address_without_an_account_is_held_up_just_the_same(visitor: Visitor) -> None:
    body = {"email": "nobody@example.com", "password": "some password"}
    for _ in range(10):
        refused(visitor.post("/auth/login", json=body), 401, "wrong-credentials")
    refused(visitor.post("/auth/login", json=body), 429, "too-many-attempts")


def test_one_address_does_not_try_many_accounts(visitor: Visitor) -> None:
    for number in range(50):
        refused(visitor.post("/auth/login", json={"email": f"a{number}@example.com", "password": "the same"}), 401, "wrong-credentials")
    refused(visitor.post("/auth/login", json={"email": "b@example.com", "password": "the same"}), 429, "too-many-attempts")
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    body = {"email": "b@example.com", "password": "the same"}
    refused(visitor.post("/auth/login", json=body, environ_base=elsewhere), 401, "wrong-credentials")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"])
def test_a_forged_address_is_no_way_round(visitor: Visitor, session: Session, name: str) -> None:
    for number in range(3):
        value = f"for=198.51.100.{number}" if name == "Forwarded" else f"198.51.100.{number}"
        visitor.post("/auth/login", json={"email": f"a{number}@example.com", "password": "x"}, headers={name: value})
    counted = {row.key.split(":")[0]: row.count for row in session.query(Attempt).order_by(Attempt.count)}
    assert counted["sign-in-from"] == 3


def test_behind_a_trusted_proxy_the_address_is_the_one_it_names(another: Callable[..., FlaskClient], session: Session) -> None:
    visitor = Visitor(another(accounts="on", trusted_proxies=1).application)
    for number in range(3):
        forged = f"203.0.113.{number}, 198.51.100.7"
        visitor.post("/auth/login", json={"email": f"a{number}@example.com", "password": "x"}, headers={"X-Forwarded-For": forged})
    assert max(row.count for row in session.query(Attempt)) == 3


def test_neighbours_in_one_network_of_ipv6_count_as_one(visitor: Visitor, session: Session) -> None:
    for number in range(1, 4):
        origin = {"REMOTE_ADDR": f"2001:db8:1:2::{number}"}
        visitor.post("/auth/login", json={"email": f"a{number}@example.com", "password": "x"}, environ_base=origin)
    assert max(row.count for row in session.query(Attempt)) == 3


def test_the_limit_passes_and_whoever_gets_in_starts_anew(anna: Visitor, visitor: Visitor, session: Session) -> None:
    for _ in range(9):
        visitor.post("/auth/login", json=ANNA | {"password": "wrong"})
    assert visitor.post("/auth/login", json=ANNA).status_code == 200
    for _ in range(10):
        visitor.post("/auth/login", json=ANNA | {"password": "wrong"})
    refused(visitor.post("/auth/login", json=ANNA), 429, "too-many-attempts")
    with writing(session):
        session.execute(update(Attempt).values(until=now() - timedelta(seconds=1)))
    assert visitor.post("/auth/login", json=ANNA).status_code == 200


def test_the_limits_name_nobody(anna: Visitor, visitor: Visitor, session: Session) -> None:
    visitor.post("/auth/login", json=ANNA | {"password": "wrong"})
    for row in session.query(Attempt):
        assert "anna" not in row.key
        assert "127.0.0.1" not in row.key


# A forgotten password


def test_a_forgotten_password(anna: Visitor, visitor: Visitor, letters: list[Sent]) -> None:
    assert visitor.post("/auth/forgotten", json={"email": EMAIL}).status_code == 202
    [sent] = letters
    assert (sent.to, sent.name) == (EMAIL, "reset")
    assert sent.link.startswith("http://localhost:5000/reset?token=")
    refused(visitor.post("/auth/reset", json={"token": sent.token, "password": "password12"}), 422, "password-weak")
    shown = visitor.post("/auth/reset", json={"token": sent.token, "password": "eight purple whales"})
    assert shown.status_code == 200
    assert shown.json["account"] is None
    assert letters[-1].name == "password"
    refused(anna.get("/prompts"), 401, "signed-out")
    refused(visitor.post("/auth/login", json=ANNA), 401, "wrong-credentials")
    assert visitor.post("/auth/login", json=ANNA | {"password": "eight purple whales"}).status_code == 200


def test_the_link_counts_once_and_an_hour(anna: Visitor, visitor: Visitor, letters: list[Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _self: int(time.time()) - 3700)
        visitor.post("/auth/forgotten", json={"email": EMAIL})
    visitor.post("/auth/forgotten", json={"email": EMAIL})
    old, fresh = letters
    refused(visitor.post("/auth/reset", json={"token": old.token, "password": "eight purple whales"}), 422, "link-invalid")
    assert visitor.post("/auth/reset", json={"token": fresh.token, "password": "eight purple whales"}).status_code == 200
    refused(visitor.post("/auth/reset", json={"token": fresh.token, "password": "nine purple whales"}), 422, "link-invalid")


def test_nobody_learns_by_it_who_has_an_account(anna: Visitor, visitor: Visitor, letters: list[Sent], session: Session) -> None:
    with writing(session):
        people.disable(session, people.create(session, "gone@example.com", None, confirmed=True))
    answers = [visitor.post("/auth/forgotten", json={"email": f"{name}@example.com"}) for name in ("anna", "nobody", "gone")]
    assert {(one.status_code, one.get_data()) for one in answers} == {(202, b"{}\n")}
    assert [one.to for one in letters] == [EMAIL]


def test_a_mailbox_is_not_filled(anna: Visitor, visitor: Visitor, letters: list[Sent]) -> None:
    for _ in range(5):
        assert visitor.post("/auth/forgotten", json={"email": EMAIL}).status_code == 202
    refused(visitor.post("/auth/forgotten", json={"email": EMAIL}), 429, "too-many-attempts")
    assert len(letters) == 5


def test_a_new_password_confirms_the_address(visitor: Visitor, letters: list[Sent]) -> None:
    visitor.post("/auth/register", json=ANNA)
    visitor.post("/auth/forgotten", json={"email": EMAIL})
    visitor.post("/auth/reset", json={"token": letters[-1].token, "password": "eight purple whales"})
    assert visitor.post("/auth/login", json=ANNA | {"password": "eight purple whales"}).status_code == 200


# Secrets


def test_no_secret_is_ever_logged(visitor: Visitor, letters: list[Sent], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visitor.post("/auth/register", json=ANNA)
    visitor.get(letters[-1].path)
    visitor.post("/auth/login", json=ANNA | {"password": "a wrong password"})
    csrf = visitor.post("/auth/login", json=ANNA).json["csrf"]
    visitor.post("/auth/forgotten", json={"email": EMAIL})
    visitor.post("/auth/reset", json={"token": letters[-1].token, "password": "eight purple whales"})
    secrets = [
        PASSWORD,
        "a wrong password",
        "eight purple whales",
        csrf,
        _cookie(visitor),
        EMAIL,
        *(one.token for one in letters if len(one.token) > 20),
    ]
    logged = "\n".join(
        f"{record.getMessage()} {record.__dict__}" for record in caplog.records if not record.name.startswith(("sqlalchemy", "werkzeug"))
    )
    assert "request" in logged
    for secret in secrets:
        assert secret not in logged


def test_every_try_is_noted_with_its_outcome(visitor: Visitor, anna: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for password in ("a wrong password", PASSWORD):
        visitor.post("/auth/login", json=ANNA | {"password": password})
    visitor.post("/auth/logout")
    noted = [record.__dict__ for record in caplog.records if record.message == "account event"]
    assert [(one["event.action"], one["event.outcome"], one["user.id"]) for one in noted] == [
        ("sign_in.login", "failure", None),
        ("sign_in.login", "success", anna.account_id),
        ("sign_in.logout", "success", anna.account_id),
    ]
    assert {one["source.address"] for one in noted} == {"127.0.0.1"}


def test_passwords_and_links_are_not_in_the_database(visitor: Visitor, letters: list[Sent], session: Session, account_of: AccountOf) -> None:
    visitor.post("/auth/register", json=ANNA)
    visitor.post("/auth/forgotten", json={"email": EMAIL})
    held = " ".join(str(getattr(account_of(EMAIL), column.key)) for column in Account.__table__.columns)
    assert "$argon2id$" in held
    assert PASSWORD not in held
    assert letters[-1].token not in held


def test_a_session_of_another_kind_of_place_is_kept_coarsely(anna: Visitor, visitor: Visitor, session: Session) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/19.0 Mobile/1 Safari/604.1"
    visitor.post("/auth/login", json=ANNA, headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    row = session.query(SignIn).order_by(SignIn.id.desc()).first()
    assert row is not None
    assert (row.ip, row.user_agent) == ("203.0.113.0", "Safari · iPhone")
