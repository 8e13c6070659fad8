"""Theme and engine: each takes effect at once and stays."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Opening
from tests.e2e.seen import assert_counted, await_numbers, choose, page_texts
from tests.processes.harness import Server, call, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("same_configuration")]


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


def test_the_chosen_engine_tells(opening: Opening, server: Server, language: str) -> None:
    words = page_texts(language)
    page = opening("/settings", language=language)
    page.get_by_role("radio", name=words["settings"]["engines"]["openai"]).click(force=True)
    expect(page.get_by_text(words["settings"]["saved"])).to_be_visible()
    _await_configuration(server, engine="openai")
    page.get_by_role("link", name=words["nav"]["home"], exact=True).click()
    page.get_by_role("textbox", name=words["home"]["question"]).fill("1, 2, 3")
    page.get_by_role("button", name=words["home"]["tell"], exact=True).click()
    assert_counted(await_numbers(page, 10))
