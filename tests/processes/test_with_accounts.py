"""Accounts in real processes: from a database that was used without them to an administrator who signs in from elsewhere,
tells a story, and is held to a quota that web and worker count together."""

import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PASSWORD
from tests.processes.harness import Answer, Program, Server, call, environment, free_port, query

EMAIL = "anna@example.com"


class Browser:
    """A browser at a server: it keeps its cookie, and sends the page's token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookie = ""

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        csrf = {"X-CSRF-Token": self.ask("GET", "/auth/session").json["csrf"]} if method != "GET" else {}
        answer = call(self.url + path, method, body, csrf | ({"Cookie": self.cookie} if self.cookie else {}))
        if given := answer.headers.get("set-cookie"):
            self.cookie = given.split(";")[0]
        return answer


def _command(data: Path, *words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "storybot", *words], input=stdin, env=environment(data), cwd=data.parent, capture_output=True, text=True, check=True
    )
    return done.stdout


def _another_address() -> str | None:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") else found


def test_from_one_reader_to_an_administrator_with_all_that_was_there(tmp_path: Path) -> None:
    data, port = tmp_path / "data", free_port()
    with Server(data, port=port, STORYTELLER_PACE=0) as before:
        story = before.tell("A whale")
        before.ended(story["generation"]["id"])
    assert not (data / "secret.key").exists()
    _command(data, "user", "add", EMAIL, "--admin", stdin=f"{PASSWORD}\n")
    settings = {"ACCOUNTS": "on", "HOST": "0.0.0.0", "SITE_URL": f"http://localhost:{port}", "STORYTELLER_PACE": 0, "QUOTA_TOKENS": 5}
    with Server(data, port=port, **settings) as server:
        assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
        anna = Browser(server.url)
        assert anna.ask("GET", "/stories").status == 401
        assert anna.ask("POST", "/auth/login", {"email": EMAIL, "password": "not it at all"}).status == 401
        assert anna.ask("POST", "/auth/login", {"email": EMAIL, "password": PASSWORD}).status == 200
        assert [one["id"] for one in anna.ask("GET", "/stories").json] == [story["id"]]
        told = anna.ask("POST", "/stories", {"prompt": "A dragon"})
        assert told.status == 201, told.body
        events = anna.ask("GET", told.json["generation"]["events"])
        assert b"event: done" in events.body
        [(tokens, stories)] = query(data, "SELECT tokens, stories FROM usage")
        assert tokens > 5  # nothing was cut off in the middle
        assert stories == 1
        refusal = anna.ask("POST", "/stories", {"prompt": "Another dragon"})
        assert (refusal.status, refusal.json["quota"]) == (429, "tokens")
        assert int(refusal.headers["retry-after"]) > 0
        assert PASSWORD not in (data / "logs" / "app.log").read_text()
        if address := _another_address():  # it answers there too
            assert call(f"http://{address}:{port}/auth/session").json["accounts"] == "on"
    with Server(data, port=port, STORYTELLER_PACE=0) as after:
        assert len(call(f"{after.url}/stories").json) == 2  # switched off again, nothing is lost


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "STORYBOT_ACCOUNTS=on"),
        ({"ACCOUNTS": "on"}, "STORYBOT_SITE_URL is missing"),
    ],
)
def test_it_listens_for_others_only_with_what_that_takes(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    env = environment(tmp_path / "data", PORT=free_port(), HOST="0.0.0.0", **settings)
    with Program(tmp_path, "storybot", "run", env=env) as program:
        assert program.wait(20) == 78
    assert sentence in program.output
    assert len(program.output.strip().splitlines()) == 1


def test_a_secret_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret.key").write_text("short")
    env = environment(data, PORT=free_port(), ACCOUNTS="on")
    with Program(tmp_path, "storybot", "run", env=env) as program:
        assert program.wait(30) == 78
    assert "STORYBOT_SECRET_KEY is not set" in program.output
    assert "Traceback" not in program.output
