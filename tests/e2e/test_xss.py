"""No text of a person or a model becomes more than text: nothing of it runs, nothing is fetched, no element comes of it."""

import contextlib
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.seen import PASSAGES, filled, page_texts, texts
from tests.e2e.tripwire import Tripwire
from tests.fakes.model_faults import DONE, FAULTS, Script, chunk, stream
from tests.processes.harness import Overheard, Server, call

pytestmark = pytest.mark.e2e
VECTORS = [line for line in (Path(__file__).parent / "xss.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("# ")]
WORDS = page_texts("en")
STORY = texts("en")
#: Many lines, each with its number before it, so that a line that is missing is named.
BOOK = "\n\n".join(f"{number}: {vector}" for number, vector in enumerate(VECTORS))


def _packed(chars: int) -> list[str]:
    """All vectors, as few texts of at most so many characters as it takes."""
    packed: list[str] = []
    for vector in sorted(VECTORS, key=len, reverse=True):
        at = next((at for at, text in enumerate(packed) if len(text) + len(vector) < chars), None)
        if at is None:
            packed.append(vector)
        else:
            packed[at] += " " + vector
    return packed


NAMES, TITLES = _packed(80), _packed(200)


class Mouthpiece(Overheard):
    """A model server that says what it is told to say."""

    def say(self, *scripts: Script) -> None:
        self._model.script(*scripts)


def _said(text: str) -> Script:
    """The text in pieces that end in the midst of tags and entities."""
    return stream(*(chunk(text[at : at + 7]) for at in range(0, len(text), 7)), chunk(finish="stop"), DONE)


@pytest.fixture(scope="module")
def mouthpiece() -> Iterator[Mouthpiece]:
    with Mouthpiece(words=1) as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, mouthpiece: Mouthpiece, page_dist: Path) -> Iterator[Server]:
    """Storybot whose model server and whose model's name are not to be trusted either."""
    settings = mouthpiece.settings | {"OPENAI_MODEL": VECTORS[0], "ENGINE_ATTEMPTS": 1, "LIMITS": "off", "WEB_DIST": page_dist}
    with Server(tmp_path_factory.mktemp("xss") / "data", **settings) as running:
        yield running


Watching = Callable[[str], Page]


@pytest.fixture
def watched(browser: Browser, server: Server) -> Iterator[Watching]:
    """`watched("/library")` gives a page there; what it has tripped in the end fails the test."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(base_url=server.url, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    wire = Tripwire(context, server.url)
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))

    def go(path: str) -> Page:
        if page.url != "about:blank":
            assert not (found := wire.tripped(page)), found
        page.goto(path)
        return page

    yield go
    assert not (found := wire.tripped(page) + dialogs), found
    context.close()


def _brief(number: int) -> dict[str, Any]:
    """Every text of a brief is made of vectors."""
    turned = VECTORS[number:] + VECTORS[:number]
    title = TITLES[number % len(TITLES)]
    return {
        "prompt": "\n".join(turned[:40]),
        "hero": {
            "name": NAMES[number],
            "pronouns": turned[0][:40],
            "looks": title,
            "traits": turned[:6],
            "likes": turned[6:12],
            "fears": turned[12:18],
        },
        "companions": [{"name": name, "kind": kind} for name, kind in zip(turned[18:21], turned[21:24], strict=True)],
        **dict.fromkeys(("place", "tone", "moral", "genre"), title),
    }


@pytest.fixture(scope="module")
def shelf(server: Server) -> list[Any]:
    """As many stories as it takes for every vector to be in a hero's name, a title and each other text of a brief."""

    def put(number: int) -> Any:
        story = server.tell(**_brief(number))
        if number >= len(TITLES):
            return story
        answer = call(f"{server.url}/stories/{story['id']}", "PATCH", {"title": TITLES[number]})
        assert answer.status == 200, answer.body
        return answer.json

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(put, range(len(NAMES))))


def _stands(page: Page, selector: str = "body") -> str:
    return re.sub(r"\s+", " ", page.locator(selector).first.evaluate("element => element.textContent"))


def assert_all_stand(text: str, vectors: list[str]) -> None:
    """Each stands there letter by letter (asterisks of an emphasis and the width of spaces apart)."""

    def plain(one: str) -> str:
        return re.sub(r"[\s*]+", "", one)

    shown = plain(text)
    assert not [vector for vector in vectors if plain(vector) not in shown]


def test_the_corpus_is_large_and_each_fits_into_every_field() -> None:
    assert len(set(VECTORS)) == len(VECTORS) >= 100
    assert max(map(len, VECTORS)) <= 80


def test_the_wire_is_tripped_where_texts_do_become_markup(browser: Browser) -> None:
    """The same corpus in a page that makes markup of it: otherwise the other tests could not fail."""
    origin = "http://unguarded.localhost"
    with browser.new_context() as context:
        wire = Tripwire(context, origin)
        page = context.new_page()
        shown = ""
        page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=shown) if route.request.url == f"{origin}/" else route.abort())
        missed = []
        for vector in VECTORS[::3]:
            wire.asked.clear()
            shown = f"<!doctype html><div>{vector}</div><a title=\"{vector}\" href='{vector}'>x</a><a title='{vector}' href=\"{vector}\">x</a>"
            with contextlib.suppress(Error):  # it may lead away from the page at once
                page.goto(f"{origin}/", wait_until="load")
                wire.asked += wire.tripped(page)
            if not wire.asked:
                missed.append(vector)
    # They need a template engine, a decoder or Markdown; the page has none of them, and they stay in case it gets one.
    assert len(missed) < len(VECTORS) / 3 / 4, missed


def test_the_shelf_shows_titles_and_heroes_as_text(watched: Watching, shelf: list[Any]) -> None:
    page = watched("/library")
    books = page.get_by_role("list", name=WORDS["library"]["stories"]).get_by_role("listitem")
    more = page.get_by_role("button", name=WORDS["library"]["more"])
    count = 0
    while count < len(shelf):
        expect(books.nth(count)).to_be_visible()
        count = books.count()
        if count < len(shelf):
            more.click()
    shown = _stands(page, "main")
    assert_all_stand(shown, TITLES)
    assert_all_stand(shown, [WORDS["home"]["continueFor"].replace("{{name}}", name) for name in NAMES])


def test_a_search_shows_what_was_looked_for_as_text(watched: Watching) -> None:
    for title in TITLES[::4]:
        sought = f"{title[:180]} nothing-has"
        page = watched(f"/library?q={urllib.parse.quote(sought)}")
        expect(page.get_by_role("search").get_by_role("textbox")).to_have_value(sought)
        expect(page.get_by_role("main").get_by_text("nothing-has")).to_be_visible()
        assert_all_stand(_stands(page, "main"), [sought])


def test_kept_ideas_are_text(watched: Watching, server: Server) -> None:
    for start in range(3):
        assert call(f"{server.url}/prompts", "POST", {"content": "\n".join(VECTORS[start::3])}).status == 201
    page = watched("/")
    expect(page.get_by_role("listitem").filter(has_text=VECTORS[2][:30]).first).to_be_visible()
    assert_all_stand(_stands(page, "main"), VECTORS)


def test_a_told_passage_and_its_choices_are_text(watched: Watching, server: Server, mouthpiece: Mouthpiece) -> None:
    """While they arrive in pieces, after a reload, and where the reader is asked to decide."""
    choices = "".join(f"\n\n→ {vector}" for vector in VECTORS[:40])
    page = watched("/")
    mouthpiece.say(_said(BOOK + choices))
    page.get_by_role("textbox", name=WORDS["home"]["question"]).fill(VECTORS[1])
    page.get_by_role("button", name=WORDS["home"]["tell"], exact=True).click()
    for _ in range(2):
        expect(page.get_by_role("heading", name=STORY["end"]["decide"])).to_be_visible()
        assert_all_stand(_stands(page, PASSAGES), BOOK.split("\n\n"))
        buttons = page.get_by_role("region", name=STORY["end"]["decide"]).get_by_role("button")
        assert buttons.all_text_contents() == [vector.strip() for vector in VECTORS[:40]]
        page = watched(urllib.parse.urlsplit(page.url).path)


def test_written_and_edited_passages_and_wishes_are_text(watched: Watching, server: Server, shelf: list[Any]) -> None:
    url = f"{server.url}/stories/{shelf[0]['id']}"
    server.ended(shelf[0]["generation"]["id"])
    written = call(f"{url}/passages", "POST", {"action": "write", "text": BOOK})
    assert written.status == 201
    reversed_book = "\n\n".join(reversed(BOOK.split("\n\n")))
    edited = call(f"{url}/passages", "POST", {"action": "edit", "passage_id": written.json["id"], "text": reversed_book})
    assert edited.status == 201
    wished = call(f"{url}/passages", "POST", {"action": "continue", "wish": "\n".join(VECTORS)[:1000]})
    assert wished.status == 202
    server.ended(wished.json["generation"]["id"])
    page = watched(f"/story/{shelf[0]['id']}")
    expect(page.locator(PASSAGES)).to_have_count(3)
    assert_all_stand(_stands(page, f":nth-match({PASSAGES}, 2)"), BOOK.split("\n\n"))
    page.locator(PASSAGES).nth(1).hover()
    page.get_by_role("button", name=STORY["tools"]["edit"]).nth(1).click()
    expect(page.get_by_role("textbox", name=filled(STORY["edit"]["label"], index=2))).to_have_value(reversed_book)


#: Goes from story to story as a link would; gives what stands at the head of each, and the window's title.
READ_TITLE_PAGES = """async stories => {
  const read = [];
  for (const { id, title } of stories) {
    history.pushState(null, '', `/story/${id}`);
    dispatchEvent(new PopStateEvent('popstate'));
    const there = () => document.querySelector('main h1')?.textContent === title && document.title.startsWith(title);
    for (let frames = 0; !there(); frames++) {
      if (frames > 1000) throw new Error(`${title} is not there, but ${document.querySelector('main h1')?.textContent}`);
      await new Promise(requestAnimationFrame);
    }
    read.push(document.querySelector('main header').textContent);
  }
  return read;
}"""


def test_title_pages_are_text(watched: Watching, shelf: list[Any]) -> None:
    page = watched("/library")
    stories = shelf[: len(TITLES)]
    heads = page.evaluate(READ_TITLE_PAGES, [{"id": story["id"], "title": story["title"]} for story in stories])
    for story, head in zip(stories, heads, strict=True):
        assert_all_stand(head, [story["title"], story["brief"]["hero"]["name"], story["brief"]["genre"]])


def test_models_and_hosts_are_text(watched: Watching) -> None:
    page = watched("/help")

    def answer(route: Route) -> None:
        engines = route.fetch().json()
        assert engines[1]["model"] == VECTORS[0]
        engines[1] |= {"models": VECTORS, "host": " ".join(VECTORS)}
        engines.append(engines[1] | {"name": VECTORS[3], "default": False})
        route.fulfill(json=engines)

    page.route("**/api/engines", answer)
    page = watched("/settings")
    options = page.get_by_role("combobox", name=WORDS["settings"]["model"]).get_by_role("option")
    expect(options).to_have_count(len(VECTORS) + 1)
    assert [one.strip() for one in options.all_text_contents()[1:]] == [vector.strip() for vector in VECTORS]
    assert_all_stand(_stands(page, "main"), VECTORS)


def test_problems_are_text(watched: Watching, server: Server, shelf: list[Any], mouthpiece: Mouthpiece) -> None:
    named = " | ".join(VECTORS[40:43])[:200]
    mouthpiece.say(FAULTS["404"].script)
    story = server.tell(VECTORS[5], engine="openai", model=named)
    page = watched(f"/story/{story['id']}")
    expect(page.get_by_role("main").get_by_role("alert")).to_be_visible()
    assert_all_stand(_stands(page, "main"), [named])
    everything = " ".join(VECTORS)
    page = watched("/")
    page.get_by_role("textbox", name=WORDS["home"]["question"]).fill(everything[:4000])
    problem: dict[str, Any] = {}
    page.route("**/api/stories", lambda route: route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(problem)))
    for slug in ("engine-unreachable", "engine-model-unknown", "invalid", everything):
        problem = {"type": f"urn:storybot:problem:{slug}", "title": everything, "status": 422, "detail": everything, "host": everything}
        problem |= {"model": everything, "trace_id": VECTORS[1], "errors": [{"pointer": f"/{VECTORS[2]}", "detail": everything}]}
        with page.expect_response("**/api/stories"):
            page.get_by_role("button", name=WORDS["home"]["tell"], exact=True).click()
        expect(page.get_by_role("alert").first).to_be_visible()
        expect(page.get_by_role("button", name=WORDS["home"]["tell"], exact=True)).to_be_enabled()
        if slug.startswith("engine-"):
            assert_all_stand(_stands(page, "[role=alert]"), VECTORS)


def test_addresses_are_text(watched: Watching) -> None:
    without_dots = [vector.replace(".", "") for vector in VECTORS]  # what has a dot in its last part is a file
    for at in range(0, len(VECTORS), 35):
        several = urllib.parse.quote("/".join(VECTORS[at : at + 35]), safe="")
        path = urllib.parse.quote(" ".join(without_dots[at : at + 35]), safe="")
        page = watched(f"/nowhere/{path}?x={several}&q={several}#{several}")
        expect(page.get_by_role("heading", name=WORDS["missing"]["title"])).to_be_visible()
        page = watched(f"/story/{path}?after={several}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
