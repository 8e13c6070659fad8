"""Names stay here: a server elsewhere never hears them, and the story has them all the same."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import commissions
from storybot.engines.contract import EngineError, Order, Pieces, Title
from storybot.models import Generation
from storybot.settings import Settings, read_settings
from storybot.worker import Worker
from tests.conftest import finish_all
from tests.fakes.engine import ScriptedEngine

HERO = {"name": "Mia Sommer", "pronouns": "sie", "looks": "Mias rote Mütze"}
BRIEF = {
    "prompt": "Mia und Ole finden Mias Schlüssel",
    "language": "de",
    "hero": HERO,
    "companions": [{"name": "Ole", "kind": "Dachs"}],
    "place": "am Markt in Bonn",
    "moral": "Ole hilft",
}
NAMES = ("Mia", "Sommer", "Ole", "Bonn")
ELSEWHERE = "https://models.example/v1"


class Model(ScriptedEngine):
    """Tells of whoever it is asked to tell of, in small pieces; `breaks`: fails once after so many."""

    breaks: int | None = None

    async def write(self, order: Order) -> Any:
        self.orders.append(order)
        asked = "\n".join(message["content"] for message in order.messages)
        hero = asked.split("Hauptfigur: ")[1].split(";")[0].split()[0]
        friend = asked.split("Figuren: ")[1].split(" (")[0]
        text = f"{hero} lief. {hero}s Hut! „{hero.upper()}!“, rief {friend}. {friend}s Bau lag am Markt."
        pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
        if len(self.orders) > 1:
            pieces = [" Ende."]
        else:
            yield Title(f"{hero} und {friend}")
        for number, piece in enumerate(pieces):
            if self.breaks == number:
                self.breaks = None
                raise EngineError("engine-overloaded", "Busy.", permanent=False, retry_after_s=0)
            yield Pieces(piece)


@pytest.fixture
def tell(another: Callable[..., FlaskClient], database: Engine, settings: Settings) -> Callable[..., tuple[Model, dict[str, Any]]]:
    """`tell(base_url, **brief)`: a model that was asked, and the story with its passages."""

    def do(base_url: str = ELSEWHERE, *, breaks: int | None = None, configuration: Any = None, **brief: Any) -> tuple[Model, dict[str, Any]]:
        changes: dict[str, Any] = {"data_dir": settings.data_dir, "openai_base_url": base_url, "openai_model": "m", "engine": "openai"}
        client, model = another(**changes), Model()
        model.breaks = breaks
        client.patch("/configuration", json=configuration or {})
        story = client.post("/stories", json=BRIEF | brief).json

        async def scene() -> None:
            running = Worker(database, {"openai": lambda: model}, read_settings(**changes))
            await running.register()
            await finish_all(running)
            await running.leave()

        asyncio.run(scene())
        shown = client.get(f"/stories/{story['id']}").json
        return model, shown | {"text": client.get(f"/stories/{story['id']}/passages").json[0]["text"]}

    return do


def _asked(model: Model) -> str:
    return json.dumps([[*order.messages] for order in model.orders], ensure_ascii=False)


TOLD = "Mia lief. Mias Hut! „MIA!“, rief Ole. Oles Bau lag am Markt."


def test_what_leaves_holds_no_name_and_what_is_kept_has_them_all(
    tell: Callable[..., Any], session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        model, story = tell()
    assert story["text"] == TOLD
    assert story["title"] == "Mia und Ole"
    kept = session.scalars(select(Generation)).one()
    for name in NAMES:
        assert name not in _asked(model)
        assert name not in json.dumps(kept.context, ensure_ascii=False)
        assert name not in "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name.startswith("storybot.w"))
    assert "Markt" in _asked(model)


@pytest.mark.parametrize("breaks", [1, 4, 9, 15])
def test_a_broken_stream_goes_on_with_the_same_stand_ins(tell: Callable[..., Any], breaks: int) -> None:
    model, story = tell(breaks=breaks)
    assert len(model.orders) == 2
    for name in NAMES:
        assert name not in _asked(model)
    kept = story["text"].removesuffix(" Ende.").removesuffix("Ende.")
    assert TOLD.startswith(kept)
    assert bool(model.orders[1].written) == bool(kept)


@pytest.mark.parametrize(
    ("base_url", "brief", "configuration", "hidden"),
    [
        (ELSEWHERE, {}, {}, True),
        (ELSEWHERE, {"age_band": "adult"}, {}, False),
        (ELSEWHERE, {"age_band": "adult", "private_names": True}, {}, True),
        (ELSEWHERE, {"age_band": "adult"}, {"private_names": True}, True),
        (ELSEWHERE, {}, {"private_names": False}, False),
        (ELSEWHERE, {"private_names": True}, {"private_names": False}, True),
        ("http://127.0.0.1:9/v1", {}, {}, False),
        ("http://192.168.1.5/v1", {}, {}, True),
    ],
)
def test_when_names_stay(tell: Callable[..., Any], base_url: str, brief: dict[str, Any], configuration: dict[str, Any], hidden: bool) -> None:
    model, story = tell(base_url, configuration=configuration, **brief)
    assert ("Mia" not in _asked(model)) == hidden
    assert story["text"] == TOLD


def test_a_passage_told_before_goes_without_names_too(settings: Settings) -> None:
    from storybot.brief import Brief, Hero
    from storybot.engines.contract import Told
    from storybot.engines.veil import Veil

    brief = Brief(prompt="Mia", language="de", hero=Hero(name="Mia"))
    made = Order(
        generation_id="g", trace_id="t", brief=brief, action="continue", told=(Told(text="Mia sah Mias Hut.", author="reader"),), wish="Mia isst"
    )
    veil = Veil.of(brief, ["Mia sah Mias Hut."])
    asked = commissions.resumed(made, "Und Mia", 8192, veil)
    assert "Mia" not in json.dumps([*asked.messages])
    assert asked.written == veil.hide("Und Mia")
