"""Servers that people connect: kept, checked, chosen, shared, forgotten; and their keys, which nobody sees."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import chores, connections, joblist
from storybot.api import trials
from storybot.engines.connected import ConnectedEngine
from storybot.engines.registry import engines
from storybot.models import Connection
from storybot.settings import Settings, read_settings
from storybot.worker import Worker
from tests.api.support import pointers, refused
from tests.conftest import Running, Visitor, finish_all
from tests.fakes.engine import ScriptedEngine
from tests.fakes.model_server import ModelServer

SignedIn = Callable[..., Visitor]
KEY = "sk-a-key-that-nobody-sees"
GIVEN = {"name": "My server", "base_url": "https://models.example/v1", "key": KEY}


def connected(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    """A connection as it is shown after it was made."""
    answer = client.post("/connections", json=GIVEN | changes)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    shown: dict[str, Any] = answer.json
    assert answer.headers["Location"].endswith(f"/connections/{shown['id']}")
    return shown


def test_a_connection_is_kept_and_its_key_is_never_shown(client: FlaskClient, session: Session) -> None:
    headers = {"X-Org": "a-secret-organisation"}
    prices, timeouts = {"currency": "EUR", "in": 0.5, "out": 1.5}, {"connect_s": 3.0}
    shown = connected(client, headers=headers, prices=prices, timeouts=timeouts, model="m")
    assert shown == client.get(f"/connections/{shown['id']}").json == client.get("/connections").json[0]
    assert (shown["engine"], shown["host"], shown["place"]) == (f"openai:{shown['id']}", "models.example", "sent")
    assert (shown["has_key"], shown["has_headers"], shown["own"], shown["shared"]) == (True, True, True, False)
    assert (shown["prices"], shown["timeouts"], shown["state"]) == (prices, timeouts, "unchecked")
    row = session.scalars(select(Connection)).one()
    assert KEY not in (row.secret or "")
    for path in ("/connections", "/engines", f"/connections/{shown['id']}"):
        assert KEY.encode() not in client.get(path).data
        assert b"secret-organisation" not in client.get(path).data


def test_a_preset_says_what_is_left_out(client: FlaskClient) -> None:
    presets = {one["id"]: one for one in client.get("/connections/presets").json}
    assert len(presets) == 13
    shown = client.post("/connections", json={"preset": "ollama"}).json
    assert (shown["name"], shown["base_url"], shown["place"]) == ("Ollama", presets["ollama"]["base_url"], "here")
    assert client.post("/connections", json={"preset": "openai"}).json["state"] == "needs-key"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"base_url": "ftp://x"}, "/base_url"),
        ({"base_url": "https://name:word@models.example"}, "/base_url"),
        ({"base_url": " "}, "/base_url"),
        ({"name": ""}, "/name"),
        ({"preset": "nobody"}, "/preset"),
        ({"headers": {"Host": "x"}}, "/headers"),
        ({"headers": {"X": "a\r\nY: b"}}, "/headers"),
        ({"headers": {"a b": "x"}}, "/headers/a b/key"),
        ({"prices": {"currency": "Euro", "in": 1, "out": 1}}, "/prices/currency"),
        ({"prices": {"currency": "EUR", "in": -1, "out": 1}}, "/prices/in"),
        ({"timeouts": {"stall_s": 0}}, "/timeouts/stall_s"),
        ({"owner_id": "x"}, "/owner_id"),
    ],
)
def test_what_does_not_fit_is_not_kept(client: FlaskClient, body: dict[str, Any], pointer: str) -> None:
    assert pointers(client.post("/connections", json=GIVEN | body)) == [pointer]
    assert client.get("/connections").json == []


def test_a_new_address_forgets_the_key(client: FlaskClient, settings: Settings, session: Session) -> None:
    """Otherwise whoever gets at the page for a moment could have the key sent to a server of theirs."""
    shown = connected(client)
    path = f"/connections/{shown['id']}"
    assert client.patch(path, json={"base_url": "https://models.example/v2", "name": "Still mine"}).json["has_key"]
    assert not client.patch(path, json={"base_url": "https://models.example.evil.net/v1"}).json["has_key"]
    assert client.patch(path, json={"base_url": "https://other.example", "key": "another"}).json["has_key"]
    assert connections.server(settings, session.scalars(select(Connection)).one()).key == "another"
    assert not client.patch(path, json={"key": None}).json["has_key"]


def test_a_preset_says_in_which_header_the_key_goes(client: FlaskClient, settings: Settings, session: Session) -> None:
    connected(client, preset="azure")
    server = connections.server(settings, session.scalars(select(Connection)).one())
    assert (server.key, server.headers) == (None, {"api-key": KEY})


def test_there_is_an_end_to_them(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 1)
    connected(client)
    assert refused(client.post("/connections", json=GIVEN), 409, "conflict")["limit"] == 1


def _checked(client: FlaskClient, database: Engine, settings: Settings, **changes: Any) -> dict[str, Any]:
    """A connection to a fake server after it was checked as the clerk does it."""

    async def scene() -> dict[str, Any]:
        async with ModelServer(words=12) as server:
            given = {"base_url": server.base_url} | changes
            made = await asyncio.to_thread(connected, client, **given)
            await asyncio.to_thread(client.post, f"/connections/{made['id']}/checks")
            running = (await asyncio.to_thread(client.get, f"/connections/{made['id']}")).json
            assert running["check"]["state"] == "running"
            for job_id in joblist.waiting(database, [joblist.CHECK]):
                await asyncio.to_thread(chores.do, database, settings, job_id)
        found: dict[str, Any] = client.get(f"/connections/{made['id']}").json
        return found

    return asyncio.run(scene())


def test_a_check_finds_models_and_chooses_one(client: FlaskClient, database: Engine, settings: Settings) -> None:
    shown = _checked(client, database, settings)
    assert shown["state"] == shown["check"]["state"] == "ready"
    assert shown["check"]["models"] == [shown["model"]]
    assert shown["check"]["latency_ms"] >= 0
    assert shown["checked_at"]
    offer = client.get("/engines").json[-1]
    assert (offer["name"], offer["label"], offer["available"], offer["place"]) == (shown["engine"], "My server", True, "here")


@pytest.mark.parametrize(
    ("changes", "state", "slug"),
    [({"base_url": "http://127.0.0.1:9/v1"}, "unreachable", "engine-unreachable"), ({"base_url": "http://nowhere.invalid/v1"}, "unreachable", None)],
)
def test_a_check_that_fails_says_why(
    client: FlaskClient, database: Engine, settings: Settings, changes: dict[str, Any], state: str, slug: str | None
) -> None:
    shown = _checked(client, database, settings, **changes)
    assert (shown["state"], shown["check"]["models"]) == (state, [])
    assert shown["check"]["problem"] == (slug or "engine-unreachable")


def test_inside_addresses_are_the_operators_to_open(another: Callable[..., FlaskClient], database: Engine, settings: Settings) -> None:
    closed = {"data_dir": settings.data_dir, "private_servers": "off"}
    shown = _checked(another(**closed), database, read_settings(**closed))
    assert (shown["state"], shown["check"]["problem"]) == ("unreachable", "engine-blocked")


def test_a_key_of_another_secret_is_asked_for_again(another: Callable[..., FlaskClient], database: Engine, settings: Settings) -> None:
    first = another(secret_key="a" * 32)
    connected(first)
    second = another(secret_key="b" * 32)
    job_id = second.post(f"/connections/{second.get('/connections').json[0]['id']}/checks").json["id"]
    chores.do(database, read_settings(data_dir=settings.data_dir, secret_key="b" * 32), job_id)
    shown = second.get("/connections").json[0]
    assert (shown["state"], shown["check"]["problem"], shown["has_key"]) == ("needs-key", "engine-key-lost", False)


def test_a_story_is_written_by_a_connected_server(client: FlaskClient, database: Engine, settings: Settings) -> None:
    async def scene() -> None:
        async with ModelServer(words=12) as server:
            made = await asyncio.to_thread(connected, client, base_url=server.base_url, model="words")
            body = {"prompt": "A whale", "engine": made["engine"]}
            story = (await asyncio.to_thread(client.post, "/stories", json=body)).json
            assert (story["engine"], story["model"]) == (made["engine"], "words")
            running = Worker(database, engines(settings), settings)
            await running.register()
            await finish_all(running)
            await running.leave()
            passages = (await asyncio.to_thread(client.get, f"/stories/{story['id']}/passages")).json
            assert passages[0]["state"] == "done"
            assert passages[0]["text"]

    asyncio.run(scene())


def test_one_can_be_the_default_until_it_is_gone(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    made = connected(client, model="m")
    assert client.patch("/configuration", json={"engine": made["engine"]}).status_code == 200
    story = client.post("/stories", json={"prompt": "A whale"}).json
    assert story["engine"] == made["engine"]
    engine.enqueue("Once.")
    worker(finish_all)
    assert client.delete(f"/connections/{made['id']}").status_code == 204
    assert client.get("/configuration").json["engine"] is None
    refused(client.get(f"/connections/{made['id']}"), 404, "not-found")
    wanted = client.post("/stories", json={"prompt": "A whale", "engine": made["engine"]})
    assert pointers(wanted) == ["/engine"]
    passage = client.post(f"/stories/{story['id']}/passages", json={"action": "continue"}).json
    assert passage["generation"]["engine"] == "storyteller"


def test_without_its_connection_the_engine_says_so() -> None:
    from storybot.engines.contract import EngineError
    from tests.engines.openai.support import order

    async def scene() -> None:
        with pytest.raises(EngineError) as failed:
            async for _event in ConnectedEngine().write(order()):
                pass
        assert failed.value.slug == "engine-not-configured"

    asyncio.run(scene())


def test_a_trial_is_on_no_shelf(client: FlaskClient, worker: Running, engine: ScriptedEngine, database: Engine) -> None:
    engine.enqueue("Snow fell.")
    answer = client.post("/engines/trials", json={"engine": "storyteller", "language": "en"})
    assert answer.status_code == 201
    story_id, generation = answer.json["story_id"], answer.json["generation"]
    worker(finish_all)
    assert "Snow fell." in client.get(generation["events"]).get_data(as_text=True)
    assert client.get(f"/stories/{story_id}").json["brief"]["prompt"] == trials.PROMPTS["en"]
    assert client.get("/stories").json == client.get("/stories?q=snow").json == client.get("/stories?bin=true").json == []


def test_a_trial_goes_with_time(client: FlaskClient, worker: Running, engine: ScriptedEngine, database: Engine) -> None:
    from storybot import stories
    from storybot.clock import now
    from storybot.db import writing

    engine.enqueue("Snow fell.")
    kept = client.post("/stories", json={"prompt": "A whale"}).json["id"]
    engine.enqueue("A whale.")
    tried = client.post("/engines/trials", json={"engine": "storyteller"}).json["story_id"]
    worker(finish_all)
    with Session(database) as session, writing(session):
        stories.forget_trials(session.connection(), now())
    assert client.get(f"/stories/{tried}").status_code == 404
    assert client.get(f"/stories/{kept}").status_code == 200


def test_what_an_administrator_shares_is_used_and_not_seen(signed_in: SignedIn) -> None:
    admin, member = signed_in("root@example.com", "admin"), signed_in("anna@example.com")
    refused(member.post("/connections", json=GIVEN | {"shared": True}), 403, "forbidden")
    made = connected(admin, shared=True, model="m")
    [seen] = member.get("/connections").json
    assert (seen["name"], seen["own"], seen["base_url"], seen["has_key"]) == ("My server", False, None, False)
    assert member.get("/engines").json[-1]["name"] == made["engine"]
    assert member.post("/stories", json={"prompt": "A whale", "engine": made["engine"]}).status_code == 201
    for call in (member.get, member.delete):
        refused(call(f"/connections/{made['id']}"), 404, "not-found")
    refused(member.patch(f"/connections/{made['id']}", json={"name": "Mine"}), 404, "not-found")
    refused(member.post(f"/connections/{made['id']}/checks"), 404, "not-found")
    admin.patch(f"/connections/{made['id']}", json={"shared": False})
    assert member.get("/connections").json == []
    refused(member.post("/stories", json={"prompt": "A whale", "engine": made["engine"]}), 422, "invalid")


def test_a_child_connects_nothing(signed_in: SignedIn) -> None:
    anna = signed_in()
    connected(anna, model="m")
    profile = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8", "engines": ["storyteller"]}).json
    anna.post("/auth/profile", json={"profile_id": profile["id"]})
    refused(anna.get("/connections"), 403, "forbidden")
    refused(anna.post("/connections", json=GIVEN), 403, "forbidden")
    refused(anna.post("/engines/trials", json={}), 403, "forbidden")
    assert [one["name"] for one in anna.get("/engines").json] == ["storyteller"]


def test_a_server_that_is_gone_for_its_owner_is_gone_for_stories_that_wait(signed_in: SignedIn, database: Engine, settings: Settings) -> None:
    """A shared connection that is shared no more writes nothing further for others."""
    admin, member = signed_in("root@example.com", "admin"), signed_in("anna@example.com")
    made = connected(admin, shared=True, model="m")
    story = member.post("/stories", json={"prompt": "A whale", "engine": made["engine"]}).json
    admin.patch(f"/connections/{made['id']}", json={"shared": False})

    async def scene() -> None:
        running = Worker(database, engines(settings), settings)
        await running.register()
        await finish_all(running)
        await running.leave()

    asyncio.run(scene())
    passage = member.get(f"/stories/{story['id']}/passages").json[0]
    assert passage["state"] == "failed"
    assert passage["generation"]["problem"]["type"].endswith("engine-not-configured")
