"""Everything goes out as an archive, is deleted, and comes back, in a real browser."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import DESKTOP, LOCALES, PATIENCE_MS, PHONE
from tests.e2e.seen import assert_accessible, assert_no_sideways_scrolling, data_texts, problem_texts
from tests.processes.harness import Server, call

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory, page_dist: Path) -> Iterator[Server]:
    """A server whose stories nobody else needs."""
    with Server(tmp_path_factory.mktemp("e2e-data") / "data", STORYTELLER_PACE="0", LIMITS="off", WEB_DIST=page_dist) as running:
        yield running


def _open(browser: Browser, server: Server, language: str, size: dict[str, int]) -> Page:
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(base_url=server.url, viewport=size, locale=LOCALES[language], accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/settings#your-data")
    return page


def _section(page: Page, words: dict[str, Any]) -> Locator:
    return page.get_by_role("region", name=words["title"])


def test_out_away_and_back(browser: Browser, own_server: Server, tmp_path: Path) -> None:
    server, words = own_server, data_texts("de")
    story = server.tell("Ein Fuchs im Schnee")
    server.ended(story["generation"]["id"])
    text = server.text(story["id"])
    page = _open(browser, server, "de", DESKTOP)
    section = _section(page, words)

    section.get_by_role("button", name=words["takeOut"]["begin"]).click()
    with page.expect_download() as downloading:
        section.get_by_role("link", name=words["takeOut"]["download"]).click()
    archive = tmp_path / "mine.zip"
    downloading.value.save_as(archive)
    assert re.fullmatch(r"storybot-\d{4}-\d\d-\d\d\.zip", downloading.value.suggested_filename)
    with zipfile.ZipFile(archive) as packed:
        assert [one["id"] for one in json.loads(packed.read("storybot.json"))["stories"]] == [story["id"]]

    section.get_by_role("button", name=words["erase"]["open"]).click()
    dialog = page.get_by_role("alertdialog")
    dialog.get_by_role("textbox").fill(words["erase"]["word"])
    dialog.get_by_role("button", name=words["erase"]["go"]).click()
    expect(section.get_by_text(words["erase"]["done"])).to_be_visible()
    assert call(f"{server.url}/stories").json == []
    expect(section.get_by_role("button", name=words["takeOut"]["begin"])).to_be_visible()

    (tmp_path / "other.zip").write_bytes(b"no archive at all")
    chooser = section.get_by_label(words["takeIn"]["choose"])
    chooser.set_input_files(tmp_path / "other.zip")
    expect(section.get_by_text(problem_texts("de")["import-unreadable"])).to_be_visible()
    chooser.set_input_files(archive)
    expect(section.get_by_text(words["takeIn"]["stories_one"].replace("{{count}}", "1"))).to_be_visible()
    assert server.text(story["id"]) == text
    page.goto(f"/story/{story['id']}")
    expect(page.get_by_text(text.split("\n")[0][:40]).first).to_be_visible()
    page.context.close()


def test_every_state_is_for_everybody(browser: Browser, own_server: Server, axe: str) -> None:
    """On a phone, in English: an archive that is ready, and the question before the end."""
    words = data_texts("en")
    page = _open(browser, own_server, "en", PHONE)
    section = _section(page, words)
    section.get_by_role("button", name=words["takeOut"]["begin"]).click()
    expect(section.get_by_role("link", name=words["takeOut"]["download"])).to_be_visible()
    assert_accessible(page, axe)
    assert_no_sideways_scrolling(page)
    section.get_by_role("button", name=words["erase"]["open"]).click()
    assert_accessible(page, axe)
    page.context.close()
