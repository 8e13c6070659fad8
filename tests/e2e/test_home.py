"""The start page: from one sentence to a told story, and the ideas that wait for their evening."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OTHER_READERS, PHONE, Opening
from tests.e2e.seen import PASSAGES, assert_no_sideways_scrolling, choose, page_texts, texts
from tests.processes.harness import Server, call, wait_until

pytestmark = pytest.mark.e2e
PROMPTS = {"de": "Ein Drache, der Angst vor Feuer hat", "en": "A dragon who is afraid of fire"}


def _await_story(page: Page, server: Server) -> dict[str, object]:
    """The story that the page shows, once it is told."""
    page.wait_for_url(re.compile(r"/story/[0-9a-f-]{36}$"))
    address = f"{server.url}/stories/{page.url.rpartition('/')[2]}"
    found: dict[str, object] = wait_until(lambda: (story := call(address).json)["state"] == "done" and story, 40, "a told story")
    return found


@pytest.mark.parametrize(("language", "size"), OTHER_READERS)
def test_a_first_visit_ends_with_a_story_in_the_library(opening: Opening, server: Server, language: str, size: dict[str, int]) -> None:
    words = page_texts(language)["home"]
    page = opening("/", language=language, size=size)
    page.get_by_role("textbox", name=words["question"]).fill(PROMPTS[language])
    page.get_by_role("textbox", name=words["heroName"]).fill("Mia")
    choose(page, words["age"], words["ages"]["9-12"])
    choose(page, words["length"], words["lengths"]["short"])
    assert_no_sideways_scrolling(page)
    page.get_by_role("button", name=words["tell"], exact=True).click()
    story = _await_story(page, server)
    assert story["title"]
    assert story["language"] == language
    brief = story["brief"]
    assert isinstance(brief, dict)
    assert brief["prompt"] == PROMPTS[language]
    assert (brief["hero"]["name"], brief["age_band"], brief["length"]) == ("Mia", "9-12", "short")
    expect(page.get_by_role("heading", level=1)).to_have_text(str(story["title"]))
    expect(page.locator(PASSAGES)).to_contain_text("Mia")
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    page.get_by_role("link", name=page_texts(language)["nav"]["library"], exact=True).click()
    shelf = page.get_by_role("list", name=page_texts(language)["library"]["stories"])
    expect(shelf.get_by_role("link").first).to_have_text(re.compile(re.escape(str(story["title"]))))
    expect(shelf.locator(f"a[href='/story/{story['id']}']")).to_be_visible()


def test_a_surprise_needs_no_sentence(opening: Opening, server: Server, language: str) -> None:
    page = opening("/", language=language)
    page.get_by_role("button", name=page_texts(language)["home"]["surprise"]).click()
    story = _await_story(page, server)
    assert story["language"] == language
    assert story["word_count"]


def test_what_is_missing_is_said_where_it_is_missing(opening: Opening, server: Server, language: str) -> None:
    words = page_texts(language)["home"]
    page = opening("/", language=language, size=PHONE)
    before = len(call(f"{server.url}/stories").json)
    page.get_by_role("button", name=words["tell"], exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(words["empty"])
    idea = page.get_by_role("textbox", name=words["question"])
    expect(idea).to_be_focused()
    idea.fill("x" * 4003)
    page.get_by_role("button", name=words["tell"], exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(words["tooLong"].replace("{{count}}", "3"))
    assert page.url == f"{server.url}/"
    assert len(call(f"{server.url}/stories").json) == before


def test_a_draft_outlives_a_reload(opening: Opening) -> None:
    words = page_texts("en")["home"]
    page = opening("/")
    page.get_by_role("textbox", name=words["question"]).fill("Half a sentence about")
    page.get_by_role("textbox", name=words["heroName"]).fill("Ada")
    choose(page, words["age"], words["ages"]["adult"])
    page.reload()
    expect(page.get_by_role("textbox", name=words["question"])).to_have_value("Half a sentence about")
    expect(page.get_by_role("textbox", name=words["heroName"])).to_have_value("Ada")
    expect(page.get_by_role("radio", name=words["ages"]["adult"])).to_be_checked()


def test_an_idea_is_kept_deleted_brought_back_and_told(opening: Opening, server: Server, language: str) -> None:
    words, home = page_texts(language)["prompts"], page_texts(language)["home"]
    idea = {"de": "Ein Wal, der Postbote wird", "en": "A whale who becomes a postman"}[language]
    page = opening("/", language=language)
    page.get_by_role("textbox", name=home["question"]).fill(idea)
    page.get_by_role("button", name=home["keep"], exact=True).click()
    expect(page.get_by_text(words["added"])).to_be_visible()
    expect(page.get_by_role("textbox", name=home["question"])).to_have_value("")
    kept = page.get_by_role("listitem").filter(has_text=idea)
    expect(kept).to_have_count(1)

    page.get_by_role("button", name=words["deleteNamed"].replace("{{content}}", idea)).click()
    expect(kept).to_have_count(0)
    wait_until(lambda: idea not in [one["content"] for one in call(f"{server.url}/prompts").json], 20, "the deleting")
    page.get_by_role("button", name=page_texts(language)["app"]["undo"], exact=True).click()
    expect(kept).to_have_count(1)
    page.reload()
    expect(kept).to_have_count(1)

    page.get_by_role("button", name=words["tellNamed"].replace("{{content}}", idea)).click()
    story = _await_story(page, server)
    assert story["prompt_id"] in [one["id"] for one in call(f"{server.url}/prompts").json if one["content"] == idea]
