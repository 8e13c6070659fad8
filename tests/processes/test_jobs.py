"""Long jobs in real processes: done beside the stories, begun again after kill -9, gone a day later."""

import io
import os
import signal
import sqlite3
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from storybot import schema
from storybot.db import make_engine
from storybot.exports import archive
from storybot.imports import arrival
from storybot.imports.archive import read
from storybot.models import LOCAL_OWNER_ID
from storybot.settings import Settings
from tests.processes import filled
from tests.processes.harness import Server, call, children, is_alive, wait_until

#: So many that a job takes long enough to be caught at it.
STORIES = 400


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of many stories: those of an old database, again and again under other ids."""
    folder = tmp_path_factory.mktemp("library")
    url = f"sqlite:///{folder / 'storybot.sqlite3'}"
    engine = make_engine(url)
    filled.fill(engine, url)
    schema.upgrade(Settings(data_dir=folder, _env_file=None))  # type: ignore[call-arg]
    small = folder / "small.zip"
    archive.export(engine, LOCAL_OWNER_ID, small)
    engine.dispose()
    found = read(small)
    renamed = [arrival._renamed(found.stories[number % 2], str(number)) for number in range(STORIES)]
    with zipfile.ZipFile(folder / "library.zip", "w") as packed:
        packed.writestr("storybot.json", msgspec.json.encode(msgspec.structs.replace(found, stories=renamed)))
    return folder / "library.zip"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", LIMITS="off", STORYTELLER_PACE="0") as running:
        yield running


def _upload(server: Server, path: Path) -> str:
    """Send an archive as a browser does; the path of its job."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n' + path.read_bytes() + b"\r\n--x--\r\n"
    asked = urllib.request.Request(f"{server.url}/imports", body, {"Content-Type": "multipart/form-data; boundary=x"}, method="POST")
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return str(answer.headers["Location"])


def _ended(server: Server, path: str, timeout_s: float = 60) -> Any:
    return wait_until(
        lambda: (job := call(server.url + path).json)["state"] in {"done", "failed"} and job, timeout_s, f"the end of {path}", every_s=0.1
    )


def _begun(server: Server, path: str) -> int:
    """The process that does a job, once it has done something."""
    wait_until(lambda: call(server.url + path).json["progress"] > 0, 30, f"progress of {path}")
    return wait_until(lambda: children(server.child("worker")).get("job", 0), 10, "the job's process", every_s=0.005)


def _rows(server: Server, table: str) -> int:
    with sqlite3.connect(server.data / "storybot.sqlite3") as connection:
        count: int = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    return count


@pytest.mark.crash
def test_all_three_survive_kill_9(server: Server, library: Path) -> None:
    """The job's process is killed, then the worker with it; nothing is doubled and nothing is missing."""
    taken = _upload(server, library)
    os.kill(_begun(server, taken), signal.SIGKILL)
    told = server.tell()
    assert server.ended(told["generation"]["id"])["state"] == "done"  # stories go on beside it
    done = _ended(server, taken)
    assert (done["state"], done["problem"]) == ("done", None)
    assert done["result"]["stories"] + done["result"]["stories_known"] == STORIES
    assert _rows(server, "stories") == STORIES + 1
    assert list((server.data / "imports").iterdir()) == []

    exported = call(f"{server.url}/exports", "POST").json["id"]
    process, worker = _begun(server, f"/exports/{exported}"), server.child("worker")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not is_alive(process), 10, "the end of the killed worker's job")
    done = _ended(server, f"/exports/{exported}")
    assert (done["state"], done["result"]["stories"]) == ("done", STORIES + 1)
    with urllib.request.urlopen(server.url + done["file"], timeout=30) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as packed:
        assert packed.testzip() is None
        assert len(packed.namelist()) == STORIES + 2
    assert [path.name for path in (server.data / "exports").iterdir()] == [f"{exported}.zip"]

    erased = call(f"{server.url}/data", "DELETE", {"confirm": "delete"}).json["id"]
    os.kill(_begun(server, f"/erasures/{erased}"), signal.SIGKILL)
    assert _ended(server, f"/erasures/{erased}")["state"] == "done"
    assert [_rows(server, table) for table in ("stories", "passages", "generations", "prompts", "token_log")] == [0] * 5
    assert list((server.data / "exports").iterdir()) == []
    assert list((server.data / "run").glob("job-*")) == []


def test_a_stop_leaves_a_job_to_the_next_start(tmp_path: Path, library: Path) -> None:
    with Server(tmp_path / "data", LIMITS="off", STORYTELLER_PACE="0") as server:
        taken = _upload(server, library)
        process = _begun(server, taken)
    assert not is_alive(process)
    with Server(tmp_path / "data", LIMITS="off", STORYTELLER_PACE="0") as server:
        assert _ended(server, taken)["state"] == "done"
        assert _rows(server, "stories") == STORIES
