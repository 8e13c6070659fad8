"""A real browser before a real Storybot: one server, one model server and one Chromium for all tests, a fresh context each."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.processes.harness import ROOT, Overheard, Server, call
from tests.requirements import need

#: The shell without windows does the same with three quarters of the work.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("chromium-browser")
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
NARROW = {"width": 320, "height": 640}
LOCALES = {"de": "de-DE", "en": "en-GB"}
WORDS = 240
#: The machine may be busy; where it is not, nothing waits.
PATIENCE_MS = 30_000
#: Numbered words a second.
RATE = 100


@pytest.fixture(autouse=True, scope="session")
def _needs() -> None:
    need(CHROMIUM, "Debian's Chromium (apt-get install chromium-headless-shell)")
    need((ROOT / "web" / "dist" / "index.html").is_file(), "the built page (make build)")


class Teller(Overheard):
    """A model server that says numbered words, and no more of them than it may: however slow the machine is, a story
    that is held back is not told to its end before the test has done what it does in mid-story."""

    def __init__(self) -> None:
        super().__init__(words=WORDS, rate=RATE, before_word=self._turn_of)
        self._until = WORDS
        self._changed = asyncio.Event()

    def hold(self, until: int) -> None:
        """From now on say no word with a higher number."""
        self._until = until
        self._loop.call_soon_threadsafe(self._look_again)

    def go_on(self) -> None:
        """Say all of them."""
        self.hold(WORDS)

    def _look_again(self) -> None:
        self._changed.set()
        self._changed.clear()

    async def _turn_of(self, number: int) -> None:
        while number > self._until:
            await self._changed.wait()


@pytest.fixture(scope="session")
def _teller() -> Iterator[Teller]:
    with Teller() as running:
        yield running


@pytest.fixture
def teller(_teller: Teller) -> Iterator[Teller]:
    """What tells the stories of the engine `openai`; after the test it is not held back."""
    yield _teller
    _teller.go_on()


@pytest.fixture(scope="session")
def page_dist(_needs: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built page, so that building it anew meanwhile does not pull it away."""
    copied: Path = shutil.copytree(ROOT / "web" / "dist", tmp_path_factory.mktemp("page") / "dist")
    return copied


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, _teller: Teller, page_dist: Path) -> Iterator[Server]:
    """Storybot with the storyteller in the box as its default, and the numbered words as the other engine."""
    settings = _teller.settings | {"ENGINE": "storyteller", "STORYTELLER_PACE": "0", "LIMITS": "off", "WEB_DIST": page_dist}
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

        page.on("console", lambda message: complain(f"{message.text} ({message.location})") if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complain(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def same_configuration(server: Server) -> Iterator[None]:
    """What is chosen on the page is also the default for new devices; after the test it is as it was before."""
    before = call(f"{server.url}/configuration").json
    yield
    chosen = {name: before[name] for name in ("engine", "model", "language", "theme", "age_band", "length")}
    assert call(f"{server.url}/configuration", "PATCH", chosen).status == 200


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    found: Path = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    need(found.is_file(), "axe-core (npm --prefix web ci)")
    return found.read_text(encoding="utf-8")
