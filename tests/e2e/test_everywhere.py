"""What holds on every page: readable by everybody, by the keyboard alone, on a narrow screen, at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Opening
from tests.e2e.seen import PASSAGES, assert_accessible, assert_no_sideways_scrolling, await_numbers, page_texts, texts
from tests.processes.harness import Server, call

pytestmark = pytest.mark.e2e
PATHS = ["/", "/library", "/library/bin", "/settings", "/help", "/nowhere"]
FIRST_LOAD_BYTES = 150 * 1024


@pytest.fixture(scope="module")
def told(server: Server) -> str:
    """The path of a told story of two passages; another one lies in the bin, and an idea is kept."""
    story, binned = (server.tell("A dragon in a bakery", language="de", age_band="9-12", hero={"name": "Mia"}) for _ in range(2))
    for one in (story, binned):
        server.ended(one["generation"]["id"])
    assert call(f"{server.url}/stories/{story['id']}/passages", "POST", {"action": "write", "text": "Und dann."}).status == 201
    assert call(f"{server.url}/stories/{binned['id']}", "DELETE").status == 204
    assert call(f"{server.url}/prompts", "POST", {"content": "A cat who sails"}).status == 201
    return f"/story/{story['id']}"


def _go(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(
    ("theme", "language", "size"), [("paper", "de", DESKTOP), ("night", "en", PHONE), ("sepia", "de", PHONE)], ids=["paper", "night", "sepia"]
)
def test_axe_finds_nothing(opening: Opening, told: str, theme: str, language: str, size: dict[str, int], axe: str) -> None:
    page = opening("/", language=language, size=size)
    page.evaluate("theme => localStorage.setItem('storybot.theme', theme)", theme)
    for path in (*PATHS, told):
        _go(page, path)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert_accessible(page, axe)
    page.locator(PASSAGES).first.hover()
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name=texts(language)["edit"]["label"].replace("{{index}}", "2"))).to_be_visible()
    assert_accessible(page, axe)


@pytest.mark.parametrize("theme", ["paper", "night"])
def test_axe_finds_nothing_while_a_story_is_written(opening: Opening, server: Server, theme: str, axe: str) -> None:
    story = server.tell("A story that counts", engine="openai")
    page = opening(f"/story/{story['id']}", color_scheme="dark" if theme == "night" else "light")
    await_numbers(page, 20)
    assert_accessible(page, axe)
    expect(page.get_by_role("button", name=texts("en")["writing"]["stop"], exact=True)).to_be_visible()


def test_axe_finds_nothing_in_the_documentation(opening: Opening, axe: str) -> None:
    page = opening("/docs", size=PHONE)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(page, axe)


def test_nothing_needs_scrolling_sideways_at_320_pixels(opening: Opening, told: str) -> None:
    page = opening("/", language="de", size={"width": 320, "height": 640})
    for path in (*PATHS, told, "/docs"):
        _go(page, path)
        assert_no_sideways_scrolling(page)


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
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    _tab_to(page, "button", texts(language)["end"]["go"])
    page.keyboard.press("Enter")
    expect(page.locator(PASSAGES)).to_have_count(2)
    expect(go).to_be_visible()


def test_who_wants_no_motion_gets_none(opening: Opening, server: Server, told: str) -> None:
    moving = """() => [...document.querySelectorAll('*')].flatMap(one => ['', '::before', '::after'].map(part => {
      const style = getComputedStyle(one, part || undefined);
      const longest = text => Math.max(...text.split(',').map(time => parseFloat(time) * (time.trim().endsWith('ms') ? 1 : 1000)));
      const lasts = style.animationName === 'none' ? 0 : longest(style.animationDuration);
      return Math.max(lasts, longest(style.transitionDuration)) > 20 ? `${one.tagName}.${one.className}${part}` : '';
    })).filter(Boolean)"""
    page = opening("/", reduced_motion="reduce")
    for path in ("/", "/library", told):
        _go(page, path)
        assert page.evaluate(moving) == []
    story = server.tell("A story that counts", engine="openai")
    page.goto(f"/story/{story['id']}")
    await_numbers(page, 10)
    assert page.evaluate(moving) == []
    # The measure itself finds motion where there may be some.
    lively = opening("/")
    _go(lively, "/")
    assert lively.evaluate(moving) != []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_first_visit_loads_little(opening: Opening, size: dict[str, int]) -> None:
    page = opening("/", size=size)
    page.wait_for_load_state("networkidle")
    entries = page.evaluate("performance.getEntriesByType('resource').map(one => [new URL(one.name).pathname, one.encodedBodySize])")
    scripts = {path: bytes_ for path, bytes_ in entries if path.endswith(".js")}
    assert len(scripts) >= 3
    assert all(scripts.values()), scripts
    assert sum(scripts.values()) <= FIRST_LOAD_BYTES, scripts
