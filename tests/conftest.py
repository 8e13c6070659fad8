"""What the backend's tests share: one app and one schema a session, empty tables for each test, a worker that steps."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storybot import schema
from storybot.accounts import mail, passwords, people, sessions
from storybot.accounts.models import MEMBER, Account, Role
from storybot.app import create_app
from storybot.db import Base, db, make_engine, writing
from storybot.models import insert_default_config
from storybot.settings import Settings, read_settings
from storybot.worker import Worker
from tests.fakes.engine import ScriptedEngine
from tests.fakes.letters import Sent

#: What a browser at the page's own address sends.
LOCAL = "http://127.0.0.1:5000"


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_developer() -> Iterator[None]:
    """No variable and no .env file of whoever runs the tests reaches them."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("STORYBOT_") and not name.startswith("STORYBOT_TEST_")}
    kept_file = Settings.model_config["env_file"]
    Settings.model_config["env_file"] = None
    yield
    Settings.model_config["env_file"] = kept_file
    os.environ.update(kept)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with an OpenAI-compatible engine set up (nobody answers there) and a page to serve."""
    data = tmp_path_factory.mktemp("data")
    return read_settings(
        data_dir=data,
        web_dist=_page(data / "dist"),
        openai_base_url="http://127.0.0.1:9/v1",
        openai_model="some-model",
        openai_api_key="a-secret-key",
        requests_per_minute=1_000_000,
    )


def _page(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<!doctype html><meta name="storybot-api" content="/wrong"><title>Storybot</title>')
    (folder / "assets" / "index-abc123.js").write_text("export {};")
    (folder / "assets" / "index-abc123.js.gz").write_bytes(b"\x1f\x8b squeezed")
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


@pytest.fixture(scope="session")
def app(settings: Settings) -> APIFlask:
    """The app over an up-to-date database."""
    schema.upgrade(settings)
    return create_app(settings)


@pytest.fixture(scope="session")
def database(settings: Settings, app: APIFlask) -> Iterator[Engine]:
    """An engine of its own, as the worker has one."""
    engine = make_engine(settings.sqlalchemy_url)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _empty_tables(request: pytest.FixtureRequest) -> None:
    """Tables are empty but for the default configuration. (Web and worker each have connections of their own, so a
    rollback could not span a test.)"""
    if not {"app", "app_with_accounts", "client", "database", "session", "worker", "told"} & set(request.fixturenames):
        return
    database: Engine = request.getfixturevalue("database")
    with Session(database) as session, writing(session):
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
        insert_default_config(session)


@pytest.fixture
def client(app: APIFlask, database: Engine) -> FlaskClient:
    """A client of the API."""
    return app.test_client()


@pytest.fixture(autouse=True, scope="session")
def _quick_hashes() -> Iterator[None]:
    """Passwords are hashed with the least that argon2 takes."""
    kept, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords.hasher = kept


@pytest.fixture(scope="session")
def app_with_accounts(settings: Settings, app: APIFlask) -> Iterator[APIFlask]:
    """An app with accounts over the same database; anybody may sign up."""
    same = {name: getattr(settings, name) for name in ("data_dir", "web_dist", "requests_per_minute", "openai_base_url", "openai_model")}
    made = create_app(read_settings(**same, accounts="on", sign_up="open", secret_key="tests only, no secret at all, tests only"))
    yield made
    with made.app_context():
        db.engine.dispose()


class Visitor(FlaskClient):
    """A browser at a server with accounts: it has a cookie, and sends the page's token with whatever changes something."""

    account_id = ""
    owner_id = ""

    def open(self, *given: Any, **options: Any) -> Any:
        if options.get("method", "GET") not in {"GET", "HEAD", "OPTIONS"} and "csrf" not in options:
            options["headers"] = {"X-CSRF-Token": self.session()["csrf"]} | dict(options.get("headers") or {})
        options.pop("csrf", None)
        return super().open(*given, **options)

    def session(self) -> dict[str, Any]:
        """The session object."""
        shown: dict[str, Any] = self.get("/auth/session").json
        return shown


#: What everybody's password is who was signed in by `signed_in`.
PASSWORD = "seven purple whales"


@pytest.fixture
def visitor(app_with_accounts: APIFlask, database: Engine) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(app_with_accounts, app_with_accounts.response_class)


@pytest.fixture
def signed_in(app_with_accounts: APIFlask, database: Engine) -> Callable[..., Visitor]:
    """A browser of somebody who is signed in: `signed_in("a@example.com", role="admin")`; another one of the same account
    where there is one already."""

    def sign_in(email: str = "anna@example.com", role: Role = MEMBER) -> Visitor:
        client = Visitor(app_with_accounts, app_with_accounts.response_class)
        with Session(database, expire_on_commit=False) as session, writing(session):
            account = people.by_email(session, email)
            account = account or people.create(session, email, passwords.hashed(PASSWORD), role=role, confirmed=True)
            token = sessions.begin(session, account, sessions.place_of("192.0.2.7", "Firefox on Linux"))
        client.set_cookie("storybot", token)
        client.account_id, client.owner_id = account.id, account.owner_id
        return client

    return sign_in


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """The mails that were sent, in order; none leaves this process."""
    sent: list[Sent] = []
    monkeypatch.setattr(mail.Mailer, "send", lambda _self, to, name, language, link="": sent.append(Sent(to, name, language, link)))
    return sent


@pytest.fixture
def account_of(session: Session) -> Callable[[str], Account]:
    """The row of an account, as it is in the database now."""

    def look(email: str) -> Account:
        session.rollback()
        session.expire_all()
        found = people.by_email(session, email)
        assert found is not None
        return found

    return look


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """A session for tests of the domain."""
    with Session(database, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def engine() -> ScriptedEngine:
    """The engine that every name stands for in `worker`."""
    return ScriptedEngine()


Running = Callable[[Callable[[Worker], Awaitable[Any]]], Any]


@pytest.fixture
def worker(database: Engine, settings: Settings, engine: ScriptedEngine) -> Running:
    """Run a coroutine function with a registered worker: `worker(lambda running: finish_all(running))`."""

    def run(body: Callable[[Worker], Awaitable[Any]]) -> Any:
        async def inside() -> Any:
            async with a_worker(database, settings, engine) as running:
                return await body(running)

        return asyncio.run(inside())

    return run


@asynccontextmanager
async def a_worker(database: Engine, settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Worker]:
    """A registered worker that leaves in the end. It does not run by itself: call `step`."""
    running = Worker(database, {"storyteller": lambda: engine, "openai": lambda: engine, "openai:": lambda: engine}, settings)
    await running.register()
    try:
        yield running
    finally:
        await running.leave()


async def finish_all(running: Worker, most_steps: int = 10_000) -> None:
    """Step until nothing is open any more."""
    await running.step()
    for _ in range(most_steps):
        if running.idle:
            return
        await asyncio.sleep(0)
        await running.step()
    raise AssertionError("the worker does not come to an end")


@pytest.fixture
def told(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> Callable[..., dict[str, Any]]:
    """Tell a whole story through the API and the worker: `told("One.", " Two.", prompt="…")` gives the story."""

    def tell(*pieces: str, **wanted: Any) -> dict[str, Any]:
        engine.enqueue(*(pieces or ("Once", " upon a time.")))
        made = client.post("/stories", json={"prompt": "A dragon who is afraid of fire"} | wanted)
        assert made.status_code == 201, made.json
        worker(finish_all)
        shown: dict[str, Any] = client.get(f"/stories/{made.json['id']}").json
        return shown

    return tell
