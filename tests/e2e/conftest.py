"""A real browser before a real Storybot: one server, one model server and one Chromium for all tests, a fresh context each."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.processes.harness import ROOT, Model, Server
from tests.requirements import need

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
LOCALES = {"de": "de-DE", "en": "en-GB"}
WORDS = 240
#: The machine may be busy; where it is not, nothing waits.
PATIENCE_MS = 30_000
#: Numbered words a second: slow enough to reload in mid-story.
RATE = 40


@pytest.fixture(autouse=True, scope="session")
def _needs() -> None:
    need(CHROMIUM, "Debian's Chromium (apt-get install chromium)")
    need((ROOT / "web" / "dist" / "index.html").is_file(), "the built page (make build)")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """A model server that says numbered words."""
    with Model(tmp_path_factory.mktemp("model"), words=WORDS, rate=RATE) as running:
        yield running


@pytest.fixture(scope="session")
def page_dist(_needs: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built page, so that building it anew meanwhile does not pull it away."""
    copied: Path = shutil.copytree(ROOT / "web" / "dist", tmp_path_factory.mktemp("page") / "dist")
    return copied


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, model: Model, page_dist: Path) -> Iterator[Server]:
    """Storybot with the storyteller in the box as its default, and the numbered words as the other engine."""
    settings = model.settings | {"ENGINE": "storyteller", "STORYTELLER_PACE": "0.05", "LIMITS": "off", "WEB_DIST": page_dist}
    with Server(tmp_path_factory.mktemp("e2e") / "data", **settings) as running:
        yield running


@pytest.fixture(scope="session")
def browser(_needs: None) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield running
        running.close()


#: Two of the four windows: both languages, both widths.
READERS = [("de", DESKTOP), ("en", PHONE)]
OTHER_READERS = [("de", PHONE), ("en", DESKTOP)]


@pytest.fixture(params=["de", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """The browser's language."""
    chosen: str = request.param
    return chosen


#: Makes a page in a context of its own; its complaints make the test fail.
Opening = Callable[..., Page]


@pytest.fixture
def opening(browser: Browser, server: Server) -> Iterator[Opening]:
    """`opening("/library", language="de", size=PHONE)` gives a page there. Whatever the console or the page complains of
    fails the test, but for what `allowed` (a substring) says."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", *, language: str = "en", size: dict[str, int] = DESKTOP, allowed: str | None = None, **more: Any) -> Page:
        expect.set_options(timeout=PATIENCE_MS)
        context = browser.new_context(base_url=server.url, viewport=size, locale=LOCALES[language], **more)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()

        def complain(text: str) -> None:
            if allowed is None or allowed not in text:
                complaints.append(text)

        page.on("console", lambda message: complain(f"{message.text} ({message.location})") if message.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    found: Path = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    need(found.is_file(), "axe-core (npm --prefix web ci)")
    return found.read_text(encoding="utf-8")
