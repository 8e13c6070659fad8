"""Requests made from the OpenAPI document: no fault of the server, and nothing that the document does not say.

`make fuzz` runs 10,000 of them; STORYBOT_FUZZ_CASES says how many.
"""

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, checks
from sqlalchemy import Engine

from storybot import schema as tables
from storybot.app import create_app
from storybot.db import make_engine
from storybot.settings import read_settings
from storybot.worker import Worker
from tests.fakes.engine import ScriptedEngine

#: Cases in all; each operation gets its share.
CASES = int(os.environ.get("STORYBOT_FUZZ_CASES") or 420)
OPERATIONS = 21
#: Not `positive_data_acceptance`: some refusals depend on more than a schema says (an engine that is not set up, a text
#: of white space, `text` only for some actions); each has a test of its own.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]

#: A folder for each of the processes that share the tests between them: all of them import this module.
_FOLDER = f"build/fuzz-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
_settings = read_settings(data_dir=_FOLDER, limits="off", _env_file=None)
(_settings.data_path / "storybot.sqlite3").unlink(missing_ok=True)
tables.upgrade(_settings)
_app = create_app(_settings)
api = schemathesis.openapi.from_wsgi("/openapi.json", _app)


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


@api.parametrize()
@settings(
    max_examples=max(1, CASES // OPERATIONS),
    deadline=None,
    derandomize=CASES < 1000,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_does_what_its_document_says(case: Case) -> None:
    case.call_and_validate(checks=CHECKS)
