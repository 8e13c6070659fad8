"""The reader's defaults, the engines that there are, and whether the server is well."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storybot import workers
from storybot.clock import now
from storybot.db import writing
from storybot.models import WorkerRow
from storybot.settings import Settings
from storybot.worker import Worker
from tests.api.support import pointers, refused
from tests.conftest import Running, finish_all
from tests.fakes.engine import ScriptedEngine

DEFAULTS = {
    "engine": None, "model": None, "language": None, "theme": "system", "age_band": "6-8", "length": "short",
    "style": None, "private_names": None, "fallbacks": None,
}  # fmt: skip


def test_a_default_configuration_is_there_from_the_start(client: FlaskClient, settings: Settings) -> None:
    limits = {"prompt_chars": 4000, "text_chars": 100_000, "wish_chars": 1000, "title_chars": 200, "import_bytes": 134_217_728, "open_generations": 8}
    assert client.get("/configuration").json == DEFAULTS | {"default_engine": "storyteller", "limits": limits}


def test_limits_that_are_off_are_none(another: Callable[..., FlaskClient]) -> None:
    assert another(limits="off").get("/configuration").json["limits"]["open_generations"] is None
    assert another(prompt_chars=7, open_generations=2).get("/configuration").json["limits"]["prompt_chars"] == 7


def test_a_change_leaves_the_rest_as_it_is(client: FlaskClient) -> None:
    before = client.get("/configuration").json
    changed = client.patch("/configuration", json={"theme": "night", "language": "de"})
    assert changed.status_code == 200
    assert changed.json == before | {"theme": "night", "language": "de"} == client.get("/api/configuration").json
    assert client.patch("/configuration", json={"language": None}).json == before | {"theme": "night"}
    assert client.patch("/configuration", json={}).json == before | {"theme": "night"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"theme": "neon"}, "/theme"),
        ({"theme": None}, "/theme"),
        ({"age_band": "0-99"}, "/age_band"),
        ({"length": None}, "/length"),
        ({"language": "fr"}, "/language"),
        ({"engine": "none"}, "/engine"),
        ({"model": "x" * 201}, "/model"),
        ({"model": "a\x00"}, "/model"),
        ({"limits": {}}, "/limits"),
        ({"default_engine": "openai"}, "/default_engine"),
        ({"owner_id": "x"}, "/owner_id"),
    ],
)
def test_what_does_not_fit_changes_nothing(client: FlaskClient, body: dict[str, object], pointer: str) -> None:
    before = client.get("/configuration").json
    assert pointers(client.patch("/configuration", json={"length": "long"} | body)) == [pointer]
    assert client.get("/configuration").json == before


def test_an_engine_that_is_not_set_up_cannot_be_the_default(another: Callable[..., FlaskClient]) -> None:
    client = another()
    assert pointers(client.patch("/configuration", json={"engine": "openai"})) == ["/engine"]
    assert client.patch("/configuration", json={"engine": "storyteller"}).status_code == 200


def test_the_engines_say_where_the_text_goes_and_never_the_key(client: FlaskClient) -> None:
    answer = client.get("/engines")
    same = {"label": None, "shared": False}
    here = same | {"place": "here", "host": None, "model": None, "models": []}
    storyteller = here | {"name": "storyteller", "kind": "storyteller", "state": "ready", "available": True, "reason": None, "default": True}
    openai = same | {"name": "openai", "kind": "openai", "state": "ready", "available": True, "reason": None, "default": False}
    local = here | {"name": "local", "kind": "local", "state": "not-downloaded", "available": False, "reason": "model-missing", "default": False}
    asked = {"model": "some-model", "models": ["some-model"], "place": "here", "host": "127.0.0.1"}
    assert answer.json == [storyteller, openai | asked, local]
    assert b"a-secret-key" not in answer.data


def test_an_engine_that_is_not_set_up_says_so(another: Callable[..., FlaskClient]) -> None:
    found = another().get("/engines").json[1]
    assert (found["available"], found["reason"], found["models"], found["host"]) == (False, "engine-not-configured", [], None)


def test_the_password_in_an_engines_address_is_not_shown(another: Callable[..., FlaskClient]) -> None:
    client = another(openai_base_url="https://user:pass@models.test:8443/v1", openai_model="m")
    answer = client.get("/engines")
    assert answer.json[1]["host"] == "models.test"
    assert b"pass" not in answer.data


def test_the_operators_default_engine_writes(another: Callable[..., FlaskClient]) -> None:
    client = another(engine="openai", openai_base_url="http://127.0.0.1:9/v1", openai_model="m")
    assert client.get("/configuration").json["default_engine"] == "openai"
    story = client.post("/stories", json={"prompt": "x"}).json
    assert (story["engine"], story["model"]) == ("openai", "m")


def test_healthz_needs_nothing(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_readyz_wants_a_worker_that_lives(client: FlaskClient, worker: Running, database: Engine) -> None:
    assert refused(client.get("/readyz"), 503, "not-ready")["part"] == "worker"

    async def body(_running: Worker) -> None:
        assert client.get("/readyz").json == {"status": "ok"}
        with Session(database) as session, writing(session):
            session.execute(update(WorkerRow).values(lost_at=now()))
        assert client.get("/readyz").status_code == 503
        with Session(database) as session, writing(session):
            session.execute(update(WorkerRow).values(lost_at=None))

    worker(body)
    refused(client.get("/readyz"), 503, "not-ready")


def test_readyz_wants_a_database_that_answers(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> bool:
        raise SQLAlchemyError("cannot connect to db.internal as root")

    monkeypatch.setattr(workers, "alive", broken)
    answer = client.get("/readyz")
    assert refused(answer, 503, "not-ready")["part"] == "database"
    assert b"db.internal" not in answer.data


def test_a_story_of_an_engine_that_is_gone_goes_on_with_the_default(
    client: FlaskClient, another: Callable[..., FlaskClient], worker: Running, engine: ScriptedEngine
) -> None:
    engine.enqueue("Once.")
    story = client.post("/stories", json={"prompt": "x", "engine": "openai"}).json
    worker(finish_all)
    assert client.patch("/configuration", json={"engine": "openai"}).status_code == 200
    without = another(openai_base_url=None, openai_model=None)
    assert without.post("/stories", json={"prompt": "x"}).json["engine"] == "storyteller"
    further = without.post(f"/stories/{story['id']}/passages", json={"action": "continue"})
    assert further.json["generation"]["engine"] == "storyteller"
    assert without.post("/stories", json={"prompt": "x", "engine": "openai"}).status_code == 422
