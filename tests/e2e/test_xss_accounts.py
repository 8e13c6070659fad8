"""What people write about themselves and their children stays text too, and so does what stands in an address."""

import urllib.parse
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import People, people, people_server, sign_in, sign_up
from tests.e2e.seen import account_texts, page_texts
from tests.e2e.test_accounts import virtual_passkeys
from tests.e2e.test_xss import NAMES, TITLES, VECTORS, assert_all_stand
from tests.e2e.tripwire import Tripwire

__all__ = ["people", "people_server"]
pytestmark = pytest.mark.e2e
EN = account_texts("en")
EMAIL = "olga@example.com"
#: Names of passkeys are shorter: a vector each, as far as it goes.
KEYS = [vector[:64] for vector in VECTORS]
_CALL = """async calls => {
  const { csrf } = await (await fetch('/api/auth/session')).json();
  const headers = { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' };
  const answers = [];
  for (const [method, path, body] of calls) {
    const answer = await fetch(`/api/${path}`, { method, headers, body: method === 'GET' ? undefined : JSON.stringify(body ?? {}) });
    answers.push([answer.status, answer.status === 204 ? null : await answer.json()]);
  }
  return answers;
}"""


def _call(page: Page, *calls: tuple[Any, ...]) -> list[Any]:
    """What the API answers to the page, each with a status below 300."""
    answers = page.evaluate(_CALL, [list(call) for call in calls])
    assert all(status < 300 for status, _ in answers), answers
    return [body for _, body in answers]


@pytest.fixture
def wired(people: People) -> Any:
    """A page of somebody who is signed in, and its tripwire."""
    page = people.open("about:blank")
    wire = Tripwire(page.context, people.url)
    virtual_passkeys(page)
    sign_up(people, page, EMAIL)
    sign_in(page, EMAIL)
    expect(page.get_by_role("heading", level=1)).to_have_text(page_texts("en")["home"]["question"])
    return page, wire


def test_children_passkeys_and_what_waits_are_text(wired: tuple[Page, Tripwire]) -> None:
    page, wire = wired
    for at in range(0, len(NAMES), 20):
        made = _call(page, *(("POST", "profiles", {"name": name, "age_band": "6-8"}) for name in NAMES[at : at + 20]))
        page.goto("/family")
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        expect(page.get_by_role("button", name=EN["family"]["handOver"].replace("{{name}}", NAMES[at]))).to_be_visible()
        assert_all_stand(page.locator("main").inner_text(), NAMES[at : at + 20])
        assert not wire.tripped(page)
        _call(page, *(("DELETE", f"profiles/{one['id']}") for one in made))
    _see_passkeys(page, wire)
    _see_what_waits(page, wire)


def _see_passkeys(page: Page, wire: Tripwire) -> None:
    page.goto("/account")
    section = page.locator("section").filter(has=page.get_by_role("heading", level=2, name=EN["passkeys"]["title"], exact=True))
    section.get_by_role("button", name=EN["passkeys"]["add"]).click()
    section.get_by_label(EN["passkeys"]["name"]).fill("A phone")
    section.get_by_role("button", name=EN["passkeys"]["create"]).click()
    expect(section.get_by_role("listitem")).to_contain_text("A phone")
    (session,) = _call(page, ("GET", "auth/session"))
    passkey_id = session["account"]["passkeys"][0]["id"]
    for name in KEYS[::16]:
        _call(page, ("PATCH", f"auth/passkeys/{passkey_id}", {"name": name}))
        page.reload()
        expect(section.get_by_role("listitem")).to_contain_text(name.strip()[:20])
        assert not wire.tripped(page)


def _see_what_waits(page: Page, wire: Tripwire) -> None:
    (child, _) = _call(
        page, ("POST", "profiles", {"name": NAMES[0], "age_band": "6-8", "needs_approval": True}), ("PUT", "auth/pin", {"pin": "4711"})
    )
    _call(page, ("POST", "auth/profile", {"profile_id": child["id"]}))
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text(EN["child"]["hello"].replace("{{name}}", NAMES[0]))
    stories = _call(page, *[("POST", "stories", {"prompt": "A snail", "engine": "storyteller"})] * 4)  # so many may be written at a time
    assert not wire.tripped(page)
    _call(page, ("POST", "auth/profile/leave", {"pin": "4711"}))
    for at in range(0, len(TITLES), len(stories)):
        titles = TITLES[at : at + len(stories)]
        _call(page, *(("PATCH", f"stories/{story['id']}", {"title": title}) for story, title in zip(stories, titles, strict=False)))
        page.goto("/family")
        expect(page.get_by_role("button", name=EN["family"]["refuse"])).to_have_count(len(stories))
        assert_all_stand(page.locator("main").inner_text(), titles)
        assert not wire.tripped(page)


@pytest.mark.parametrize("path", ["/sign-in?oidc={}", "/sign-in?next={}", "/sign-in?confirmed={}", "/sign-up?invitation={}", "/reset?token={}"])
def test_addresses_before_the_door_are_text(people: People, path: str) -> None:
    page = people.open("about:blank")
    wire = Tripwire(page.context, people.url)
    for text in (*TITLES[::5], "javascript:alert(1)", "//evil.invalid/", "data:text/html,<script>alert(1)</script>"):
        page.goto(path.format(urllib.parse.quote(text, safe="")))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert not wire.tripped(page)
