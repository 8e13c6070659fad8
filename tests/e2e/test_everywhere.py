"""What holds on every page: readable by everybody, by the keyboard alone, on a narrow screen, at once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, NARROW, PHONE, READERS, Opening, Teller
from tests.e2e.seen import PASSAGES, assert_accessible, assert_no_sideways_scrolling, assert_speaks, await_numbers, filled, page_texts, texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e
FIRST_LOAD_BYTES = 150 * 1024
IDEA = "A cat who sails"
LONG_TITLE = "Die Donaudampfschifffahrtsgesellschaftskapitänsmütze"


@pytest.fixture(scope="module")
def told(server: Server) -> str:
    """The path of a told story of two passages with a long word in its title; another one lies in the bin, and an idea is kept."""
    story, binned = (server.tell("A dragon in a bakery", language="de", age_band="9-12", hero={"name": "Mia"}) for _ in range(2))
    for one in (story, binned):
        server.ended(one["generation"]["id"])
    assert call(f"{server.url}/stories/{story['id']}", "PATCH", {"title": LONG_TITLE}).status == 200
    assert call(f"{server.url}/stories/{story['id']}/passages", "POST", {"action": "write", "text": "Und dann."}).status == 201
    assert call(f"{server.url}/stories/{binned['id']}", "DELETE").status == 204
    assert call(f"{server.url}/prompts", "POST", {"content": IDEA}).status == 201
    return f"/story/{story['id']}"


def _tour(page: Page, language: str, told: str) -> Iterator[str]:
    """Goes to every page, as a reader does where a link leads there; gives its path once all that it fetches is there."""
    words = page_texts(language)
    menu = page.get_by_role("navigation", name=words["nav"]["label"])
    page.goto("/")
    expect(page.get_by_role("listitem").filter(has_text=IDEA)).to_be_visible()
    expect(page.get_by_role("heading", name=words["home"]["continueTitle"])).to_be_visible()
    yield "/"
    menu.get_by_role("link", name=words["nav"]["library"], exact=True).click()
    expect(page.get_by_role("heading", level=1, name=words["library"]["title"])).to_be_visible()
    book = page.locator(f"main a[href='{told}']")
    expect(book).to_be_visible()
    yield "/library"
    page.get_by_role("link", name=words["library"]["bin"], exact=True).click()
    expect(page.get_by_role("button", name=words["library"]["restore"]).first).to_be_visible()
    yield "/library/bin"
    menu.get_by_role("link", name=words["nav"]["settings"], exact=True).click()
    expect(page.get_by_role("radio", name=words["settings"]["engines"]["openai"])).to_be_visible()
    yield "/settings"
    page.get_by_role("link", name=words["settings"]["allTellers"], exact=True).click()
    expect(page.get_by_role("heading", level=1, name=words["storytellers"]["title"])).to_be_visible()
    expect(page.get_by_role("heading", name="Gemma 3 1B")).to_be_visible()
    yield "/storytellers"
    menu.get_by_role("link", name=words["nav"]["help"], exact=True).click()
    expect(page.get_by_role("heading", name=words["help"]["keysTitle"])).to_be_visible()
    yield "/help"
    menu.get_by_role("link", name=words["nav"]["library"], exact=True).click()
    book.click()
    expect(page.get_by_role("heading", level=1, name=LONG_TITLE)).to_be_visible()
    expect(page.locator(PASSAGES)).to_have_count(2)
    yield told
    page.goto("/nowhere")
    expect(page.get_by_role("heading", name=words["missing"]["title"])).to_be_visible()
    yield "/nowhere"


@pytest.mark.parametrize(
    ("theme", "language", "size"), [("paper", "de", DESKTOP), ("night", "en", PHONE), ("sepia", "de", NARROW)], ids=["paper", "night", "sepia"]
)
def test_axe_finds_nothing_and_everything_fits(opening: Opening, told: str, theme: str, language: str, size: dict[str, int], axe: str) -> None:
    page = opening("/help", language=language, size=size)
    page.evaluate("theme => localStorage.setItem('storybot.theme', theme)", theme)
    for path in _tour(page, language, told):
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert_no_sideways_scrolling(page)
        assert_accessible(page, axe)
        if path == told:
            page.keyboard.press("e")
            expect(page.get_by_role("textbox", name=filled(texts(language)["edit"]["label"], index=2))).to_be_visible()
            assert_no_sideways_scrolling(page)
            assert_accessible(page, axe)


@pytest.mark.parametrize("theme", ["paper", "night"])
def test_axe_finds_nothing_while_a_story_is_written(opening: Opening, server: Server, teller: Teller, theme: str, axe: str) -> None:
    teller.hold(100)
    story = server.tell("A story that counts", engine="openai")
    page = opening(f"/story/{story['id']}", color_scheme="dark" if theme == "night" else "light")
    await_numbers(page, 20)
    assert_accessible(page, axe)
    expect(page.get_by_role("button", name=texts("en")["writing"]["stop"], exact=True)).to_be_visible()


def test_the_documentation_is_readable_and_fits(opening: Opening, axe: str) -> None:
    page = opening("/docs", size=NARROW)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_no_sideways_scrolling(page)
    assert_accessible(page, axe)


@pytest.mark.usefixtures("same_configuration")
def test_every_page_speaks_one_language_and_switches_at_a_press(opening: Opening, server: Server, told: str) -> None:
    page = opening("/help", language="de", size=PHONE)
    for _ in _tour(page, "de", told):
        assert_speaks(page, "de")
    page.get_by_role("group", name=page_texts("de")["language"]["label"]).get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name=page_texts("en")["missing"]["title"])).to_be_visible()
    assert_speaks(page, "en")
    wait_until(lambda: call(f"{server.url}/configuration").json["language"] == "en", 20, "the language as the new default")
    for _ in _tour(page, "en", told):
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert_speaks(page, "en")


def _tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.get_by_role(role, name=name, exact=True).evaluate("element => element === document.activeElement"):  # type: ignore[arg-type]
            return
    pytest.fail(f"Tab never came to the {role} {name!r}")


def test_the_keyboard_is_enough(opening: Opening, language: str) -> None:
    words = page_texts(language)
    page = opening("/", language=language)
    _tab_to(page, "textbox", words["home"]["question"])
    page.keyboard.type("Ein Fuchs?")
    _tab_to(page, "button", words["home"]["tell"])
    page.keyboard.press("Enter")
    go = page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)
    expect(go).to_be_visible()
    keys = page.get_by_role("dialog", name=words["help"]["dialogTitle"])
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    # Its keys are its own: behind it this one would open the passage's editor.
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    expect(page.locator(f"{PASSAGES} >> textarea")).to_have_count(0)
    page.keyboard.press("e")
    expect(page.locator(f"{PASSAGES} >> textarea")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f"{PASSAGES} >> textarea")).to_have_count(0)
    _tab_to(page, "button", texts(language)["end"]["go"])
    page.keyboard.press("Enter")
    expect(page.locator(PASSAGES)).to_have_count(2)
    expect(go).to_be_visible()


def test_the_menu_can_be_skipped(opening: Opening, language: str) -> None:
    page = opening("/help", language=language)
    skip = page.get_by_role("link", name=page_texts(language)["app"]["skip"])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_who_wants_no_motion_gets_none(opening: Opening, server: Server, teller: Teller, told: str) -> None:
    moving = """() => [...document.querySelectorAll('*')].flatMap(one => ['', '::before', '::after'].map(part => {
      const style = getComputedStyle(one, part || undefined);
      const longest = text => Math.max(...text.split(',').map(time => parseFloat(time) * (time.trim().endsWith('ms') ? 1 : 1000)));
      const lasts = style.animationName === 'none' ? 0 : longest(style.animationDuration);
      return Math.max(lasts, longest(style.transitionDuration)) > 20 ? `${one.tagName}.${one.className}${part}` : '';
    })).filter(Boolean)"""
    page = opening("/help", reduced_motion="reduce")
    for _ in _tour(page, "en", told):
        assert page.evaluate(moving) == []
    teller.hold(100)
    story = server.tell("A story that counts", engine="openai")
    page.goto(f"/story/{story['id']}")
    await_numbers(page, 10)
    assert page.evaluate(moving) == []
    # The measure itself finds motion where there may be some.
    lively = opening("/")
    expect(lively.get_by_role("heading", level=1)).to_be_visible()
    assert lively.evaluate(moving) != []


@pytest.mark.parametrize(("language", "size"), READERS)
def test_the_first_visit_loads_little(opening: Opening, language: str, size: dict[str, int]) -> None:
    page = opening("about:blank", language=language, size=size)
    # What is fetched ahead, once the page has stood there for a while, is no part of it.
    page.add_init_script("const later = setTimeout; window.setTimeout = (act, ms, ...more) => ms >= 3000 ? 0 : later(act, ms, ...more)")
    page.goto("/", wait_until="networkidle")
    entries = page.evaluate("performance.getEntriesByType('resource').map(one => [new URL(one.name).pathname, one.encodedBodySize])")
    scripts = {path: bytes_ for path, bytes_ in entries if path.endswith(".js")}
    assert len(scripts) >= 3
    assert all(scripts.values()), scripts
    assert sum(scripts.values()) <= FIRST_LOAD_BYTES, scripts
