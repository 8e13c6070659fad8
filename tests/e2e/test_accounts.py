"""Accounts, as people meet them: in, on their own, back in without a password, and out for good."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PHONE
from tests.e2e.people import NEW_PASSWORD, PASSWORD, People, code_of, fill_in, from_menu, people, people_server, sign_in, sign_up
from tests.e2e.seen import account_texts, page_texts, problem_texts, texts

__all__ = ["people", "people_server"]
pytestmark = pytest.mark.e2e
EN = account_texts("en")
FIRST, OTHER = "ada@example.com", "ben@example.com"


def _tell(page: Page, idea: str, language: str = "en") -> str:
    """Have a story told from the start page; gives its path."""
    page.get_by_role("textbox", name=page_texts(language)["home"]["question"]).fill(idea)
    page.get_by_role("button", name=page_texts(language)["home"]["tell"], exact=True).click()
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    return page.evaluate("location.pathname")  # type: ignore[no-any-return]


def _section(page: Page, part: str) -> Locator:
    """A part of the account's page, by its name in the catalogue."""
    return page.locator("section").filter(has=page.get_by_role("heading", level=2, name=EN[part]["title"], exact=True))


def _verify(page: Page, password: str = PASSWORD) -> None:
    """Show that it is you, if the server wants to know."""
    dialog = page.get_by_role("dialog", name=EN["verify"]["title"])
    dialog.get_by_label(EN["fields"]["password"], exact=True).fill(password)
    dialog.get_by_role("button", name=EN["verify"]["go"], exact=True).click()
    expect(dialog).to_have_count(0)


def _virtual_passkeys(page: Page) -> None:
    """Give the browser what a phone has: somewhere to keep passkeys, and a finger that is always there.

    Source: Chrome DevTools Protocol, domain WebAuthn.
    """
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _at_home(page: Page, language: str = "en") -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(page_texts(language)["home"]["question"])


def test_what_one_has_told_no_other_person_sees(people: People) -> None:
    page = people.open("/library", language="en")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Flibrary$"))
    sign_up(people, page, FIRST)
    sign_in(page, FIRST, "not the password at all")
    expect(page.get_by_role("alert")).to_contain_text(problem_texts("en")["wrong-credentials"])
    sign_in(page, FIRST)
    _at_home(page)
    story = _tell(page, "A hedgehog who keeps a lighthouse")

    other = people.open("/", language="de", size=PHONE)
    sign_up(people, other, OTHER, "de")
    sign_in(other, OTHER, language="de")
    _at_home(other, "de")
    other.goto("/library")
    expect(other.get_by_role("heading", name=page_texts("de")["library"]["emptyTitle"])).to_be_visible()
    other.goto(story)
    expect(other.get_by_role("heading", name=texts("de")["state"]["missingTitle"])).to_be_visible()

    from_menu(other, OTHER, "signOut", "de")
    expect(other).to_have_url(re.compile(r"/sign-in$"))
    other.goto(story)
    expect(other).to_have_url(re.compile(r"/sign-in\?next="))
    # Whoever signs in where another one was comes to the story that they asked for.
    sign_in(other, FIRST, language="de")
    expect(other.get_by_role("button", name=texts("de")["end"]["go"], exact=True)).to_be_visible()


def test_a_forgotten_password_is_set_anew(people: People) -> None:
    email = "cora@example.com"
    page = people.open("/sign-in")
    sign_up(people, page, email)
    page.get_by_role("link", name=EN["signIn"]["forgotten"]).click()
    fill_in(page, "en", email=email)
    page.get_by_role("button", name=EN["forgotten"]["go"]).click()
    expect(page.get_by_role("heading", name=EN["sent"]["title"])).to_be_focused()
    page.goto(people.mailed_link(email, "A new password"))
    fill_in(page, "en", newPassword="cora@example.com")
    page.get_by_role("button", name=EN["reset"]["go"]).click()
    expect(page.get_by_role("alert")).to_have_text(EN["weak"]["own-address"])
    expect(page.get_by_label(EN["fields"]["newPassword"], exact=True)).to_be_focused()
    fill_in(page, "en", newPassword=NEW_PASSWORD)
    page.get_by_role("button", name=EN["reset"]["go"]).click()
    expect(page.get_by_role("status")).to_have_text(EN["signIn"]["passwordSet"])
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text(problem_texts("en")["wrong-credentials"])
    sign_in(page, email, NEW_PASSWORD)
    _at_home(page)


def test_a_passkey_opens_the_door(people: People) -> None:
    email = "dora@example.com"
    page = people.open("/sign-in")
    _virtual_passkeys(page)
    sign_up(people, page, email)
    sign_in(page, email)
    _at_home(page)
    from_menu(page, email, "account")
    section = _section(page, "passkeys")
    section.get_by_role("button", name=EN["passkeys"]["add"]).click()
    section.get_by_label(EN["passkeys"]["name"]).fill("Dora’s phone")
    section.get_by_role("button", name=EN["passkeys"]["create"]).click()
    expect(section.get_by_role("listitem")).to_contain_text("Dora’s phone")
    from_menu(page, email, "signOut")
    # The browser knows a passkey for this site and offers it by itself, or at a press.
    button = page.get_by_role("button", name=EN["signIn"]["passkey"])
    home = page.get_by_role("heading", level=1, name=page_texts("en")["home"]["question"])
    expect(button.or_(home)).to_be_visible()
    if button.is_visible():
        button.click(timeout=2_000, no_wait_after=True)
    expect(home).to_be_visible()


def test_two_steps_and_the_list_of_sessions(people: People) -> None:
    email = "emma@example.com"
    page = people.open("/sign-in")
    sign_up(people, page, email)
    sign_in(page, email)
    _at_home(page)
    page.goto("/account")
    section = _section(page, "totp")
    section.get_by_role("button", name=EN["totp"]["setUp"]).click()
    expect(section.get_by_role("img", name=EN["totp"]["qr"])).to_be_visible()
    secret = re.sub(r"[^A-Z2-7]", "", section.get_by_text(re.compile(r"^[A-Z2-7]{4}([ -][A-Z2-7]+)+$")).inner_text())
    section.get_by_label(EN["fields"]["code"], exact=True).fill("000000")
    section.get_by_role("button", name=EN["totp"]["enable"]).click()
    expect(section.get_by_role("alert")).to_have_text(problem_texts("en")["wrong-code"])
    section.get_by_label(EN["fields"]["code"], exact=True).fill(code_of(secret))
    section.get_by_role("button", name=EN["totp"]["enable"]).click()
    codes = section.get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery, spare = codes.all_inner_texts()[:2]
    section.get_by_role("button", name=EN["totp"]["done"]).click()
    expect(section.get_by_text(EN["totp"]["on"], exact=True)).to_be_visible()

    other = people.open("/sign-in", size=PHONE)
    sign_in(other, email)
    expect(other.get_by_role("heading", name=EN["second"]["title"])).to_be_visible()
    other.get_by_label(EN["fields"]["code"], exact=True).fill(code_of(secret, later_s=30))
    other.get_by_role("button", name=EN["second"]["go"], exact=True).click()
    _at_home(other)
    third = people.open("/sign-in?next=/help")
    sign_in(third, email)
    third.get_by_role("button", name=EN["second"]["useRecovery"]).click()
    third.get_by_label(EN["second"]["recovery"], exact=True).fill(recovery)
    third.get_by_role("button", name=EN["second"]["go"], exact=True).click()
    expect(third.get_by_role("heading", level=1)).to_have_text(page_texts("en")["help"]["title"])

    page.reload()
    section = _section(page, "sessions")
    expect(section.get_by_role("listitem")).to_have_count(3)
    section.get_by_role("button", name=EN["sessions"]["endOthers"]).click()
    expect(section.get_by_role("listitem")).to_have_count(1)
    # What is being done there is not lost: one signs in again over it.
    idea = other.get_by_role("textbox", name=page_texts("en")["home"]["question"])
    idea.fill("A snail who delivers the post")
    other.get_by_role("button", name=page_texts("en")["home"]["tell"], exact=True).click()
    again = other.get_by_role("dialog", name=EN["again"]["title"])
    expect(again).to_be_visible()
    fill_in(again, "en", email=email, password=PASSWORD)
    again.get_by_role("button", name=EN["signIn"]["go"], exact=True).click()
    again.get_by_role("button", name=EN["second"]["useRecovery"]).click()
    again.get_by_label(EN["second"]["recovery"], exact=True).fill(spare)
    again.get_by_role("button", name=EN["second"]["go"], exact=True).click()
    expect(again).to_have_count(0)
    expect(idea).to_have_value("A snail who delivers the post")
