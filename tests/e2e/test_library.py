"""The shelf and the bin."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import READERS, Opening
from tests.e2e.seen import assert_no_sideways_scrolling, filled, page_texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e


def _written(server: Server, title: str, text: str, language: str) -> str:
    """A told story with this title, in which a reader wrote this."""
    story = server.tell("A cat", language=language)
    server.ended(story["generation"]["id"])
    address = f"{server.url}/stories/{story['id']}"
    assert call(address, "PATCH", {"title": title}).status == 200
    assert call(f"{address}/passages", "POST", {"action": "write", "text": text}).status == 201
    return str(story["id"])


def _menu(page: Page, language: str, title: str, entry: str) -> None:
    page.get_by_role("button", name=filled(page_texts(language)["library"]["menu"], title=title), exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


@pytest.mark.parametrize(("language", "size"), READERS)
def test_a_story_is_found_renamed_put_away_and_brought_back(opening: Opening, server: Server, language: str, size: dict[str, int]) -> None:
    words, undo = page_texts(language)["library"], page_texts(language)["app"]["undo"]
    title, text = {"de": ("Zwölf Kraniche", "Es duftete nach Zedoaria."), "en": ("Twelve Cranes", "It smelled of zedoary.")}[language]
    story_id = _written(server, title, text, language)
    _written(server, "Xylophon", "Es klang.", language)
    page = opening("/library", language=language, size=size)
    shelf = page.get_by_role("list", name=words["stories"])
    book = shelf.locator(f"a[href='/story/{story_id}']")
    expect(book).to_have_text(re.compile(title))
    expect(shelf.get_by_text("Xylophon", exact=True).last).to_be_visible()
    assert_no_sideways_scrolling(page)

    search = page.get_by_role("textbox", name=words["search"])
    for words_of_it in (title.split()[1], text.rpartition(" ")[2].strip(".")):
        search.fill(words_of_it)
        page.wait_for_url(re.compile(f"q={words_of_it}$"))
        expect(page.get_by_text(filled(words["found_one"], count=1))).to_be_visible()
        expect(shelf.get_by_role("listitem")).to_have_count(1)
        expect(book).to_be_visible()
    page.reload()
    expect(search).to_have_value(words_of_it)
    expect(shelf.get_by_role("listitem")).to_have_count(1)
    search.fill("Qwertzuiop")
    expect(page.get_by_role("heading", name=words["nothingTitle"])).to_be_visible()
    page.get_by_role("button", name=words["clearSearch"]).click()
    expect(book).to_be_visible()

    _menu(page, language, title, words["rename"])
    page.get_by_role("textbox", name=words["renameLabel"]).fill(f"{title} 2")
    page.get_by_role("button", name=words["save"], exact=True).click()
    title = f"{title} 2"
    expect(book).to_have_text(re.compile(title))
    assert call(f"{server.url}/stories/{story_id}").json["title"] == title

    _menu(page, language, title, words["toBin"])
    expect(page.get_by_text(filled(words["binned"], title=title))).to_be_visible()
    expect(book).to_have_count(0)
    page.get_by_role("button", name=undo, exact=True).click()
    expect(book).to_be_visible()
    page.reload()
    expect(book).to_be_visible()


def test_the_bin_gives_back_and_removes_for_ever(opening: Opening, server: Server, language: str) -> None:
    words = page_texts(language)["library"]
    kept, gone = (_written(server, f"{name} {language}", "…", language) for name in ("Anna", "Berta"))
    for story_id in (kept, gone):
        assert call(f"{server.url}/stories/{story_id}", "DELETE").status == 204
    page = opening("/library", language=language)
    page.get_by_role("link", name=words["bin"], exact=True).click()
    expect(page.get_by_role("heading", name=words["bin"], level=1)).to_be_visible()
    page.get_by_role("button", name=filled(words["restoreNamed"], title=f"Anna {language}"), exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text=f"Anna {language}")).to_have_count(0)

    forever = page.get_by_role("button", name=filled(words["foreverNamed"], title=f"Berta {language}"), exact=True)
    forever.click()
    question = page.get_by_role("alertdialog", name=filled(words["foreverTitle"], title=f"Berta {language}"))
    expect(question).to_be_visible()
    expect(question.get_by_role("button", name=words["cancel"], exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    assert call(f"{server.url}/stories/{gone}").status == 200
    forever.click()
    question.get_by_role("button", name=words["forever"], exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text=f"Berta {language}")).to_have_count(0)
    wait_until(lambda: call(f"{server.url}/stories/{gone}").status == 404, 20, "a story that is gone")
    page.get_by_role("link", name=words["backToShelf"]).click()
    expect(page.locator(f"a[href='/story/{kept}']")).to_be_visible()


def test_an_empty_shelf_and_an_empty_bin_say_so(opening: Opening, server: Server) -> None:
    for bin_ in ("false", "true"):
        while stories := call(f"{server.url}/stories?bin={bin_}").json:
            for story in stories:
                assert call(f"{server.url}/stories/{story['id']}?forever=true", "DELETE").status == 204
    words = page_texts("de")["library"]
    page = opening("/library", language="de")
    expect(page.get_by_role("heading", name=words["emptyTitle"])).to_be_visible()
    page.get_by_role("link", name=words["bin"], exact=True).click()
    expect(page.get_by_role("heading", name=words["binEmptyTitle"])).to_be_visible()
    page.get_by_role("link", name=words["backToShelf"]).click()
    page.get_by_role("link", name=words["emptyAction"]).click()
    expect(page.get_by_role("textbox", name=page_texts("de")["home"]["question"])).to_be_visible()
