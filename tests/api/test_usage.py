"""What was used, month by month; and a style, which goes with a story."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from storybot.clock import now
from storybot.db import writing
from storybot.engines.contract import Usage
from storybot.models import Generation
from tests.api.support import pointers, refused
from tests.conftest import Running, Visitor, finish_all
from tests.fakes.engine import ScriptedEngine

PRICES = {"currency": "EUR", "in": 1.0, "out": 2.0}


def _tell(client: FlaskClient, worker: Running, scripted: ScriptedEngine, *events: Any, **body: Any) -> str:
    scripted.enqueue("Once upon a time.", *events)
    story = client.post("/stories", json={"prompt": "A whale"} | body).json
    worker(finish_all)
    story_id: str = story["id"]
    return story_id


def test_nothing_was_used_yet(client: FlaskClient) -> None:
    assert client.get("/usage").json == []


def test_tokens_and_costs_are_summed_by_month_and_storyteller(client: FlaskClient, worker: Running, engine: ScriptedEngine, session: Session) -> None:
    server = {"name": "Mine", "base_url": "https://models.example", "model": "m", "prices": PRICES}
    name = client.post("/connections", json=server).json["engine"]
    for _ in range(2):
        _tell(client, worker, engine, Usage(tokens_in=100, tokens_out=50), engine=name)
    _tell(client, worker, engine, engine="openai")
    _tell(client, worker, engine)
    old = _tell(client, worker, engine, Usage(tokens_in=7, tokens_out=7), engine=name)
    with writing(session):
        session.query(Generation).filter_by(story_id=old).update({"created_at": now() - timedelta(days=62)})
    lines = {(one["month"], one["engine"]): one for one in client.get("/usage").json}
    month = now().strftime("%Y-%m")
    mine = lines[month, name]
    assert (mine["generations"], mine["tokens_in"], mine["tokens_out"], mine["estimated"], mine["label"]) == (2, 200, 100, False, "Mine")
    assert mine["costs"] == [{"currency": "EUR", "micros": 400}]
    assert lines[month, "openai"]["estimated"]
    assert lines[month, "openai"]["costs"] == []
    assert lines[month, "storyteller"]["generations"] == 1
    assert len(lines) == 4
    assert len(client.get("/usage?months=1").json) == 3
    assert pointers(client.get("/usage?months=0"))


def test_it_is_ones_own(signed_in: Callable[..., Visitor], worker: Running, engine: ScriptedEngine) -> None:
    anna, berta = signed_in("anna@example.com"), signed_in("berta@example.com")
    _tell(anna, worker, engine)
    assert len(anna.get("/usage").json) == 1
    assert berta.get("/usage").json == []
    profile = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
    anna.post("/auth/profile", json={"profile_id": profile["id"]})
    refused(anna.get("/usage"), 403, "forbidden")


STYLE = {"preset": "wild", "samplers": {"temperature": 1.5, "stop": ["THE END"]}}


def test_a_style_goes_with_a_story(client: FlaskClient, worker: Running, engine: ScriptedEngine) -> None:
    client.patch("/configuration", json={"style": {"preset": "steady"}})
    _tell(client, worker, engine)
    story_id = _tell(client, worker, engine, style=STYLE)
    styles = [order.style for order in engine.orders]
    assert [one and one.preset for one in styles] == ["steady", "wild"]
    assert styles[1]
    assert styles[1].samplers == STYLE["samplers"]
    assert client.get(f"/stories/{story_id}").json["brief"]["style"] == STYLE
    client.patch("/configuration", json={"style": None})
    _tell(client, worker, engine)
    last = engine.orders[-1].style
    assert last
    assert last.preset == "balanced"


@pytest.mark.parametrize(
    ("style", "pointer"),
    [
        ({"preset": "mad"}, "/style/preset"),
        ({"samplers": {"temperature": 2.1}}, "/style/samplers/temperature"),
        ({"samplers": {"top_k": 1.5}}, "/style/samplers/top_k"),
        ({"samplers": {"stop": ["x"] * 5}}, "/style/samplers/stop"),
        ({"samplers": {"stop": [""]}}, "/style/samplers/stop/0"),
        ({"samplers": {"mirostat": 1}}, "/style/samplers/mirostat"),
    ],
)
def test_a_style_has_its_ranges(client: FlaskClient, style: dict[str, Any], pointer: str) -> None:
    assert pointers(client.patch("/configuration", json={"style": style})) == [pointer]
    assert pointers(client.post("/stories", json={"prompt": "x", "style": style})) == [pointer]


def test_fallbacks_forget_what_is_gone(client: FlaskClient) -> None:
    made = client.post("/connections", json={"name": "Mine", "base_url": "https://models.example", "model": "m"}).json
    wanted = [made["engine"], "storyteller"]
    assert client.patch("/configuration", json={"fallbacks": wanted}).json["fallbacks"] == wanted
    client.delete(f"/connections/{made['id']}")
    assert client.get("/configuration").json["fallbacks"] == ["storyteller"]
    assert pointers(client.patch("/configuration", json={"fallbacks": ["nobody"]})) == ["/fallbacks/0"]
