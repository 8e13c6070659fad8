"""Taking everything out, taking it in, deleting it: as jobs, each through the API and the process that does it."""

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import chores, clerk, joblist
from storybot.clock import now
from storybot.db import writing
from storybot.exports import archive
from storybot.models import LOCAL_OWNER_ID, JobRow, Story
from storybot.settings import Settings
from tests.api.support import NO_ID, refused
from tests.conftest import Visitor

SignedIn = Callable[..., Visitor]
Told = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_files(settings: Settings) -> Iterator[None]:
    yield
    for kind in (joblist.EXPORT, joblist.IMPORT):
        for path in joblist.folder_of(settings.data_path, kind).glob("*"):
            path.unlink()


@pytest.fixture
def work(database: Engine, settings: Settings) -> Callable[[], None]:
    """Do all jobs that wait, as the clerk's processes do."""

    def do_all() -> None:
        for job_id in joblist.waiting(database):
            chores.do(database, settings, job_id)

    return do_all


def _upload(client: FlaskClient, archive: bytes, **more: Any) -> Any:
    return client.post("/imports", data={"file": (io.BytesIO(archive), "mine.zip")}, content_type="multipart/form-data", **more)


def _exported(client: FlaskClient, work: Callable[[], None]) -> bytes:
    begun = client.post("/exports")
    assert begun.status_code == 202
    work()
    with client.get(client.get(begun.headers["Location"]).json["file"]) as answer:
        return answer.data


def test_an_export_is_made_and_downloaded(client: FlaskClient, told: Told, work: Callable[[], None]) -> None:
    story = told("One.", " Two.")
    begun = client.post("/exports")
    assert (begun.status_code, begun.headers["Location"]) == (202, f"/exports/{begun.json['id']}")
    assert (begun.json["state"], begun.json["progress"], begun.json["file"], begun.json["expires_at"]) == ("queued", 0, None, None)
    assert client.post("/exports").json["id"] == begun.json["id"]
    refused(client.get(f"/exports/{begun.json['id']}/file"), 409, "conflict")
    work()
    (done,) = client.get("/exports").json
    assert done == client.get(begun.headers["Location"]).json
    assert (done["state"], done["progress"], done["result"]["stories"], done["problem"]) == ("done", 1, 1, None)
    file = client.get(done["file"])
    assert file.mimetype == "application/zip"
    assert file.headers["Content-Disposition"].startswith("attachment; filename=storybot-")
    assert file.headers["Cache-Control"] == "no-store"
    assert len(file.data) == done["result"]["bytes"]
    file.close()
    with zipfile.ZipFile(io.BytesIO(file.data)) as packed:
        assert json.loads(packed.read("storybot.json"))["stories"][0]["id"] == story["id"]


def test_an_import_brings_back_what_was_erased(client: FlaskClient, told: Told, work: Callable[[], None], settings: Settings) -> None:
    story = told("One.", " Two.")
    kept = _exported(client, work)
    erased = client.delete("/data", json={"confirm": "delete"})
    assert erased.status_code == 202
    work()
    assert client.get(erased.headers["Location"]).json["result"] == {"stories": 1}
    assert client.get("/stories").json == []
    assert client.get("/exports").json == []
    assert list(joblist.folder_of(settings.data_path, joblist.EXPORT).iterdir()) == []
    taken = _upload(client, kept)
    assert (taken.status_code, taken.json["kind"]) == (202, "import")
    refused(_upload(client, kept), 409, "conflict")
    work()
    result = client.get(taken.headers["Location"]).json["result"]
    assert result == {"stories": 1, "stories_known": 0, "prompts": 0, "prompts_known": 0, "configuration_taken": True}
    assert client.get("/stories").json[0]["id"] == story["id"]
    assert list(joblist.folder_of(settings.data_path, joblist.IMPORT).iterdir()) == []
    again = _upload(client, kept)
    work()
    assert client.get(again.headers["Location"]).json["result"]["stories_known"] == 1
    assert len(client.get("/imports").json) == 2


def test_a_foreign_archive_changes_nothing(client: FlaskClient, told: Told, work: Callable[[], None]) -> None:
    told("One.")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("../storybot.json", "{}")
    taken = _upload(client, made.getvalue())
    work()
    failed = client.get(taken.headers["Location"]).json
    assert (failed["state"], failed["result"]) == ("failed", None)
    assert failed["problem"]["type"] == "urn:storybot:problem:import-unreadable"
    assert len(client.get("/stories").json) == 1


def test_an_archive_that_unpacks_to_more_than_there_is_room_for_changes_nothing(
    client: FlaskClient, told: Told, work: Callable[[], None], database: Engine, settings: Settings, signed_in: SignedIn
) -> None:
    told("Once upon a time. " * 20)
    kept = _exported(client, work)
    anna = signed_in("anna@example.com")
    small = settings.model_copy(update={"accounts": "on", "quota_text": 100})
    taken = _upload(anna, kept)
    for job_id in joblist.waiting(database):
        chores.do(database, small, job_id)
    failed = anna.get(taken.headers["Location"]).json
    assert (failed["state"], failed["problem"]["type"], failed["problem"]["quota"]) == ("failed", "urn:storybot:problem:quota-exceeded", "text")
    assert anna.get("/stories").json == []


def test_what_is_no_archive_is_refused_at_once(client: FlaskClient, settings: Settings) -> None:
    refused(_upload(client, b"GIF89a"), 422, "import-unreadable")
    refused(client.post("/imports", data={"file": "no file"}, content_type="multipart/form-data"), 422, "invalid")
    refused(client.post("/imports", data=b"PK\x03\x04", content_type="application/zip"), 415, "unsupported-media-type")
    refused(client.post("/imports", data=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x"), 400, "bad-request")
    two = {"file": (io.BytesIO(b"PK\x03\x04"), "a.zip"), "more": (io.BytesIO(b"PK\x03\x04"), "b.zip")}
    refused(client.post("/imports", data=two, content_type="multipart/form-data"), 422, "invalid")
    assert client.get("/imports").json == []
    assert list(joblist.folder_of(settings.data_path, joblist.IMPORT).iterdir()) == []


def test_what_is_too_large_is_refused_at_once(another: Callable[..., FlaskClient], settings: Settings) -> None:
    small = another(import_bytes=100_000)
    for length in (100_001, 200_000):
        problem = refused(_upload(small, b"PK\x03\x04" + os.urandom(length)), 413, "import-too-large")
        assert problem["limit"] == 100_000
    assert list(joblist.folder_of(settings.data_path, joblist.IMPORT).glob("*")) == []


def test_an_upload_may_be_larger_than_other_bodies(client: FlaskClient, settings: Settings) -> None:
    taken = _upload(client, b"PK\x03\x04" + os.urandom(settings.body_bytes + 1))
    assert taken.status_code == 202
    path = joblist.file_of(settings.data_path, joblist.IMPORT, taken.json["id"])
    assert path.stat().st_size == settings.body_bytes + 5


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_a_page_of_another_site_cannot_send_one(client: FlaskClient, origin: str) -> None:
    refused(_upload(client, b"PK\x03\x04", headers={"Origin": origin}), 403, "forbidden")
    assert _upload(client, b"PK\x03\x04", headers={"Origin": "http://localhost"}).status_code == 202


@pytest.mark.parametrize("body", [{}, {"confirm": "löschen"}, {"confirm": True}])
def test_deleting_everything_has_to_be_meant(client: FlaskClient, body: dict[str, Any], database: Engine) -> None:
    refused(client.delete("/data", json=body), 422, "invalid")
    assert joblist.waiting(database) == []


def test_what_is_over_is_forgotten_after_a_day(client: FlaskClient, work: Callable[[], None], database: Engine, settings: Settings) -> None:
    _exported(client, work)
    (done,) = client.get("/exports").json
    path = joblist.file_of(settings.data_path, joblist.EXPORT, done["id"])
    stray, fresh = path.with_name(f"{NO_ID}.zip.part"), path.with_name("0.part")
    for one in (stray, fresh):
        one.write_bytes(b"")
    os.utime(stray, (0, 0))
    clerk.tidy(database, settings.data_path)
    assert [path.exists(), stray.exists(), fresh.exists()] == [True, False, True]
    with Session(database) as session, writing(session):
        session.get_one(JobRow, done["id"]).expires_at = now() - timedelta(seconds=1)
    refused(client.get(done["file"]), 404, "not-found")
    refused(client.get(f"/exports/{done['id']}"), 404, "not-found")
    assert client.get("/exports").json == []
    clerk.tidy(database, settings.data_path)
    assert not path.exists()


def test_jobs_of_one_owner_come_one_after_the_other(client: FlaskClient, database: Engine) -> None:
    first = client.post("/exports").json["id"]
    client.delete("/data", json={"confirm": "delete"})
    assert joblist.waiting(database) == [first]


def test_a_job_whose_process_died_is_begun_again_and_at_last_given_up(client: FlaskClient, database: Engine, settings: Settings) -> None:
    job = client.post("/exports").json
    for _ in range(joblist.ATTEMPTS):
        assert joblist.claim(database, job["id"]) is not None
    chores.do(database, settings, job["id"])
    failed = client.get(f"/exports/{job['id']}").json
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "urn:storybot:problem:job-failed")
    refused(client.get(f"/exports/{job['id']}/file"), 404, "not-found")
    assert joblist.waiting(database) == []


def test_a_job_that_another_process_does_is_left_to_it(client: FlaskClient, database: Engine, settings: Settings) -> None:
    job_id = client.post("/exports").json["id"]
    with clerk.lock(settings.data_path, job_id) as is_mine:
        assert is_mine
        chores.do(database, settings, job_id)
        assert client.get(f"/exports/{job_id}").json["state"] == "queued"
    chores.do(database, settings, job_id)
    assert client.get(f"/exports/{job_id}").json["state"] == "done"


def test_a_fault_of_the_program_is_told_as_one(
    client: FlaskClient, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device, secret path")

    monkeypatch.setattr(archive, "export", broken)
    begun = client.post("/exports")
    work()
    failed = client.get(begun.headers["Location"]).json
    assert failed["problem"]["type"] == "urn:storybot:problem:job-failed"
    assert "secret path" not in json.dumps(failed)
    assert "secret path" in caplog.text


def test_progress_is_told(client: FlaskClient, told: Told, database: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        told("One.")
    monkeypatch.setattr(chores, "TELL_S", 0)
    seen: list[float] = []
    tell = joblist.tell_progress

    def listen(engine: Engine, job_id: str, done: int, total: int) -> None:
        tell(engine, job_id, done, total)
        seen.append(client.get(f"/exports/{job_id}").json["progress"])

    monkeypatch.setattr(joblist, "tell_progress", listen)
    chores.do(database, settings, client.post("/exports").json["id"])
    assert seen == [0.25, 0.5, 0.75, 1.0]


# With accounts


def test_jobs_are_ones_own(signed_in: SignedIn, visitor: Visitor, work: Callable[[], None], database: Engine) -> None:
    anna, berta = signed_in(), signed_in("berta@example.com")
    for one in (anna, berta):
        assert one.post("/stories", json={"prompt": "A whale"}).status_code == 201
    exported = anna.post("/exports").json["id"]
    imported = _upload(anna, b"PK\x03\x04").json["id"]
    erased = anna.delete("/data", json={"confirm": "delete"}).json["id"]
    for path in (f"/exports/{exported}", f"/exports/{exported}/file", f"/imports/{imported}", f"/erasures/{erased}"):
        refused(berta.get(path), 404, "not-found")
        refused(visitor.get(path), 401, "signed-out")
    assert berta.get("/exports").json == berta.get("/imports").json == []
    for _ in range(3):
        work()
    assert anna.get(f"/erasures/{erased}").json["state"] == "done"
    assert anna.get("/stories").json == []
    assert len(berta.get("/stories").json) == 1
    with Session(database) as session:
        assert session.scalars(select(Story.owner_id)).all() == [berta.owner_id]


def test_an_archive_goes_from_the_local_owner_into_an_account(client: FlaskClient, told: Told, signed_in: SignedIn, work: Callable[[], None]) -> None:
    told("One.", " Two.")
    anna = signed_in()
    taken = _upload(anna, _exported(client, work))
    work()
    assert anna.get(f"/imports/{taken.json['id']}").json["result"]["stories"] == 1
    (story,) = anna.get("/stories").json
    assert anna.get(f"/stories/{story['id']}/passages").json[0]["text"] == "One. Two."
    assert anna.owner_id != LOCAL_OWNER_ID


def test_a_child_may_do_none_of_it(signed_in: SignedIn, work: Callable[[], None], database: Engine) -> None:
    anna = signed_in()
    exported = anna.post("/exports").json["id"]
    work()
    child = anna.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
    assert anna.post("/auth/profile", json={"profile_id": child["id"]}).status_code == 200
    for path in ("/exports", f"/exports/{exported}", f"/exports/{exported}/file", "/imports"):
        refused(anna.get(path), 403, "forbidden")
    refused(anna.post("/exports"), 403, "forbidden")
    refused(_upload(anna, b"PK\x03\x04"), 403, "forbidden")
    refused(anna.delete("/data", json={"confirm": "delete"}), 403, "forbidden")
    assert joblist.waiting(database) == []


def test_uploads_count(signed_in: SignedIn, database: Engine, settings: Settings, another: Callable[..., FlaskClient]) -> None:
    anna, cookie = signed_in(), signed_in().get_cookie("storybot")
    assert cookie is not None
    app = another(accounts="on", secret_key="tests only, no secret at all, tests only", quota_uploads=100).application
    mean = Visitor(app, app.response_class)
    mean.set_cookie("storybot", cookie.value)
    assert refused(_upload(mean, b"PK\x03\x04" + bytes(200)), 429, "quota-exceeded")["quota"] == "uploads"
    assert anna.get("/imports").json == []
    assert list(Path(joblist.folder_of(settings.data_path, joblist.IMPORT)).iterdir()) == []
