"""Requests made from the OpenAPI document: no fault of the server, and nothing that the document does not say. Once without
accounts, and once with them, signed in as an administrator.

`make fuzz` runs 10,000 of them; STORYBOT_FUZZ_CASES says how many.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, checks
from schemathesis.config._checks import NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES
from sqlalchemy import Engine, select

from storybot import family
from storybot import schema as tables
from storybot.accounts import people, sessions
from storybot.accounts.mail import Mailer
from storybot.api.documents import openapi
from storybot.app import create_app
from storybot.db import db, make_engine, writing
from storybot.models import ReaderProfile
from storybot.reader import everybody
from storybot.settings import read_settings
from storybot.worker import Worker
from tests.fakes.engine import ScriptedEngine

#: Cases in all, half of them without accounts; each operation gets its share.
CASES = int(os.environ.get("STORYBOT_FUZZ_CASES") or 800)


def _is_padded(body: Any) -> bool:
    """Whether a text in it has white space around it. That goes before its length is looked at, which no schema can say."""
    if isinstance(body, dict):
        return any(map(_is_padded, body.values()))
    if isinstance(body, list):
        return any(map(_is_padded, body))
    return isinstance(body, str) and body != body.strip()


def negative_data_rejection(context: Any, response: Any, case: Case) -> Any:
    """As schemathesis has it, but for texts that are padded."""
    return None if _is_padded(case.body) else checks.negative_data_rejection(context, response, case)


#: Not `positive_data_acceptance`: some refusals depend on more than a schema says (an engine that is not set up, a text
#: of white space, `text` only for some actions); each has a test of its own.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    negative_data_rejection,
    checks.unsupported_method,
]

ADMIN = "admin@example.com"

#: A folder for each of the processes that share the tests between them: all of them import this module.
_FOLDER = f"build/fuzz-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
_settings = read_settings(data_dir=_FOLDER, limits="off", _env_file=None)
(_settings.data_path / "storybot.sqlite3").unlink(missing_ok=True)
tables.upgrade(_settings)
_app = create_app(_settings)
_app_with_accounts = create_app(_settings.model_copy(update={"accounts": "on", "sign_up": "open"}))
api = schemathesis.openapi.from_wsgi("/openapi.json", _app)
with _app_with_accounts.app_context():
    api_with_accounts = schemathesis.openapi.from_dict(openapi(_app_with_accounts))
api_with_accounts.app = _app_with_accounts
for _schema in (api, api_with_accounts):  # a body that is too large is refused as such, whatever else is wrong with it
    _schema.config.checks.negative_data_rejection.expected_statuses = [*NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES, "413"]


@pytest.fixture(autouse=True, scope="module")
def _working() -> Iterator[None]:
    """A worker with a scripted engine, so that every generation ends and every stream of events closes."""
    stopping = threading.Event()
    database = make_engine(_settings.sqlalchemy_url)
    thread = threading.Thread(target=lambda: asyncio.run(_work(database, stopping)))
    thread.start()
    yield
    stopping.set()
    thread.join(20)
    database.dispose()


async def _work(database: Engine, stopping: threading.Event) -> None:
    engine = ScriptedEngine()
    told = asyncio.Event()
    worker = Worker(database, {"storyteller": lambda: engine, "openai": lambda: engine}, _settings)
    running = asyncio.create_task(worker.run(told))
    await asyncio.to_thread(stopping.wait)
    told.set()
    await running


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: dict[str, str]) -> dict[str, str]:
    """Half of the ids are those of real things, as no generator would ever guess one."""
    for name, value in list((path_parameters or {}).items()):
        if len(str(value)) % 2 == 0:
            path_parameters[name] = _REAL.get(name, value)
    return path_parameters


_REAL: dict[str, str] = {}


@pytest.fixture(autouse=True, scope="module")
def _real_things(_working: None) -> None:
    client = _app.test_client()
    prompt = client.post("/prompts", json={"content": "A prompt"}).json
    story = client.post("/stories", json={"prompt": "A story"}).json
    _REAL.update(prompt_id=str(prompt["id"]), story_id=story["id"], generation_id=story["generation"]["id"])
    events = client.get(story["generation"]["events"])
    assert b"event: done" in events.data


def _share(operations: int) -> Any:
    return settings(
        max_examples=max(1, CASES // 2 // operations),
        deadline=None,
        derandomize=CASES < 1000,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@api.parametrize()
@_share(24)
def test_the_api_does_what_its_document_says(case: Case) -> None:
    case.call_and_validate(checks=CHECKS)


@pytest.fixture(autouse=True, scope="module")
def _no_mail_leaves() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(Mailer, "send", lambda *_given, **_more: None)
    yield
    patch.undo()


@api_with_accounts.parametrize()
@_share(80)
def test_so_it_does_with_accounts(case: Case) -> None:
    case.call_and_validate(checks=CHECKS, headers=_signed_in())


def _signed_in() -> dict[str, str]:
    """The headers of an administrator who has just signed in: a case before may have ended the session, or more."""
    with _app_with_accounts.app_context(), writing(db.session()) as session, everybody(session):
        account = people.by_email(session, ADMIN)
        account = account or people.create(session, ADMIN, None, role="admin", confirmed=True)
        account.role, account.disabled_at = "admin", None
        profile = session.scalars(select(ReaderProfile)).first()
        if profile is None:
            profile = family.add(session, account.owner_id, name="A child", age_band="6-8")
        _REAL.update(profile_id=profile.id, account_id=account.id)
        token = sessions.begin(session, account, sessions.place_of("192.0.2.7", "Firefox on Linux"))
    keys = _app_with_accounts.extensions["storybot"].accounts.keys
    return {"Cookie": f"storybot={token}", "X-CSRF-Token": keys.sign("csrf", token)}
