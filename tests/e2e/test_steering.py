"""Retry, switch, edit, undo, redo, go on, write: at every passage, on every screen, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import READERS, Opening
from tests.e2e.seen import PASSAGES, assert_accessible, assert_no_sideways_scrolling, texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e
Passages = list[dict[str, Any]]


def _told(server: Server, language: str) -> str:
    prompt = {"de": "Ein Drache, der Angst vor Feuer hat", "en": "A dragon who is afraid of fire"}[language]
    story = server.tell(prompt, language=language, age_band="9-12", hero={"name": "Mia"}, seed=7)
    server.ended(story["generation"]["id"])
    return str(story["id"])


def _passages(server: Server, story_id: str) -> Passages:
    shown: Passages = call(f"{server.url}/stories/{story_id}/passages").json
    return shown


def _await_told(server: Server, story_id: str, condition: Callable[[Passages], bool]) -> Passages:
    """The passages once `condition` holds and the last one is done."""
    return wait_until(
        lambda: condition(told := _passages(server, story_id)) and told[-1]["state"] == "done" and told, 40, f"passages of {story_id} that are done"
    )


def _await_authors(server: Server, story_id: str, authors: list[str]) -> None:
    """The page shows what somebody wrote before the server has it."""
    wait_until(lambda: [one["author"] for one in _passages(server, story_id)] == authors, 20, f"passages by {authors}")


def _tool(page: Page, language: str, name: str) -> None:
    """Press a tool of the first passage, as a hand would: the passage first, then the tool."""
    words = texts(language)["tools"]
    show = page.get_by_role("button", name=words["show"].replace("{{index}}", "1"), exact=True)
    if show.is_visible() and show.get_attribute("aria-expanded") == "false":
        show.click()
    page.locator(PASSAGES).first.hover()
    page.get_by_role("button", name=words[name], exact=True).first.click()


@pytest.mark.parametrize(("language", "size"), READERS)
def test_a_story_is_steered_and_everything_can_be_undone(opening: Opening, server: Server, language: str, size: dict[str, int], axe: str) -> None:
    words = texts(language)
    story_id = _told(server, language)
    page = opening(f"/story/{story_id}", language=language, size=size)
    expect(page.get_by_role("button", name=words["end"]["go"], exact=True)).to_be_visible()
    first = str(_passages(server, story_id)[0]["text"])
    start = first.split("\n\n")[0][1:40]
    expect(page.locator(PASSAGES).get_by_text(start).first).to_be_visible()
    assert_accessible(page, axe)
    assert_no_sideways_scrolling(page)

    _tool(page, language, "retry")
    page.get_by_role("button", name=words["retry"]["go"], exact=True).click()
    _await_told(server, story_id, lambda passages: passages[0]["sibling_index"] == 2)
    which = page.get_by_text(words["versions"]["which"].replace("{{index}}", "2").replace("{{count}}", "2"))
    expect(page.get_by_role("button", name=words["end"]["go"], exact=True)).to_be_visible()
    assert _passages(server, story_id)[0]["text"] != first
    expect(which.first).to_be_attached()
    page.get_by_role("button", name=words["versions"]["previous"], exact=True).first.click()
    expect(page.locator(PASSAGES).get_by_text(start).first).to_be_visible()

    _tool(page, language, "edit")
    field = page.get_by_role("textbox", name=words["edit"]["label"].replace("{{index}}", "1"))
    field.fill("Alles ganz anders.\n\nUnd „gut“.")
    page.get_by_role("button", name=words["edit"]["save"], exact=True).click()
    expect(page.locator(PASSAGES).get_by_text("Und „gut“.").first).to_be_visible()
    _await_authors(server, story_id, ["reader"])

    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Control+z")
    expect(page.locator(PASSAGES).get_by_text(start).first).to_be_visible()
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(PASSAGES).get_by_text("Und „gut“.").first).to_be_visible()

    wish = page.get_by_role("textbox", name=words["end"]["wish"])
    wish.fill({"de": "Jetzt treffen sie einen Wal", "en": "Now they meet a whale"}[language])
    page.get_by_role("button", name=words["end"]["go"], exact=True).click()
    told = _await_told(server, story_id, lambda passages: len(passages) == 2)
    assert {"de": "Wal", "en": "whale"}[language] in str(told[1]["text"])

    page.get_by_role("button", name=words["end"]["write"], exact=True).click()
    page.get_by_role("textbox", name=words["end"]["writeLabel"]).fill("Mein eigener Schluss.")
    page.get_by_role("button", name=words["end"]["writeSave"], exact=True).click()
    expect(page.locator(PASSAGES).get_by_text("Mein eigener Schluss.").first).to_be_visible()
    _await_authors(server, story_id, ["reader", "engine", "reader"])
    assert_accessible(page, axe)
