"""A Storybot with accounts, before which people stand with browsers of their own."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from passlib.totp import TOTP  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.conftest import DESKTOP, LOCALES, PATIENCE_MS
from tests.e2e.seen import account_texts, filled
from tests.processes.harness import Server, environment, free_port, wait_until

PASSWORD = "seven green kites over the harbour"
NEW_PASSWORD = "nine quiet owls in the old library"
#: What a browser's console says of every answer that is a refusal, such as of a wrong password.
REFUSED = "the server responded with a status of"


class People:
    """Browsers before one server with accounts; whatever their consoles complain of is kept in `complaints`."""

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server = server
        #: Passkeys belong to a name, never to a number.
        self.url = f"http://localhost:{server.port}"
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(self, path: str = "/", *, language: str = "en", size: Any = DESKTOP, **more: Any) -> Page:
        """A page in a browser of its own."""
        expect.set_options(timeout=PATIENCE_MS)
        context = self._browser.new_context(base_url=self.url, viewport=size, locale=LOCALES[language], **more)
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._hear(str(error)))
        page.goto(path)
        return page

    def _hear(self, text: str) -> None:
        if REFUSED not in text:
            self.complaints.append(text)

    def make_administrator(self, email: str) -> None:
        """What whoever runs the server does in its terminal."""
        words = [sys.executable, "-m", "storybot", "user", "make-admin", email]
        subprocess.run(words, cwd=self.server.data.parent, env=environment(self.server.data, ACCOUNTS="on"), check=True, capture_output=True)

    def close(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def mailed_link(self, email: str, subject: str) -> str:
        """The link of the newest mail to this address whose subject begins so, once it was sent."""
        pattern = re.compile(rf"Mail to {re.escape(email)}: {re.escape(subject)}[^\n]*\n\s+(\S+)")
        links: list[str] = wait_until(lambda: pattern.findall(self.server.output), 20, f"a mail to {email}: {subject}")
        return links[-1]


def fill_in(page: Page | Locator, language: str, **values: str) -> None:
    """Type into fields, by the names of their labels in the catalogue."""
    words = account_texts(language)["fields"]
    for name, value in values.items():
        page.get_by_label(words[name], exact=True).fill(value)


def sign_up(people: People, page: Page, email: str, language: str = "en") -> None:
    """Make an account, as somebody does who has just come here, and confirm the address."""
    words = account_texts(language)
    page.goto("/sign-up")
    fill_in(page, language, email=email, password=PASSWORD)
    page.get_by_role("button", name=words["signUp"]["go"]).click()
    expect(page.get_by_role("heading", name=words["sent"]["title"])).to_be_visible()
    page.goto(people.mailed_link(email, "Confirm your address" if language == "en" else "Bestätige deine Adresse"))
    expect(page.get_by_role("status")).to_contain_text(words["signIn"]["confirmed"])


def sign_in(page: Page, email: str, password: str = PASSWORD, language: str = "en") -> None:
    """Type address and password where they are asked for."""
    fill_in(page, language, email=email, password=password)
    page.get_by_role("button", name=account_texts(language)["signIn"]["go"], exact=True).click()


def from_menu(page: Page, email: str, entry: str, language: str = "en") -> None:
    """Choose an entry of the account's menu."""
    words = account_texts(language)["menu"]
    page.get_by_role("button", name=filled(words["label"], name=email)).click()
    page.get_by_role("menuitem", name=words[entry]).click()


def code_of(secret: str, later_s: int = 0) -> str:
    """What an app that was given this secret shows, now or so many seconds later."""
    totp = TOTP(key=secret, format="base32")
    token: str = totp.generate(time=None if later_s == 0 else totp.normalize_time(None) + later_s).token
    return token


@pytest.fixture(scope="module")
def people_server(tmp_path_factory: pytest.TempPathFactory, page_dist: Path) -> Iterator[Server]:
    """One server with accounts, open to all; it shows its mails in the terminal."""
    port = free_port()
    settings: dict[str, Any] = {
        "ACCOUNTS": "on",
        "SIGN_UP": "open",
        "SITE_URL": f"http://localhost:{port}",
        "STORYTELLER_PACE": "0",
        "WEB_DIST": page_dist,
    }
    with Server(tmp_path_factory.mktemp("people") / "data", port=port, **settings) as running:
        yield running


@pytest.fixture
def people(people_server: Server, browser: Browser) -> Iterator[People]:
    """Whoever comes; a console's complaint makes the test fail."""
    found = People(people_server, browser)
    yield found
    found.close()
    assert not found.complaints, "\n".join(found.complaints)
