"""OpenID Connect: in by a provider, connected to an account, and everything that a lying one is refused for."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storybot.accounts import invitations
from storybot.accounts.models import Account, Identity, SignIn
from storybot.clock import now
from storybot.db import writing
from tests.api.support import refused
from tests.conftest import Visitor
from tests.fakes.letters import Sent
from tests.fakes.provider import Provider

SignedIn = Callable[..., Visitor]
Another = Callable[..., FlaskClient]
SITE = "http://localhost:5000"
SAME = {"accounts": "on", "secret_key": "tests only, no secret at all, tests only"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        yield running


@pytest.fixture
def visitor(another: Another, provider: Provider) -> Visitor:
    """Somebody at a server with a provider, at which anybody may sign up."""
    return Visitor(another(**SAME, sign_up="open", **provider.settings).application)


def _leave(visitor: Visitor, query: str = "") -> str:
    answer = visitor.get(f"/auth/oidc/oidc{query}", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 302
    return str(answer.location)


def _arrive(visitor: Visitor, query: dict[str, str]) -> str:
    answer = visitor.get("/auth/oidc/oidc/callback", query_string=query)
    assert answer.status_code == 302
    return str(answer.location)


def _through(visitor: Visitor, provider: Provider, query: str = "") -> str:
    return _arrive(visitor, provider.sign_in(_leave(visitor, query)))


def _as(visitor: Visitor, signed_in: SignedIn, email: str) -> Visitor:
    """The browser, signed in."""
    cookie = signed_in(email).get_cookie("storybot")
    assert cookie is not None
    visitor.set_cookie("storybot", cookie.value)
    return visitor


def _count(session: Session, model: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_it_is_offered(visitor: Visitor) -> None:
    assert visitor.session()["oidc"] == [{"name": "oidc", "label": "The provider"}]


def test_somebody_new_gets_an_account_and_comes_back_to_where_they_were(visitor: Visitor, provider: Provider, session: Session) -> None:
    assert _through(visitor, provider, "?next=/library%3Fq%3Dwhale") == f"{SITE}/library?q=whale"
    account = visitor.session()["account"]
    assert account["email"] == "anna@example.com"
    assert account["confirmed"]
    assert not account["has_password"]
    assert visitor.get("/prompts").status_code == 200
    visitor.post("/auth/logout")
    provider.person["email"] = "moved@example.com"  # who it is, is the subject and not the address
    assert _through(visitor, provider) == f"{SITE}/"
    assert visitor.session()["account"]["id"] == account["id"]
    assert (_count(session, Account), _count(session, Identity)) == (1, 1)


def test_an_address_alone_never_opens_an_account(visitor: Visitor, provider: Provider, signed_in: SignedIn, session: Session) -> None:
    signed_in("anna@example.com")
    assert _through(visitor, provider) == f"{SITE}/sign-in?oidc=known-address"
    assert visitor.session()["account"] is None
    assert _count(session, Identity) == 0


def test_it_is_connected_by_whoever_is_signed_in(visitor: Visitor, provider: Provider, signed_in: SignedIn, letters: list[Sent]) -> None:
    anna = _as(visitor, signed_in, "anna@example.com")
    assert _through(anna, provider, "?connect=true") == f"{SITE}/account?oidc=linked"
    assert [one.name for one in letters] == ["security"]
    anna.post("/auth/logout")
    assert _through(visitor, provider) == f"{SITE}/"
    assert visitor.session()["account"]["email"] == "anna@example.com"
    berta = _as(visitor, signed_in, "berta@example.com")
    assert _through(berta, provider, "?connect=true") == f"{SITE}/account?oidc=taken"


def test_only_from_our_own_page_and_just_verified(visitor: Visitor, provider: Provider, signed_in: SignedIn, session: Session) -> None:
    """Otherwise a page of somebody else could connect their name at the provider to this account."""
    anna = _as(visitor, signed_in, "anna@example.com")
    for site in ("cross-site", "none", ""):
        answer = anna.get("/auth/oidc/oidc?connect=true", headers={"Sec-Fetch-Site": site})
        assert answer.location == f"{SITE}/account?oidc=needs-verification"
    with writing(session):
        session.execute(update(SignIn).values(fresh_at=now() - timedelta(minutes=11)))
    assert _leave(anna, "?connect=true") == f"{SITE}/account?oidc=needs-verification"
    anna.post("/auth/logout")
    refused(anna.get("/auth/oidc/oidc?connect=true", headers={"Sec-Fetch-Site": "same-origin"}), 401, "signed-out")


def test_it_is_connected_to_the_account_that_asked_and_no_other(visitor: Visitor, provider: Provider, signed_in: SignedIn, session: Session) -> None:
    query = provider.sign_in(_leave(_as(visitor, signed_in, "anna@example.com"), "?connect=true"))
    assert _arrive(_as(visitor, signed_in, "berta@example.com"), query) == f"{SITE}/sign-in?oidc=failed"
    assert _count(session, Identity) == 0


def test_two_steps_stay_two(visitor: Visitor, provider: Provider, session: Session) -> None:
    _through(visitor, provider)
    visitor.post("/auth/logout")
    with writing(session):
        session.execute(update(Account).values(tf_primary_method="authenticator"))
    assert _through(visitor, provider, "?next=/library") == f"{SITE}/sign-in?second_factor=1&next=%2Flibrary"
    refused(visitor.get("/prompts"), 401, "signed-out")


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/x\nSet-Cookie: a=b", "evil"])
def test_one_does_not_come_back_elsewhere(visitor: Visitor, provider: Provider, path: str) -> None:
    location = visitor.get("/auth/oidc/oidc", query_string={"next": path}).location
    assert _arrive(visitor, provider.sign_in(str(location))) == f"{SITE}/"


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "http://127.0.0.1:9"},
        {"aud": "another client"},
        {"aud": None},
        {"exp": int(time.time()) - 600},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(visitor: Visitor, provider: Provider, session: Session, lies: dict[str, Any]) -> None:
    provider.lies = lies
    assert _through(visitor, provider) == f"{SITE}/sign-in?oidc=failed"
    assert _count(session, Account) == 0


def test_a_token_that_the_provider_did_not_sign_is_refused(visitor: Visitor, provider: Provider) -> None:
    provider.published = [RSAKey.generate_key(2048, {"kid": "one"})]
    assert _through(visitor, provider) == f"{SITE}/sign-in?oidc=failed"
    provider.sign_with_client_secret()  # known to the client too, and offered in its metadata
    assert _through(visitor, provider) == f"{SITE}/sign-in?oidc=failed"


def test_a_provider_may_change_its_keys(visitor: Visitor, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _through(visitor, provider) == f"{SITE}/"
    visitor.post("/auth/logout")
    provider.change_keys()
    later = time.monotonic() + 11
    monkeypatch.setattr("storybot.accounts.oidc.time.monotonic", lambda: later)
    assert _through(visitor, provider) == f"{SITE}/"


@pytest.mark.parametrize("unverified", [{"email_verified": False}, {"email_verified": None}, {"email": None}, {"email": "no address"}])
def test_an_account_is_not_made_for_an_address_that_nobody_confirmed(
    visitor: Visitor, provider: Provider, session: Session, unverified: dict[str, Any]
) -> None:
    provider.lies = unverified
    assert _through(visitor, provider) == f"{SITE}/sign-in?oidc=no-address"
    assert _count(session, Account) == 0


def test_the_callback_answers_only_the_browser_that_left(visitor: Visitor, provider: Provider) -> None:
    query = provider.sign_in(_leave(visitor))
    victim = Visitor(visitor.application)
    assert _arrive(victim, query) == f"{SITE}/sign-in?oidc=failed"
    assert _arrive(visitor, query | {"state": "another"}) == f"{SITE}/sign-in?oidc=failed"
    assert _arrive(visitor, query) == f"{SITE}/sign-in?oidc=failed"  # once, right or wrong
    for more in ({"error": "access_denied", "state": "x"}, {}, {"code": "x"}):
        assert _arrive(visitor, more) == f"{SITE}/sign-in?oidc=failed"


def test_an_answer_of_another_issuer_is_refused(visitor: Visitor, provider: Provider) -> None:
    query = provider.sign_in(_leave(visitor))
    assert _arrive(visitor, query | {"iss": "https://other.example"}) == f"{SITE}/sign-in?oidc=failed"


def test_a_code_counts_once(visitor: Visitor, provider: Provider) -> None:
    location = _leave(visitor)
    query = provider.sign_in(location)
    cookie = visitor.get_cookie("storybot-oidc", path="/auth/oidc")
    assert cookie is not None
    assert _arrive(visitor, query) == f"{SITE}/"
    visitor.set_cookie("storybot-oidc", cookie.value, path="/auth/oidc")
    assert _arrive(visitor, query) == f"{SITE}/sign-in?oidc=failed"


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://other.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": "file:///etc/passwd"}, {"issuer": None}],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(visitor: Visitor, provider: Provider, metadata: dict[str, Any]) -> None:
    provider.metadata = metadata
    assert _leave(visitor) == f"{SITE}/sign-in?oidc=failed"


def test_a_provider_that_does_not_answer_is_no_fault_of_ours(another: Another) -> None:
    nowhere = {"oidc_discovery_url": "http://127.0.0.1:9", "oidc_client_id": "x"}
    visitor = Visitor(another(**SAME, **nowhere).application)
    assert _leave(visitor) == f"{SITE}/sign-in?oidc=failed"
    refused(visitor.get("/auth/oidc/other"), 404, "not-found")


def test_where_signing_up_is_closed_or_by_invitation(another: Another, provider: Provider, session: Session) -> None:
    closed = Visitor(another(**SAME, **provider.settings).application)
    assert _through(closed, provider) == f"{SITE}/sign-in?oidc=sign-up-closed"
    invited = Visitor(another(**SAME, sign_up="invite", **provider.settings).application)
    assert _through(invited, provider) == f"{SITE}/sign-in?oidc=invitation-invalid"
    with writing(session):
        _row, token = invitations.make(session, None)
    assert _through(invited, provider, f"?invitation={token}") == f"{SITE}/"
    assert invited.session()["account"]["email"] == "anna@example.com"


def test_a_disabled_account_is_not_opened(visitor: Visitor, provider: Provider, session: Session) -> None:
    _through(visitor, provider)
    visitor.post("/auth/logout")
    with writing(session):
        session.execute(update(Account).values(disabled_at=now()))
    assert _through(visitor, provider) == f"{SITE}/sign-in?oidc=account-disabled"
