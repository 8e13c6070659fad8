"""Nobody gets at what is another's: every route of the OpenAPI document is walked by a second person, who finds nothing.

A new route is walked by itself. Where it has a new kind of id in its path, or a body, `_ids` or `BODIES` has to know one.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiflask import APIBlueprint, APIFlask
from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from storybot.accounts import invitations
from storybot.accounts.models import Passkey
from storybot.api.documents import openapi
from storybot.api.request import db_session
from storybot.app import create_app
from storybot.db import db, writing
from storybot.models import LOCAL_OWNER_ID, Prompt, Story, table
from storybot.settings import Settings, read_settings
from tests.api.support import refused
from tests.conftest import Running, Visitor, finish_all
from tests.fakes.engine import ScriptedEngine

SignedIn = Callable[..., Visitor]
Call = tuple[str, str]

#: Parts of paths that are no id of a person's thing: the token of a link, the name of a provider.
NOBODYS = {"token", "name"}
#: What is sent to a route with an id in its path, so that nothing but the owner is wrong with the request.
BODIES: dict[Call, Any] = {
    ("patch", "/stories/{story_id}"): {"title": "Mine now"},
    ("post", "/stories/{story_id}/passages"): {"action": "continue"},
    ("post", "/stories/{story_id}/head"): {"action": "undo"},
    ("patch", "/auth/passkeys/{passkey_id}"): {"name": "Mine now"},
    ("patch", "/profiles/{profile_id}"): {"name": "Mine now"},
    ("patch", "/connections/{connection_id}"): {"name": "Mine now"},
    ("patch", "/admin/accounts/{account_id}"): {"active": False},
}


@pytest.fixture
def anna(signed_in: SignedIn, worker: Running, engine: ScriptedEngine) -> Visitor:
    """Somebody who has one of everything."""
    anna = signed_in("anna@example.com")
    anna.post("/prompts", json={"content": "Annas idea"})
    anna.post("/connections", json={"name": "Annas server", "base_url": "https://model.example/v1", "key": "Annas key"})
    anna.post("/profiles", json={"name": "Annas child", "age_band": "6-8"})
    engine.enqueue("Annas story.")
    engine.enqueue("Annas second passage.")
    story = anna.post("/stories", json={"prompt": "A whale"}).json
    worker(finish_all)
    anna.post(f"/stories/{story['id']}/passages", json={"action": "continue"})
    worker(finish_all)
    return anna


def _ids(anna: Visitor, session: Session) -> dict[str, str]:
    """Ids of what is Anna's, by their names in paths."""
    with writing(session):
        passkey = Passkey(account_id=anna.account_id, credential_id=b"id", public_key=b"key", name="Annas phone")
        session.add(passkey)
        invitation, _token = invitations.make(session, anna.account_id)
    story = anna.get("/stories").json[0]
    return {
        "account_id": anna.account_id,
        "invitation_id": invitation.id,
        "connection_id": anna.get("/connections").json[0]["id"],
        "profile_id": anna.get("/profiles").json[0]["id"],
        "prompt_id": str(anna.get("/prompts").json[0]["id"]),
        "story_id": story["id"],
        "generation_id": story["generation"]["id"],
        "passkey_id": passkey.id,
        "job_id": anna.post("/exports").json["id"],
        "session_id": anna.get("/auth/sessions").json[0]["id"],
    }


def _calls(app: APIFlask) -> Iterator[tuple[Call, bool]]:
    """Every operation, and whether it wants a body."""
    with app.app_context():
        for path, operations in openapi(app)["paths"].items():
            for method, operation in operations.items():
                if method in {"get", "post", "put", "patch", "delete"}:
                    yield (method, path), "requestBody" in operation


def leaks(visitor: Visitor, app: APIFlask, ids: dict[str, str]) -> list[str]:
    """Operations that give a second person something of the first: an id in the path that is not 404, or one of the
    first person's words or ids in any answer."""
    found = []
    for (method, path), wants_body in _calls(app):
        names = set(re.findall(r"{(\w+)}", path)) - NOBODYS
        assert names <= set(ids), f"{path}: let `_ids` make one of these"
        if path.startswith("/admin") or (not names and method != "get"):
            continue  # administration has tests of its own; the others can only be about what is one's own
        assert not (names and wants_body and (method, path) not in BODIES), f"{method} {path}: let BODIES say what to send"
        filled = re.sub(r"{(\w+)}", lambda match: ids.get(match[1], "x"), path)
        answer = visitor.open(filled, method=method.upper(), json=BODIES.get((method, path)))
        text = answer.get_data(as_text=True).replace(filled, "")
        if (names and answer.status_code != 404) or "Annas" in text or any(one in text for one in ids.values() if len(one) > 8):
            found.append(f"{method} {path}")
    return found


def _everything(anna: Visitor) -> list[Any]:
    story = anna.get("/stories").json[0]
    paths = ["/prompts", "/stories", f"/stories/{story['id']}/passages", f"/generations/{story['generation']['id']}", "/configuration"]
    return [anna.get(path).json for path in paths] + [len(anna.get("/auth/sessions").json), anna.session()["account"]]


@pytest.mark.parametrize("role", ["member", "admin"])
def test_a_second_person_finds_nothing_on_any_route(
    anna: Visitor, signed_in: SignedIn, app_with_accounts: APIFlask, session: Session, role: str
) -> None:
    ids = _ids(anna, session)
    before = _everything(anna)
    second = signed_in("berta@example.com", role)
    assert leaks(second, app_with_accounts, ids) == []
    assert _everything(anna) == before
    assert leaks(anna, app_with_accounts, ids) != []  # the first person does find it


def test_nobody_at_all_gets_in_on_any_route(visitor: Visitor, anna: Visitor, app_with_accounts: APIFlask, session: Session) -> None:
    ids = _ids(anna, session)
    for (method, path), _wants_body in _calls(app_with_accounts):
        endpoint_is_open = path in {"/healthz", "/readyz", "/auth/session"} or _is_for_signing_in(path)
        filled = re.sub(r"{(\w+)}", lambda match: ids.get(match[1], "x"), path)
        answer = visitor.open(filled, method=method.upper(), json={} if method != "get" else None)
        assert (answer.status_code == 401 and answer.get_json(force=True)["type"].endswith(":signed-out")) or endpoint_is_open, f"{method} {path}"


def _is_for_signing_in(path: str) -> bool:
    own = {"login", "logout", "register", "confirm", "second-factor", "forgotten", "reset", "oidc"}
    return path.split("/")[1:2] == ["auth"] and (path.split("/")[2] in own or path.startswith(("/auth/passkeys/sign-in", "/auth/address/")))


def test_an_id_in_a_body_is_not_anothers_either(anna: Visitor, signed_in: SignedIn, session: Session) -> None:
    berta, ids = signed_in("berta@example.com"), _ids(anna, session)
    passages = anna.get(f"/stories/{ids['story_id']}/passages").json
    refused(berta.post("/stories", json={"prompt_id": int(ids["prompt_id"])}), 404, "not-found")
    own = berta.post("/stories", json={"prompt": "Mine"}).json
    for passage in passages:
        for action in ("continue", "retry", "edit", "write"):
            body = {"action": action, "passage_id": passage["id"], "text": "x"}
            refused(berta.post(f"/stories/{own['id']}/passages", json=body), 404, "not-found")
        refused(berta.post(f"/stories/{own['id']}/head", json={"action": "choose", "passage_id": passage["id"]}), 404, "not-found")


def test_an_idempotency_key_is_ones_own(anna: Visitor, signed_in: SignedIn) -> None:
    berta, headers = signed_in("berta@example.com"), {"Idempotency-Key": "the same"}
    first = anna.post("/stories", json={"prompt": "A whale"}, headers=headers).json
    second = berta.post("/stories", json={"prompt": "A whale"}, headers=headers).json
    assert first["id"] != second["id"]


def test_the_words_of_another_are_not_searched(anna: Visitor, signed_in: SignedIn) -> None:
    berta = signed_in("berta@example.com")
    assert len(anna.get("/stories?q=Annas").json) == 1
    assert berta.get("/stories?q=Annas").json == []
    after = anna.get("/stories").json[0]["id"]
    assert berta.get(f"/stories?after={after}&limit=100").json == []


# That the walk would notice


@pytest.fixture
def careless(settings: Settings, anna: Visitor) -> Iterator[APIFlask]:
    """An app with three routes whose makers forgot to ask whose it is."""
    blueprint = APIBlueprint("careless", __name__)

    @blueprint.get("/stories/<story_id>/by-table")
    @blueprint.doc(summary="Around the models")
    def by_table(story_id: str) -> Any:
        stories = table(Story)
        row = db_session().connection().execute(select(stories.c.title).where(stories.c.id == story_id)).first()
        return {"title": row.title} if row else ({}, 404)

    @blueprint.get("/stories/everybodys")
    @blueprint.doc(summary="A list around the models")
    def everybodys() -> Any:
        return {"prompts": [row.content for row in db_session().connection().execute(select(table(Prompt).c.content))]}

    @blueprint.get("/stories/<story_id>/by-model")
    @blueprint.doc(summary="By the model, which is kept to its reader")
    def by_model(story_id: str) -> Any:
        row = db_session().scalar(select(Story).where(Story.id == story_id))
        return {"title": row.title} if row else ({}, 404)

    @blueprint.get("/stories/<story_id>/without-reader")
    @blueprint.doc(summary="By a session that was never told whose it is")
    def without_reader(story_id: str) -> Any:
        g.reader = None
        row = db.session().scalar(select(Story).where(Story.id == story_id))
        return {"title": row.title} if row else ({}, 404)

    same = {name: getattr(settings, name) for name in ("data_dir", "web_dist", "requests_per_minute")}
    app = create_app(read_settings(**same, accounts="on", secret_key="tests only, no secret at all, tests only"))
    app.register_blueprint(blueprint)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_route_without_the_check_is_caught(anna: Visitor, signed_in: SignedIn, careless: APIFlask, session: Session) -> None:
    ids, berta = _ids(anna, session), Visitor(careless, careless.response_class)
    cookie = signed_in("berta@example.com").get_cookie("storybot")
    assert cookie is not None
    berta.set_cookie("storybot", cookie.value)
    found = leaks(berta, careless, ids)
    assert "get /stories/{story_id}/by-table" in found
    assert "get /stories/everybodys" in found
    # Whoever forgets the condition but asks a model is held back all the same; without a reader it is a fault, not a leak.
    assert "get /stories/{story_id}/by-model" not in found
    assert berta.get(f"/stories/{ids['story_id']}/without-reader").status_code == 500


def test_what_the_local_owner_has_is_nobodys(client: Any, signed_in: SignedIn) -> None:
    """Before the first administrator takes it over."""
    client.post("/prompts", json={"content": "of the local owner"})
    assert signed_in("berta@example.com").get("/prompts").json == []
    admin = signed_in("admin@example.com", "admin")
    assert admin.owner_id == LOCAL_OWNER_ID
    assert [prompt["content"] for prompt in admin.get("/prompts").json] == ["of the local owner"]
