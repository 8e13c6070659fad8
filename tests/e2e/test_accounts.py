"""Accounts, as people meet them: in, on their own, back in without a password, and out for good."""

import contextlib
import json
import re
import zipfile

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.e2e.conftest import PHONE
from tests.e2e.people import NEW_PASSWORD, PASSWORD, People, code_of, fill_in, from_menu, people, people_server, sign_in, sign_up
from tests.e2e.seen import account_texts, assert_accessible, assert_no_sideways_scrolling, data_texts, filled, page_texts, problem_texts, texts

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


def virtual_passkeys(page: Page) -> None:
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
    page.evaluate("document.fonts.ready")  # until then a line may still move away under the pointer
    page.get_by_role("link", name=EN["signIn"]["signUp"]).click()
    expect(page.get_by_role("heading", name=EN["signUp"]["title"])).to_be_visible()
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
    virtual_passkeys(page)
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
    with contextlib.suppress(TimeoutError):  # it goes when the browser was quicker
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


#: What a child's page could ask for, were it not the page that asks: method, path, and what the server says to it.
BEYOND_THE_SHELF = [
    ("GET", "profiles", 403),
    ("GET", "approvals", 403),
    ("GET", "auth/sessions", 403),
    ("POST", "auth/logout", 403),
    ("POST", "exports", 403),
    ("DELETE", "data", 403),
    ("PATCH", "configuration", 403),
    ("GET", "admin/accounts", 403),
]
_ASK = """async ([method, path]) => {
  const { csrf } = await (await fetch('/api/auth/session')).json();
  const headers = { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' };
  return (await fetch(`/api/${path}`, { method, headers, body: method === 'GET' ? undefined : '{}' })).status;
}"""


def test_a_child_reads_what_a_grown_up_has_read_first(people: People, axe: str) -> None:
    words, email = account_texts("de"), "gina@example.com"
    family, child = words["family"], words["child"]
    page = people.open("/sign-in", language="de", size=PHONE)
    sign_up(people, page, email, "de")
    sign_in(page, email, language="de")
    _at_home(page, "de")
    grown_up_story = _tell(page, "Ein Wal im Gartenteich", "de")
    from_menu(page, email, "family", "de")
    page.get_by_role("button", name=family["pinSet"]).click()
    page.get_by_label(family["pin"], exact=True).fill("4711")
    page.get_by_role("button", name=family["save"]).click()
    expect(page.get_by_text(family["pinHas"])).to_be_visible()
    page.get_by_role("button", name=family["add"]).click()
    page.get_by_label(family["name"], exact=True).fill("Mia")
    page.get_by_label(family["needsApproval"], exact=True).check()
    assert_accessible(page, axe)
    assert_no_sideways_scrolling(page)
    page.get_by_role("button", name=family["save"]).click()
    page.get_by_role("button", name=filled(family["handOver"], name="Mia")).click()
    page.get_by_role("button", name=family["handOverGo"], exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(filled(child["hello"], name="Mia"))
    page.get_by_label(child["question"]).fill("Eine Schnecke, die Post austrägt")
    page.get_by_role("button", name=child["go"]).click()
    expect(page.get_by_role("status").filter(has_text=child["waiting"])).to_be_visible()
    assert_accessible(page, axe)
    assert_no_sideways_scrolling(page)
    for method, path, status in [*BEYOND_THE_SHELF, ("GET", f"stories/{grown_up_story.rsplit('/', 1)[-1]}", 404)]:
        assert (path, page.evaluate(_ASK, [method, path])) == (path, status)
    for path in ("/settings", "/account", "/family", "/admin"):
        page.goto(path)
        expect(page.get_by_role("heading", name=page_texts("de")["missing"]["title"])).to_be_visible()
    page.goto(grown_up_story)
    expect(page.get_by_role("heading", name=texts("de")["state"]["missingTitle"])).to_be_visible()

    page.get_by_role("button", name=filled(words["menu"]["childLabel"], name="Mia")).click()
    page.get_by_role("menuitem", name=words["menu"]["toGrownUp"]).click()
    page.get_by_label(child["pin"], exact=True).fill("0000")
    page.get_by_role("button", name=child["leaveGo"], exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(problem_texts("de")["wrong-code"])
    page.get_by_label(child["pin"], exact=True).fill("4711")
    page.get_by_role("button", name=child["leaveGo"], exact=True).click()
    _at_home(page, "de")
    page.goto("/family")
    waiting = page.get_by_role("listitem").filter(has=page.get_by_role("button", name=family["refuse"]))
    expect(waiting).to_have_count(1)
    title = waiting.get_by_role("link").inner_text()
    waiting.get_by_role("button", name=filled(family["approveNamed"], title=title), exact=True).click()
    expect(page.get_by_text(family["approvalsNone"])).to_be_visible()
    page.get_by_role("button", name=filled(family["handOver"], name="Mia")).click()
    page.get_by_role("button", name=family["handOverGo"], exact=True).click()
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def test_an_administrator_sees_to_people_and_invites(people: People, axe: str) -> None:
    email, other = "hal@example.com", "ida@example.com"
    page, theirs = people.open("/sign-in"), people.open("/sign-in")
    sign_up(people, page, email)
    sign_up(people, theirs, other)
    people.make_administrator(email)
    for one, whose in ((page, email), (theirs, other)):
        sign_in(one, whose)
        _at_home(one)
    from_menu(page, email, "admin")
    page.get_by_label(EN["admin"]["search"]).fill("ida@")
    person = page.get_by_role("listitem").filter(has_text=other)
    person.get_by_role("button", name=filled(EN["admin"]["actions"], email=other)).click()
    page.get_by_role("menuitem", name=EN["admin"]["quotas"]).click()
    page.get_by_label(EN["admin"]["quota"]["stories"], exact=True).fill("0")
    page.get_by_role("button", name=EN["admin"]["save"], exact=True).click()
    theirs.get_by_role("textbox", name=page_texts("en")["home"]["question"]).fill("A goat with a piano")
    theirs.get_by_role("button", name=page_texts("en")["home"]["tell"], exact=True).click()
    expect(theirs.get_by_role("alert")).to_contain_text(problem_texts("en")["quota-exceeded-stories"].split("{{")[0])
    person.get_by_role("button", name=filled(EN["admin"]["actions"], email=other)).click()
    page.get_by_role("menuitem", name=EN["admin"]["disable"]).click()
    expect(person.get_by_text(EN["admin"]["disabled"], exact=True)).to_be_visible()
    theirs.goto("/library")
    expect(theirs).to_have_url(re.compile(r"/sign-in"))

    page.get_by_role("button", name=EN["admin"]["invite"], exact=True).click()
    link = page.get_by_label(EN["admin"]["inviteLink"], exact=True)
    expect(link).to_have_value(re.compile(r"/sign-up\?invitation="))
    assert_accessible(page, axe)
    guest = people.open(link.input_value(), size=PHONE)
    expect(guest.get_by_text(EN["signUp"]["invited"])).to_be_visible()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_no_sideways_scrolling(page)


def test_who_leaves_takes_everything_along(people: People, axe: str) -> None:
    email = "jon@example.com"
    page = people.open("/sign-in")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(page, axe)
    sign_up(people, page, email)
    sign_in(page, email)
    _at_home(page)
    _tell(page, "A mouse in the opera")
    page.goto("/account")
    page.get_by_role("link", name=EN["leaving"]["export"]).click()
    archive = data_texts("en")["takeOut"]
    page.get_by_role("button", name=archive["begin"]).click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name=archive["download"]).click()
    with zipfile.ZipFile(downloading.value.path()) as packed:
        assert [story["brief"]["prompt"] for story in json.loads(packed.read("storybot.json"))["stories"]] == ["A mouse in the opera"]
    page.goto("/account")
    expect(_section(page, "sessions").get_by_role("listitem")).to_have_count(1)
    assert_accessible(page, axe)
    page.get_by_role("button", name=EN["leaving"]["open"]).click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_label(EN["leaving"]["field"]).fill("no")
    dialog.get_by_role("button", name=EN["leaving"]["go"]).click()
    expect(dialog.get_by_role("alert")).to_have_text(filled(EN["leaving"]["mismatch"], word=EN["leaving"]["word"]))
    dialog.get_by_label(EN["leaving"]["field"]).fill(EN["leaving"]["word"])
    dialog.get_by_role("button", name=EN["leaving"]["go"]).click()
    expect(page.get_by_text(EN["signIn"]["erased"])).to_be_visible()
    sign_in(page, email)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter(name => /draft|reader|last-read/.test(name))") == []
