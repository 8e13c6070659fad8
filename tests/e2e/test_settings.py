"""Theme, language, engine: each takes effect at once and stays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Opening
from tests.e2e.seen import assert_counted, assert_speaks, await_numbers, choose, page_texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def _same_afterwards(server: Server) -> Iterator[None]:
    """What is chosen here is also the default for new devices."""
    before = call(f"{server.url}/configuration").json
    yield
    chosen = {name: before[name] for name in ("engine", "model", "language", "theme", "age_band", "length")}
    assert call(f"{server.url}/configuration", "PATCH", chosen).status == 200


def _await_configuration(server: Server, **expected: object) -> None:
    wait_until(lambda: call(f"{server.url}/configuration").json.items() >= expected.items(), 20, f"configuration {expected}")


def test_a_theme_stays(opening: Opening, server: Server) -> None:
    words = page_texts("en")
    page = opening("/settings")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "paper")
    for theme in ("sepia", "night"):
        choose(page, words["settings"]["theme"], words["theme"][theme])
        expect(root).to_have_attribute("data-theme", theme)
    _await_configuration(server, theme="night")
    page.reload()
    expect(root).to_have_attribute("data-theme", "night")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name=words["theme"]["toDay"]).click()
    # The light look that was used last.
    expect(root).to_have_attribute("data-theme", "sepia")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != dark


def test_night_comes_with_the_device(opening: Opening) -> None:
    expect(opening("/", color_scheme="dark").locator("html")).to_have_attribute("data-theme", "night")


@pytest.mark.parametrize("path", ["/", "/library", "/library/bin", "/settings", "/help", "/nowhere", "/story"])
def test_a_page_speaks_one_language_and_switches_at_a_press(opening: Opening, server: Server, path: str) -> None:
    if path == "/story":
        story = server.tell("A cat")
        server.ended(story["generation"]["id"])
        path = f"/story/{story['id']}"
    page = opening(path, language="de", size=PHONE)
    _await_quiet(page)
    assert_speaks(page, "de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("group", name=page_texts("de")["language"]["label"]).get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    _await_quiet(page)
    assert_speaks(page, "en")
    _await_configuration(server, language="en")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def _await_quiet(page: Page) -> None:
    """Until a heading stands there and nothing is being fetched."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_the_chosen_engine_tells(opening: Opening, server: Server, language: str) -> None:
    words = page_texts(language)
    page = opening("/settings", language=language)
    page.get_by_role("radio", name=words["settings"]["engines"]["openai"]).check(force=True)
    expect(page.get_by_text(words["settings"]["saved"])).to_be_visible()
    _await_configuration(server, engine="openai")
    page.get_by_role("link", name=words["nav"]["home"], exact=True).click()
    page.get_by_role("textbox", name=words["home"]["question"]).fill("1, 2, 3")
    page.get_by_role("button", name=words["home"]["tell"], exact=True).click()
    assert_counted(await_numbers(page, 10))
