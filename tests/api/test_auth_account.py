"""One's own account: verify, password, address, two steps, sessions; and what a child's browser may not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from passlib.totp import TOTP
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storybot.accounts.models import Account, SignIn
from storybot.clock import now
from storybot.db import writing
from storybot.models import ReaderProfile
from tests.api.support import NO_ID, refused
from tests.conftest import PASSWORD, Visitor
from tests.fakes.letters import Sent

SignedIn = Callable[..., Visitor]
AccountOf = Callable[[str], Account]
EMAIL = "anna@example.com"
ANNA = {"email": EMAIL, "password": PASSWORD}


@pytest.fixture
def anna(signed_in: SignedIn, letters: list[Sent]) -> Visitor:
    """Somebody who has just signed in."""
    return signed_in(EMAIL)


@pytest.fixture
def stale(anna: Visitor, session: Session) -> Visitor:
    """Somebody who signed in a while ago."""
    with writing(session):
        session.execute(update(SignIn).values(fresh_at=now() - timedelta(minutes=11)))
    return anna


def _cookie(visitor: Visitor) -> str:
    found = visitor.get_cookie("storybot")
    assert found is not None
    return found.value


TwoSteps = tuple[Callable[[int], str], list[str]]


def _app(uri: str) -> Callable[[int], str]:
    """The codes that an app shows: `code(0)` now, `code(1)` the next one."""
    app = TOTP.from_uri(uri)
    return lambda later=0: app.generate(time=now() + timedelta(seconds=30 * later)).token


@pytest.fixture
def two_steps(anna: Visitor) -> TwoSteps:
    """Two-step sign-in of the account: its app (which has shown one code already), and its recovery codes."""
    code = _app(anna.post("/auth/totp/setup").json["uri"])
    return code, anna.post("/auth/totp/enable", json={"code": code(0)}).json["recovery_codes"]


STARRED: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/auth/password", {"password": PASSWORD, "new_password": "eight purple whales"}),
    ("POST", "/auth/address", {"email": "new@example.com"}),
    ("POST", "/auth/totp/setup", None),
    ("POST", "/auth/totp/enable", {"code": "123456"}),
    ("POST", "/auth/totp/disable", None),
    ("POST", "/auth/recovery-codes", None),
    ("POST", "/auth/passkeys/options", None),
    ("POST", "/auth/passkeys", {"state": "x", "credential": {}, "name": "Key"}),
    ("DELETE", f"/auth/passkeys/{NO_ID}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), STARRED)
def test_what_opens_an_account_takes_a_fresh_session(stale: Visitor, method: str, path: str, body: dict[str, Any] | None) -> None:
    refused(stale.open(path, method=method, json=body), 403, "needs-verification")
    assert stale.post("/auth/verify", json={"password": PASSWORD}).status_code == 204
    assert stale.open(path, method=method, json=body).status_code != 403


def test_verifying_takes_the_right_password_and_gives_another_cookie(stale: Visitor) -> None:
    before = _cookie(stale)
    refused(stale.post("/auth/verify", json={"password": "not the password"}), 401, "wrong-credentials")
    refused(stale.post("/auth/verify", json={"totp": "123456"}), 401, "wrong-code")
    refused(stale.post("/auth/verify", json={}), 422, "invalid")
    refused(stale.post("/auth/totp/setup"), 403, "needs-verification")
    assert stale.post("/auth/verify", json={"password": PASSWORD}).status_code == 204
    assert _cookie(stale) != before


def test_a_password_is_not_guessed_by_verifying(stale: Visitor) -> None:
    for _ in range(10):
        refused(stale.post("/auth/verify", json={"password": "a guess"}), 401, "wrong-credentials")
    refused(stale.post("/auth/verify", json={"password": PASSWORD}), 429, "too-many-attempts")


def test_changing_the_password_ends_every_other_session(anna: Visitor, signed_in: SignedIn, visitor: Visitor, letters: list[Sent]) -> None:
    elsewhere, before = signed_in(EMAIL), _cookie(anna)
    body = {"password": PASSWORD, "new_password": "eight purple whales"}
    refused(anna.post("/auth/password", json=body | {"password": "wrong"}), 401, "wrong-credentials")
    refused(anna.post("/auth/password", json={"new_password": "eight purple whales"}), 401, "wrong-credentials")
    refused(anna.post("/auth/password", json=body | {"new_password": "password12"}), 422, "password-weak")
    assert anna.post("/auth/password", json=body).json["account"]["email"] == EMAIL
    assert _cookie(anna) != before
    assert anna.get("/prompts").status_code == 200
    refused(elsewhere.get("/prompts"), 401, "signed-out")
    refused(visitor.post("/auth/login", json=ANNA), 401, "wrong-credentials")
    assert [one.name for one in letters] == ["password"]


def test_a_changed_password_makes_older_links_worthless(anna: Visitor, visitor: Visitor, letters: list[Sent]) -> None:
    visitor.post("/auth/forgotten", json={"email": EMAIL})
    anna.post("/auth/password", json={"password": PASSWORD, "new_password": "eight purple whales"})
    refused(visitor.post("/auth/reset", json={"token": letters[0].token, "password": "nine purple whales"}), 422, "link-invalid")


# The address


def test_another_address_counts_once_its_link_was_followed(anna: Visitor, visitor: Visitor, letters: list[Sent], account_of: AccountOf) -> None:
    assert anna.post("/auth/address", json={"email": "New@example.com"}).status_code == 202
    assert [(one.to, one.name) for one in letters] == [("new@example.com", "address"), (EMAIL, "address-asked")]
    assert account_of(EMAIL).email == EMAIL
    link = letters[0].path
    assert visitor.get(link).location == "http://localhost:5000/account?address=1"
    assert anna.session()["account"]["email"] == "new@example.com"
    assert (letters[-1].to, letters[-1].name) == (EMAIL, "address-changed")
    assert visitor.get(link).location.endswith("address=0")
    refused(visitor.post("/auth/login", json=ANNA), 401, "wrong-credentials")
    assert visitor.post("/auth/login", json=ANNA | {"email": "new@example.com"}).status_code == 200


def test_an_address_that_has_an_account_is_not_taken_and_not_told(anna: Visitor, signed_in: SignedIn, visitor: Visitor, letters: list[Sent]) -> None:
    signed_in("berta@example.com")
    free = anna.post("/auth/address", json={"email": "free@example.com"})
    taken = anna.post("/auth/address", json={"email": "berta@example.com"})
    assert (free.status_code, free.get_data()) == (taken.status_code, taken.get_data())
    assert [one.name for one in letters] == ["address", "address-asked", "known", "address-asked"]
    anna.post("/auth/address", json={"email": "late@example.com"})
    late = letters[-2]
    signed_in("late@example.com")  # somebody else was quicker
    assert visitor.get(late.path).location.endswith("address=0")


# Two steps


def test_signing_in_in_two_steps(anna: Visitor, visitor: Visitor, two_steps: TwoSteps, letters: list[Sent]) -> None:
    code, _codes = two_steps
    assert [one.name for one in letters] == ["security"]
    half = visitor.post("/auth/login", json=ANNA | {"remember": True}).json
    assert half["second_factor"] == ["totp", "recovery"]
    assert half["account"] is None
    refused(visitor.get("/prompts"), 401, "signed-out")
    between = _cookie(visitor)
    refused(visitor.post("/auth/second-factor", json={"code": "000000"}), 401, "wrong-code")
    shown = visitor.post("/auth/second-factor", json={"code": code(1)})
    assert shown.json["account"]["has_totp"]
    assert "Max-Age" in shown.headers["Set-Cookie"]
    assert _cookie(visitor) != between
    assert visitor.get("/prompts").status_code == 200


def test_no_code_counts_twice(anna: Visitor, visitor: Visitor, two_steps: TwoSteps) -> None:
    code, _codes = two_steps
    seen = code(1)
    visitor.post("/auth/login", json=ANNA)
    assert visitor.post("/auth/second-factor", json={"code": f"{seen[:3]} {seen[3:]}"}).status_code == 200
    over_the_shoulder = Visitor(visitor.application)
    over_the_shoulder.post("/auth/login", json=ANNA)
    refused(over_the_shoulder.post("/auth/second-factor", json={"code": seen}), 401, "wrong-code")


def test_codes_are_not_guessed(anna: Visitor, visitor: Visitor, two_steps: TwoSteps) -> None:
    code, _codes = two_steps
    visitor.post("/auth/login", json=ANNA)
    for number in range(10):
        refused(visitor.post("/auth/second-factor", json={"code": f"00000{number}"}), 401, "wrong-code")
    refused(visitor.post("/auth/second-factor", json={"code": code(1)}), 429, "too-many-attempts")
    visitor.post("/auth/login", json=ANNA)  # the password again is no way round
    refused(visitor.post("/auth/second-factor", json={"code": code(1)}), 429, "too-many-attempts")


def test_a_code_of_yesterday_or_tomorrow_is_none(anna: Visitor, visitor: Visitor, two_steps: TwoSteps) -> None:
    code, _codes = two_steps
    visitor.post("/auth/login", json=ANNA)
    for later in (-4, -2, 3, 4):
        refused(visitor.post("/auth/second-factor", json={"code": code(later)}), 401, "wrong-code")
    assert visitor.post("/auth/second-factor", json={"code": code(1)}).status_code == 200


def test_a_new_password_does_not_go_round_the_second_step(anna: Visitor, visitor: Visitor, two_steps: TwoSteps, letters: list[Sent]) -> None:
    visitor.post("/auth/forgotten", json={"email": EMAIL})
    reset = visitor.post("/auth/reset", json={"token": letters[-1].token, "password": "eight purple whales"})
    assert reset.json["account"] is None
    half = visitor.post("/auth/login", json={"email": EMAIL, "password": "eight purple whales"}).json
    assert (half["account"], half["second_factor"]) == (None, ["totp", "recovery"])
    refused(visitor.get("/prompts"), 401, "signed-out")


def test_each_recovery_code_signs_in_once(anna: Visitor, visitor: Visitor, two_steps: TwoSteps, account_of: AccountOf) -> None:
    _code, codes = two_steps
    assert len(set(codes)) == 10
    kept = account_of(EMAIL)
    assert not any(code in str(kept.mf_recovery_codes) for code in codes)
    visitor.post("/auth/login", json=ANNA)
    assert visitor.post("/auth/second-factor", json={"code": codes[3].upper().replace("-", " ")}).status_code == 200
    visitor.post("/auth/login", json=ANNA)
    for wrong in (codes[3], "", "-", "zzzz-zzzz-zzzz", "0000-0000-0000"):
        assert visitor.post("/auth/second-factor", json={"code": wrong}).status_code in {401, 422}
    fresh = anna.post("/auth/recovery-codes").json["recovery_codes"]
    refused(visitor.post("/auth/second-factor", json={"code": codes[4]}), 401, "wrong-code")
    assert visitor.post("/auth/second-factor", json={"code": fresh[4]}).status_code == 200


def test_the_second_step_does_not_wait_for_ever(anna: Visitor, visitor: Visitor, two_steps: TwoSteps, session: Session) -> None:
    code, _codes = two_steps
    visitor.post("/auth/login", json=ANNA)
    with writing(session):
        session.execute(update(SignIn).where(SignIn.awaits.is_not(None)).values(created_at=now() - timedelta(minutes=11)))
    refused(visitor.post("/auth/second-factor", json={"code": code(1)}), 401, "signed-out")


def test_a_second_step_without_a_first_is_none(visitor: Visitor, anna: Visitor) -> None:
    refused(visitor.post("/auth/second-factor", json={"code": "123456"}), 401, "signed-out")
    refused(anna.post("/auth/second-factor", json={"code": "123456"}), 401, "signed-out")


def test_a_secret_counts_once_a_code_of_it_was_shown(anna: Visitor, visitor: Visitor, account_of: AccountOf) -> None:
    shown = anna.post("/auth/totp/setup").json
    assert shown["uri"].startswith("otpauth://totp/")
    assert "issuer=Storybot" in shown["uri"]
    assert ElementTree.fromstring(shown["qr_svg"]).tag.endswith("svg")
    assert shown["secret"].replace("-", "") not in (account_of(EMAIL).tf_totp_secret or "")
    refused(anna.post("/auth/totp/enable", json={"code": "000000"}), 401, "wrong-code")
    assert visitor.post("/auth/login", json=ANNA).json["second_factor"] is None
    before = _cookie(anna)
    assert len(anna.post("/auth/totp/enable", json={"code": _app(shown["uri"])(0)}).json["recovery_codes"]) == 10
    assert _cookie(anna) != before
    refused(anna.post("/auth/totp/setup"), 401, "wrong-code")


def test_two_steps_can_be_left(anna: Visitor, visitor: Visitor, two_steps: TwoSteps, letters: list[Sent]) -> None:
    assert anna.post("/auth/totp/disable").status_code == 204
    assert visitor.post("/auth/login", json=ANNA).json["second_factor"] is None
    refused(anna.post("/auth/recovery-codes"), 401, "wrong-code")
    assert [one.name for one in letters] == ["security", "security"]


def test_a_code_verifies_too(two_steps: TwoSteps, stale: Visitor) -> None:
    assert stale.post("/auth/verify", json={"totp": two_steps[0](1)}).status_code == 204


# Sessions


def test_sessions_are_listed_and_ended(anna: Visitor, signed_in: SignedIn) -> None:
    phone, laptop = signed_in(EMAIL), signed_in(EMAIL)
    shown = anna.get("/auth/sessions").json
    assert [one["current"] for one in shown].count(True) == 1
    assert {(one["device"], one["place"]) for one in shown} == {("Firefox · Linux", "192.0.2.0")}
    other = next(one["id"] for one in phone.get("/auth/sessions").json if one["current"])
    assert anna.delete(f"/auth/sessions/{other}").status_code == 204
    refused(phone.get("/prompts"), 401, "signed-out")
    refused(anna.delete(f"/auth/sessions/{other}"), 404, "not-found")
    assert anna.delete("/auth/sessions").status_code == 204
    refused(laptop.get("/prompts"), 401, "signed-out")
    assert [one["current"] for one in anna.get("/auth/sessions").json] == [True]


def test_anothers_session_cannot_be_ended(anna: Visitor, signed_in: SignedIn) -> None:
    berta = signed_in("berta@example.com")
    [hers] = berta.get("/auth/sessions").json
    refused(anna.delete(f"/auth/sessions/{hers['id']}"), 404, "not-found")
    anna.delete("/auth/sessions")
    assert berta.get("/prompts").status_code == 200


def test_the_language_of_mails(anna: Visitor) -> None:
    assert anna.patch("/auth/account", json={"language": "de"}).json["account"]["language"] == "de"
    refused(anna.patch("/auth/account", json={"language": "fr"}), 422, "invalid")
    assert anna.patch("/auth/account", json={"language": None}).json["account"]["language"] is None


# A child


def test_a_childs_browser_gets_nothing_of_the_account(anna: Visitor, session: Session) -> None:
    with writing(session):
        profile = ReaderProfile(owner_id=anna.owner_id, name="Mia", age_band="6-8")
        session.add(profile)
        session.flush()
        session.execute(update(SignIn).values(profile_id=profile.id))
        session.execute(update(Account).values(role="admin"))
    shown = anna.session()["account"]
    assert shown["profile"] == {"id": profile.id, "name": "Mia", "age_band": "6-8", "needs_approval": False}
    assert (shown["role"], shown["passkeys"]) == ("member", [])
    others = [("GET", "/auth/sessions", None), ("DELETE", "/auth/sessions", None), ("PATCH", "/auth/account", {"language": "de"})]
    for method, path, body in [*STARRED, *others, ("POST", "/auth/verify", {"password": PASSWORD})]:
        refused(anna.open(path, method=method, json=body), 403, "forbidden")
    with writing(session):
        session.delete(session.get_one(ReaderProfile, profile.id))
    refused(anna.get("/prompts"), 401, "signed-out")
    session.rollback()
    assert session.scalars(select(SignIn)).all() == []
