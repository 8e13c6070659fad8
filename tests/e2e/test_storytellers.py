"""Choosing who tells, from the page alone: download a model and tell with it, connect a server, and what happens when it goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from storybot.local import shelf
from tests.e2e.conftest import PHONE, Opening
from tests.e2e.seen import PASSAGES, assert_accessible, await_numbers, filled, page_texts, problem_texts, texts
from tests.fakes.hub import Hub
from tests.local import tiny
from tests.processes.harness import Overheard, Server, call
from tests.requirements import need

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
NAME, TITLE = "tiny-fox", "Tiny Fox"
WORDS = 60

#: What the page says where a model answers without a word.
EMPTY = "Nothing came to the storyteller’s mind"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, page_dist: Path) -> Iterator[Server]:
    """Storybot with the storyteller in the box, a hub that has a tiny model, and nothing else."""
    need(shelf.installed(), "llama.cpp (pip install xllamacpp)")
    folder = tmp_path_factory.mktemp("tellers")
    models = folder / "data" / "models"
    models.mkdir(parents=True)
    content = tiny.make(folder / "file.gguf").read_bytes()
    (models / "catalogue.toml").write_text(
        f"""
[[model]]
name = "{NAME}"
title = "{TITLE}"
parameters = 0.1
repo = "someone/model"
file = "file.gguf"
revision = "main"
size_bytes = {len(content)}
licence = "Apache-2.0"
languages = ["en"]
shape = {{ layers = 2, kv_heads = 4, head_size = 16, vocabulary = 400 }}
[model.about]
de = "Winzig und wirr."
en = "Tiny and muddled."
""",
        encoding="utf-8",
    )
    with Hub({"someone/model/file.gguf": content}) as hub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        settings = {"STORYTELLER_PACE": "0", "LIMITS": "off", "WEB_DIST": page_dist, "LOCAL_THREADS": 1, "ENGINE_ATTEMPTS": 1}
        with Server(folder / "data", **settings) as running:
            yield running


@pytest.fixture(scope="module")
def other() -> Iterator[Overheard]:
    """A server that can be connected."""
    with Overheard(words=WORDS) as running:
        yield running


def _card(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem", name=name, exact=True)


def _tell(page: Page, language: str) -> None:
    words = page_texts(language)["home"]
    page.goto("/")
    page.get_by_role("textbox", name=words["question"]).fill("A fox by the sea")
    page.get_by_role("button", name=words["tell"], exact=True).click()
    _told(page, language)


def _told(page: Page, language: str) -> None:
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()


def test_a_model_is_downloaded_and_tells(opening: Opening, server: Server, axe: str) -> None:
    words = page_texts("en")["storytellers"]
    page = opening("/settings", language="en")
    page.get_by_role("link", name=page_texts("en")["settings"]["allTellers"]).click()
    expect(page.get_by_role("heading", level=1, name=words["title"])).to_be_visible()
    card = _card(page, TITLE)
    card.get_by_role("button", name=filled(words["models"]["downloadNamed"], name=TITLE)).click()
    use = card.get_by_role("button", name=filled(words["models"]["useNamed"], name=TITLE))
    expect(use).to_be_visible()
    assert_accessible(page, axe)
    use.click()
    expect(card.get_by_text(words["models"]["inUse"])).to_be_visible()
    page.goto("/")
    page.get_by_role("textbox", name=page_texts("en")["home"]["question"]).fill("A fox by the sea")
    page.get_by_role("button", name=page_texts("en")["home"]["tell"], exact=True).click()
    # Its words are drawn by lot: now and then the first thing that comes to its mind is the end.
    faltered = page.get_by_role("alert").filter(has_text=EMPTY)
    told = page.get_by_role("button", name=texts("en")["end"]["go"], exact=True)
    for _ in range(5):
        expect(told.or_(faltered)).to_be_visible()
        if told.is_visible():
            break
        page.get_by_role("button", name="Try again", exact=True).click()
        expect(faltered).to_be_hidden()
    _told(page, "en")
    story = page.url
    before = page.locator(PASSAGES).inner_text()
    assert set(before.lower().split()) & set(tiny.WORDS)
    assert call(f"{server.url}/stories/{story.rsplit('/', 1)[1]}").json["engine"] == "local"


@pytest.mark.parametrize("language", ["de"])
def test_a_server_is_connected_tried_and_chosen_and_when_it_goes_another_tells_on(
    opening: Opening, server: Server, other: Overheard, language: str, axe: str
) -> None:
    words = page_texts(language)["storytellers"]
    page = opening("/storytellers", language=language, size=PHONE)
    page.get_by_role("button", name=words["connect"]["open"]).click()
    form = page.get_by_role("dialog")
    form.get_by_text("llama.cpp", exact=False).first.click()
    address = form.get_by_role("textbox", name=words["connect"]["address"], exact=True)
    address.fill(str(other.settings["OPENAI_BASE_URL"]))
    form.get_by_role("textbox", name=words["connect"]["key"], exact=True).fill("sk-secret")
    assert_accessible(page, axe)
    form.get_by_role("button", name=words["connect"]["save"], exact=True).click()
    card = _card(page, "llama.cpp")
    expect(card.get_by_text(words["state"]["ready"], exact=True)).to_be_visible()
    card.get_by_role("button", name=filled(words["trial"]["tryNamed"], name="llama.cpp")).click()
    expect(card.get_by_text("w1 w2 w3", exact=False)).to_be_visible()
    expect(card.get_by_role("button", name=filled(words["trial"]["againNamed"], name="llama.cpp"))).to_be_visible()
    card.get_by_role("button", name=filled(words["tellers"]["makeDefaultNamed"], name="llama.cpp")).click()
    expect(card.get_by_text(words["tellers"]["isDefault"])).to_be_visible()
    assert "sk-secret" not in page.content()
    _tell(page, language)
    await_numbers(page, WORDS)
    assert other.asked[-1].headers["Authorization"] == "Bearer sk-secret"
    story = page.url
    other.leave()
    page.get_by_role("button", name=texts(language)["end"]["go"], exact=True).click()
    said = filled(problem_texts(language)["engine-unreachable-host"], host=other.address)
    expect(page.get_by_role("main").get_by_role("alert")).to_have_text(said)
    box = filled(texts(language)["failed"]["with"], name=texts(language)["failed"]["others"]["storyteller"])
    page.get_by_role("button", name=box, exact=True).click()
    expect(page.get_by_role("button", name=texts(language)["end"]["go"], exact=True)).to_be_visible()
    assert page.url == story
    other.come_back()
    page.goto("/storytellers")
    expect(page.get_by_role("table")).to_be_visible()
    card.get_by_role("button", name=filled(words["tellers"]["actions"], name="llama.cpp")).click()
    page.get_by_role("menuitem", name=words["tellers"]["delete"]).click()
    page.get_by_role("alertdialog").get_by_role("button", name=words["tellers"]["delete"], exact=True).click()
    expect(card).to_have_count(0)
    assert call(f"{server.url}/connections").json == []
