"""An engine that fails: a sentence in the page's language, a next step, and the text kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE_MS, PHONE, Opening
from tests.e2e.seen import PASSAGES, assert_accessible, assert_counted, await_numbers, filled, numbers, page_texts, problem_texts, texts
from tests.fakes.model_faults import FAULTS, Script, Vanish, chunk, stream
from tests.processes.harness import Overheard, Server

pytestmark = pytest.mark.e2e
WORDS = 30


class Unreliable(Overheard):
    """A model server that can be told to fail."""

    def fail(self, script: Script) -> None:
        """What the next request gets."""
        self._model.script(script)


@pytest.fixture(scope="module")
def unreliable() -> Iterator[Unreliable]:
    with Unreliable(words=WORDS) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, unreliable: Unreliable, page_dist: Path) -> Iterator[Server]:
    """Storybot with nothing but that model server, and no patience with it."""
    with Server(
        tmp_path_factory.mktemp("failing") / "data",
        **unreliable.settings,
        OPENAI_API_KEY="wrong",
        ENGINE_ATTEMPTS=1,
        STORYTELLER_PACE="0",
        LIMITS="off",
        WEB_DIST=page_dist,
    ) as running:
        yield running


def _tell(page: Page, language: str) -> None:
    words = page_texts(language)["home"]
    page.get_by_role("textbox", name=words["question"]).fill("1, 2, 3")
    page.get_by_role("button", name=words["tell"], exact=True).click()


def _await_said(page: Page, text: str) -> None:
    expect(page.get_by_role("main").get_by_role("alert")).to_have_text(text, timeout=PATIENCE_MS)


def test_a_refused_key_is_explained_and_another_try_works(opening: Opening, unreliable: Unreliable, language: str, axe: str) -> None:
    unreliable.fail(FAULTS["401"].script)
    page = opening("/", language=language, size=PHONE)
    _tell(page, language)
    _await_said(page, problem_texts(language)["engine-key-refused"])
    words = texts(language)["failed"]
    expect(page.get_by_role("link", name=words["choose"])).to_have_attribute("href", "/storytellers")
    assert_accessible(page, axe)
    page.get_by_role("button", name=words["tryAgain"], exact=True).click()
    assert_counted(await_numbers(page, WORDS), WORDS)
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()


@pytest.mark.usefixtures("same_configuration")
def test_another_storyteller_takes_over_where_one_can_do_nothing(opening: Opening, unreliable: Unreliable, language: str) -> None:
    unreliable.fail(FAULTS["401"].script)
    page = opening("/", language=language)
    _tell(page, language)
    _await_said(page, problem_texts(language)["engine-key-refused"])
    words = texts(language)["failed"]
    page.get_by_role("button", name=filled(words["with"], name=words["others"]["storyteller"]), exact=True).click()
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    assert len(page.locator(PASSAGES).inner_text().split()) > 100
    assert numbers(page) == []


def test_a_stream_that_breaks_keeps_its_text_and_goes_on(opening: Opening, unreliable: Unreliable, language: str) -> None:
    unreliable.fail(stream(*(chunk(f"w{number} ") for number in range(1, 8)), 0.2, Vanish()))
    page = opening("/", language=language)
    _tell(page, language)
    _await_said(page, problem_texts(language)["engine-broken-stream"])
    assert_counted(numbers(page), 7)
    page.reload()
    _await_said(page, problem_texts(language)["engine-broken-stream"])
    assert_counted(numbers(page), 7)
    page.get_by_role("button", name=texts(language)["failed"]["goOn"], exact=True).first.click()
    assert_counted(await_numbers(page, WORDS), WORDS)


def test_a_model_server_that_is_gone_is_named_and_may_come_back(opening: Opening, unreliable: Unreliable, language: str) -> None:
    unreliable.leave()
    try:
        page = opening("/", language=language)
        _tell(page, language)
        _await_said(page, filled(problem_texts(language)["engine-unreachable-host"], host=unreliable.address))
    finally:
        unreliable.come_back()
    page.get_by_role("button", name=texts(language)["failed"]["tryAgain"], exact=True).click()
    assert_counted(await_numbers(page, WORDS), WORDS)
