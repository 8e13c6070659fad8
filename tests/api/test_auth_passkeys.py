"""Passkeys: made, used, and refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import update
from sqlalchemy.orm import Session

from storybot.accounts import people
from storybot.accounts.models import Account, Passkey, SignIn
from storybot.clock import now
from storybot.db import writing
from tests.api.support import refused
from tests.conftest import PASSWORD, Visitor
from tests.fakes.authenticator import PRESENT, Authenticator
from tests.fakes.letters import Sent

SignedIn = Callable[..., Visitor]
EMAIL = "anna@example.com"
Json = dict[str, Any]


@pytest.fixture
def anna(signed_in: SignedIn, letters: list[Sent]) -> Visitor:
    return signed_in(EMAIL)


def _make(visitor: Visitor, device: Authenticator, name: str = "My phone") -> Any:
    question = visitor.post("/auth/passkeys/options").json
    return visitor.post("/auth/passkeys", json={"state": question["state"], "credential": device.make(question["publicKey"]), "name": name})


def _answer(visitor: Visitor, device: Authenticator) -> Json:
    question = visitor.post("/auth/passkeys/sign-in/options", json={}).json
    return {"state": question["state"], "credential": device.sign(question["publicKey"])}


@pytest.fixture
def device(anna: Visitor) -> Authenticator:
    """A passkey of the account."""
    made = Authenticator()
    assert _make(anna, made).status_code == 201
    return made


def test_a_passkey_signs_in_without_address_password_or_second_step(
    anna: Visitor, device: Authenticator, visitor: Visitor, letters: list[Sent], session: Session
) -> None:
    with writing(session):
        session.execute(update(Account).values(tf_primary_method="authenticator"))
    shown = visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device))
    assert shown.json["account"]["email"] == EMAIL
    assert visitor.get("/prompts").status_code == 200
    [passkey] = shown.json["account"]["passkeys"]
    assert passkey["name"] == "My phone"
    assert passkey["last_used_at"]
    assert [one.name for one in letters] == ["security"]
    row = session.query(Passkey).one()
    assert row.transports == ["hybrid", "internal"]
    assert row.sign_count == 1


def test_what_the_browser_is_asked(anna: Visitor, device: Authenticator, visitor: Visitor) -> None:
    asked = anna.post("/auth/passkeys/options").json["publicKey"]
    assert asked["rp"] == {"name": "Storybot", "id": "localhost"}
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert len(asked["excludeCredentials"]) == 1
    for email in (EMAIL, "nobody@example.com"):  # who has a passkey is not told
        question = visitor.post("/auth/passkeys/sign-in/options", json={"email": email}).json["publicKey"]
        assert question["allowCredentials"] == []
        assert question["userVerification"] == "required"


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:5000.evil.example"},
        {"origin": "https://localhost:5000"},
        {"site": "evil.example"},
        {"flags": PRESENT},  # no finger, no PIN
        {"flags": 0},
    ],
)
def test_a_passkey_of_another_site_or_without_its_owner_is_refused(anna: Visitor, device: Authenticator, visitor: Visitor, lie: Json) -> None:
    for name, value in lie.items():
        setattr(device, name, value)
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device)), 422, "passkey-refused")
    refused(_make(anna, Authenticator(**lie)), 422, "passkey-refused")


def test_anothers_key_is_refused(device: Authenticator, visitor: Visitor) -> None:
    stranger = Authenticator(user_handle=device.user_handle)
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, stranger)), 422, "passkey-refused")
    stranger.credential_id = device.credential_id
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, stranger)), 422, "passkey-refused")
    device.user_handle = "AAAA"
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device)), 422, "passkey-refused")


def test_a_copied_key_is_noticed(device: Authenticator, visitor: Visitor) -> None:
    device.sign_count = 5
    assert visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device)).status_code == 200
    device.sign_count = 2
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device)), 422, "passkey-refused")


def test_an_answer_counts_once_and_in_its_own_browser(device: Authenticator, visitor: Visitor) -> None:
    answer = _answer(visitor, device)
    thief = Visitor(visitor.application)
    thief.session()
    refused(thief.post("/auth/passkeys/sign-in", json=answer), 422, "passkey-refused")
    assert visitor.post("/auth/passkeys/sign-in", json=answer).status_code == 200
    refused(visitor.post("/auth/passkeys/sign-in", json=answer), 422, "passkey-refused")


def test_an_answer_does_not_wait_for_ever(device: Authenticator, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    then = int((now() - timedelta(minutes=6)).timestamp())
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _self: then)
        answer = _answer(visitor, device)
    refused(visitor.post("/auth/passkeys/sign-in", json=answer), 422, "passkey-refused")


def test_a_question_for_one_thing_answers_no_other(anna: Visitor, device: Authenticator) -> None:
    question = anna.post("/auth/passkeys/options").json
    body = {"state": question["state"], "credential": device.sign(question["publicKey"])}
    refused(anna.post("/auth/passkeys/sign-in", json=body), 422, "passkey-refused")


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"rawId": 7},
        {"rawId": "!!"},
        {"rawId": "AAAA", "response": "x"},
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": "AA", "attestationObject": "AA", "transports": 7}},
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}},
    ],
)
def test_nonsense_is_refused(anna: Visitor, device: Authenticator, credential: Json) -> None:
    question = anna.post("/auth/passkeys/options").json
    refused(anna.post("/auth/passkeys", json={"state": question["state"], "credential": credential, "name": "x"}), 422, "passkey-refused")
    question = anna.post("/auth/passkeys/sign-in/options", json={}).json
    own = {"rawId": device.sign(question["publicKey"])["rawId"]} if credential.get("rawId") == "AAAA" else {}
    refused(anna.post("/auth/passkeys/sign-in", json={"state": question["state"], "credential": credential | own}), 422, "passkey-refused")
    for state in ("x", question["state"] + "x"):
        refused(anna.post("/auth/passkeys/sign-in", json={"state": state, "credential": credential}), 422, "passkey-refused")


def test_one_passkey_is_kept_once(anna: Visitor, device: Authenticator, signed_in: SignedIn) -> None:
    refused(_make(anna, device), 422, "passkey-refused")
    refused(_make(signed_in("berta@example.com"), device), 422, "passkey-refused")


def test_passkeys_are_renamed_and_removed_by_their_owner_alone(anna: Visitor, device: Authenticator, visitor: Visitor, signed_in: SignedIn) -> None:
    [passkey] = anna.session()["account"]["passkeys"]
    path, berta = f"/auth/passkeys/{passkey['id']}", signed_in("berta@example.com")
    refused(berta.patch(path, json={"name": "Mine"}), 404, "not-found")
    refused(berta.delete(path), 404, "not-found")
    assert anna.patch(path, json={"name": "The old phone"}).json["name"] == "The old phone"
    assert anna.delete(path).status_code == 204
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device)), 422, "passkey-refused")


def test_the_last_way_in_stays(session: Session, signed_in: SignedIn, letters: list[Sent]) -> None:
    with writing(session):
        people.create(session, EMAIL, None, confirmed=True)
    anna = signed_in(EMAIL)
    assert _make(anna, Authenticator()).status_code == 201
    [passkey] = anna.session()["account"]["passkeys"]
    refused(anna.delete(f"/auth/passkeys/{passkey['id']}"), 409, "last-way-in")
    assert anna.post("/auth/password", json={"new_password": PASSWORD}).status_code == 200  # a first one
    assert anna.delete(f"/auth/passkeys/{passkey['id']}").status_code == 204


def test_a_passkey_verifies_its_owner_alone(anna: Visitor, device: Authenticator, signed_in: SignedIn, session: Session) -> None:
    berta = signed_in("berta@example.com")
    with writing(session):
        session.execute(update(SignIn).values(fresh_at=now() - timedelta(minutes=11)))
    refused(berta.post("/auth/verify", json=_answer(berta, device)), 422, "passkey-refused")
    refused(berta.post("/auth/totp/setup"), 403, "needs-verification")
    assert anna.post("/auth/verify", json=_answer(anna, device)).status_code == 204
    assert anna.post("/auth/totp/setup").status_code == 200


def test_a_disabled_account_is_not_opened(device: Authenticator, visitor: Visitor, session: Session) -> None:
    with writing(session):
        session.execute(update(Account).values(disabled_at=now()))
    refused(visitor.post("/auth/passkeys/sign-in", json=_answer(visitor, device)), 403, "account-disabled")
