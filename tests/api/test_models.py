"""Models on this machine over HTTP: listed, downloaded as the clerk does it, cancelled, gone on with, deleted."""

import functools
import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from storybot import chores, joblist
from storybot.local import hub as downloading
from storybot.local import run, shelf
from storybot.settings import Settings
from tests.api.support import refused
from tests.conftest import Visitor
from tests.fakes.hub import Fault, Hub

SignedIn = Callable[..., Visitor]
CONTENT = random.Random(2).randbytes(400_000)
NAME = "tale-1b"
LISTED = f"""
[[model]]
name = "{NAME}"
title = "Tale 1B"
repo = "someone/model"
file = "file.gguf"
size_bytes = {len(CONTENT)}
sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"
licence = "Apache-2.0"
languages = ["en", "de"]
shape = {{ layers = 1, kv_heads = 1, head_size = 64, vocabulary = 100 }}
[model.about]
de = "Zum Testen."
en = "For tests."
"""


@pytest.fixture(autouse=True)
def listed(settings: Settings) -> Iterator[None]:
    """One model to download in the operator's own list; nothing is left of it."""
    folder = settings.models_path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "catalogue.toml").write_text(LISTED, encoding="utf-8")
    yield
    for path in folder.iterdir():
        path.unlink()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the model."""
    with Hub({"someone/model/file.gguf": CONTENT}) as hub:
        monkeypatch.setattr(downloading, "pull", functools.partial(downloading.pull, endpoint=hub.endpoint, pauses_s=(0.0,)))
        yield hub


def _shown(client: FlaskClient, name: str = NAME) -> dict[str, Any]:
    [one] = [one for one in client.get("/models").json if one["name"] == name]
    found: dict[str, Any] = one
    return found


def _done(database: Engine, settings: Settings) -> None:
    for job_id in joblist.waiting(database, [joblist.PULL]):
        chores.do(database, settings, job_id)


def test_the_catalogue_says_what_each_model_is(client: FlaskClient) -> None:
    found = {one["name"]: one for one in client.get("/models").json}
    assert len(found) == 11
    for one in found.values():
        assert (one["state"], one["here"], one["pull"]) == ("not-downloaded", False, None)
        assert set(one["about"]) == {"de", "en"}
        assert one["licence"]
        assert one["fits"] in ("yes", "tight", "no")
        assert one["memory_bytes"] > one["size_bytes"] > 0


def test_a_model_is_downloaded_and_deleted(client: FlaskClient, database: Engine, settings: Settings, hub: Hub) -> None:
    answer = client.post(f"/models/{NAME}/pulls")
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert client.post(f"/models/{NAME}/pulls").json["id"] == answer.json["id"]
    assert _shown(client)["pull"]["state"] == "queued"
    _done(database, settings)
    assert (settings.models_path / f"{NAME}.gguf").read_bytes() == CONTENT
    assert (_shown(client)["here"], _shown(client)["pull"]) == (True, None)
    assert client.delete(f"/models/{NAME}").status_code == 204
    assert (_shown(client)["here"], _shown(client)["pull"]) == (False, None)
    refused(client.delete(f"/models/{NAME}"), 404, "model-missing")


def test_a_download_says_how_far_it_is_is_cancelled_and_goes_on(client: FlaskClient, database: Engine, settings: Settings, hub: Hub) -> None:
    hub.rate = 100_000
    client.post(f"/models/{NAME}/pulls")
    clerk = threading.Thread(target=_done, args=(database, settings))
    clerk.start()
    seen: dict[str, Any] = {}
    deadline = time.monotonic() + 10
    while not (seen.get("done") and seen.get("bytes_per_s")) and time.monotonic() < deadline:
        seen = _shown(client)["pull"]
    assert (seen["state"], seen["total"], seen["problem"]) == ("running", len(CONTENT), None)
    assert 0 < seen["done"] < len(CONTENT)
    assert seen["seconds_left"] is not None
    refused(client.delete(f"/models/{NAME}"), 409, "pull-busy")
    asked_at = time.monotonic()
    assert client.delete(f"/models/{NAME}/pulls").status_code == 204
    assert _shown(client)["pull"]["state"] == "cancelled"
    clerk.join(10)
    assert time.monotonic() - asked_at < 1.5
    [part] = shelf.parts(settings.models_path, NAME)
    there = part.stat().st_size
    assert 0 < there < len(CONTENT)
    refused(client.delete(f"/models/{NAME}/pulls"), 404, "model-missing")
    hub.rate = 0
    client.post(f"/models/{NAME}/pulls")
    _done(database, settings)
    assert hub.ranges[-1] == f"bytes={there}-"
    assert (settings.models_path / f"{NAME}.gguf").read_bytes() == CONTENT


def test_a_file_that_is_another_one_is_not_kept_and_it_is_said_why(client: FlaskClient, database: Engine, settings: Settings, hub: Hub) -> None:
    hub.faults.append(Fault(garbage=True))
    client.post(f"/models/{NAME}/pulls")
    _done(database, settings)
    shown = _shown(client)
    assert (shown["here"], shown["pull"]["state"]) == (False, "failed")
    assert shown["pull"]["problem"]["type"] == "urn:storybot:problem:pull-checksum"
    assert shelf.parts(settings.models_path, NAME) == []


def test_a_model_that_writes_a_story_is_not_deleted(client: FlaskClient, settings: Settings) -> None:
    path = settings.models_path / f"{NAME}.gguf"
    path.write_bytes(CONTENT)
    settings.run_path.mkdir(parents=True, exist_ok=True)
    with run.used(settings.run_path, NAME):
        refused(client.delete(f"/models/{NAME}"), 409, "model-in-use")
        assert path.exists()
    assert client.delete(f"/models/{NAME}").status_code == 204


def test_what_the_catalogue_does_not_know_is_not_downloaded(client: FlaskClient, settings: Settings) -> None:
    (settings.models_path / "own.gguf").write_bytes(b"no model")
    assert (_shown(client, "own")["state"], _shown(client, "own")["reason"]) == ("broken", "model-broken")
    for name in ("own", "nobody", "..%2f..%2fetc%2fpasswd"):
        assert client.post(f"/models/{name}/pulls").status_code == 404
        assert client.delete(f"/models/{name}/pulls").status_code == 404
    refused(client.post("/models/nobody/pulls"), 404, "model-missing")


def test_with_accounts_only_administrators_change_anything(signed_in: SignedIn) -> None:
    admin, member = signed_in("root@example.com", "admin"), signed_in("anna@example.com")
    assert member.get("/models").status_code == 200
    for call, path in ((member.post, "pulls"), (member.delete, "pulls"), (member.delete, "")):
        refused(call(f"/models/{NAME}/{path}".rstrip("/")), 403, "forbidden")
    assert admin.post(f"/models/{NAME}/pulls").status_code == 202
    assert _shown(member)["pull"]["state"] == "queued"
    other = signed_in("rita@example.com", "admin")
    refused(other.post(f"/models/{NAME}/pulls"), 409, "pull-busy")
    assert other.delete(f"/models/{NAME}/pulls").status_code == 204
    assert _shown(admin)["pull"]["state"] == "cancelled"


def test_a_child_sees_no_models(signed_in: SignedIn) -> None:
    anna = signed_in()
    profile = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
    anna.post("/auth/profile", json={"profile_id": profile["id"]})
    refused(anna.get("/models"), 403, "forbidden")
    refused(anna.post(f"/models/{NAME}/pulls"), 403, "forbidden")


def test_without_llama_cpp_everything_else_works_and_it_is_said_what_to_install(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "installed", lambda: False)
    [local] = [one for one in client.get("/engines").json if one["name"] == "local"]
    assert (local["state"], local["available"], local["reason"]) == ("off", False, "model-runtime-missing")
    assert _shown(client)["reason"] == "model-runtime-missing"
    assert "xllamacpp" in refused(client.post("/stories", json={"prompt": "A whale", "engine": "local"}), 422, "invalid")["detail"]
    assert client.post("/stories", json={"prompt": "A whale", "engine": "storyteller"}).status_code == 201
