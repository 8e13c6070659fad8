"""`storybot user …`: people from the command line, and what the first administrator takes over."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storybot import prompts, schema, stories
from storybot.accounts import passwords, people, sessions
from storybot.accounts.models import Account, Invitation, SignIn
from storybot.brief import Brief
from storybot.cli import main
from storybot.db import make_engine, writing
from storybot.models import LOCAL_OWNER_ID, Configuration, Owner, Prompt, Story, insert_default_config
from storybot.settings import read_settings
from storybot.stories import Choice
from tests.conftest import PASSWORD

Command = Callable[..., Result]


@pytest.fixture
def storybot(tmp_path: Path) -> Command:
    """The command, in a data folder of its own: `storybot("user", "list")`; stdin is what is piped in."""

    def run(*words: str, stdin: str = "") -> Result:
        environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("STORYBOT_")}
        environment |= {"STORYBOT_DATA_DIR": str(tmp_path / "data"), "STORYBOT_SITE_URL": "https://stories.example"}
        return CliRunner().invoke(main, words, input=stdin, env=environment)

    return run


@pytest.fixture
def look(tmp_path: Path) -> Callable[[], Session]:
    """A session on that folder's database."""

    def opened() -> Session:
        return Session(make_engine(read_settings(data_dir=tmp_path / "data").sqlalchemy_url))

    return opened


def _filled(folder: Path) -> None:
    """A database that was used without accounts."""
    settings = read_settings(data_dir=folder)
    schema.upgrade(settings)
    with Session(make_engine(settings.sqlalchemy_url)) as session, writing(session):
        insert_default_config(session)
        prompts.add(session, LOCAL_OWNER_ID, "of the local owner")
        stories.create(session, LOCAL_OWNER_ID, Brief(prompt="of the local owner"), Choice("storyteller"))
        session.get_one(Configuration, LOCAL_OWNER_ID).theme = "night"


def test_the_first_administrator_takes_over_all_that_there_is(storybot: Command, look: Callable[[], Session], tmp_path: Path) -> None:
    _filled(tmp_path / "data")
    made = storybot("user", "add", "Anna@Example.com", "--admin", "--language", "de", stdin=f"{PASSWORD}\n")
    assert (made.exit_code, made.stdout) == (0, "anna@example.com can sign in now and is an administrator.\n"), made.stderr
    with look() as session:
        anna = session.scalars(select(Account)).one()
        assert (anna.owner_id, anna.role, anna.language, anna.email) == (LOCAL_OWNER_ID, "admin", "de", "anna@example.com")
        assert anna.confirmed_at is not None
        assert passwords.matches(PASSWORD, anna.password)
        assert session.scalars(select(Prompt.owner_id)).all() == session.scalars(select(Story.owner_id)).all() == [anna.owner_id]
        assert session.get_one(Configuration, anna.owner_id).theme == "night"
        assert session.scalar(select(func.count()).select_from(Owner)) == 1
    assert storybot("user", "add", "berta@example.com", "--admin", stdin=f"{PASSWORD}\n").exit_code == 0
    with look() as session:
        assert people.get(session, "berta@example.com").owner_id != LOCAL_OWNER_ID


def test_a_member_who_becomes_the_first_administrator_keeps_what_is_theirs(storybot: Command, look: Callable[[], Session], tmp_path: Path) -> None:
    _filled(tmp_path / "data")
    storybot("user", "add", "anna@example.com", stdin=f"{PASSWORD}\n")
    with look() as session, writing(session):
        prompts.add(session, people.get(session, "anna@example.com").owner_id, "Annas own")
    assert storybot("user", "make-admin", "anna@example.com").stdout == "anna@example.com is an administrator.\n"
    with look() as session:
        owner_id = people.get(session, "anna@example.com").owner_id
        assert [one.content for one in prompts.kept(session, owner_id)] == ["Annas own", "of the local owner"]
        assert session.scalar(select(func.count()).select_from(Owner)) == 1


def test_people_are_listed_disabled_and_enabled(storybot: Command, look: Callable[[], Session]) -> None:
    for email in ("admin@example.com", "anna@example.com"):
        assert storybot("user", "add", email, *(["--admin"] if email.startswith("admin") else []), stdin=f"{PASSWORD}\n").exit_code == 0
    with look() as session, writing(session):
        sessions.begin(session, people.get(session, "anna@example.com"), sessions.place_of("192.0.2.7", "Firefox"))
    assert storybot("user", "disable", "anna@example.com").exit_code == 0
    lines = [line.split("\t") for line in storybot("user", "list").stdout.splitlines()]
    assert [line[:3] for line in lines] == [["admin@example.com", "admin", "active"], ["anna@example.com", "member", "disabled"]]
    assert lines[0][3] == "never seen"
    with look() as session:
        assert session.scalars(select(SignIn.ended_at)).one() is not None
    assert storybot("user", "enable", "anna@example.com").exit_code == 0
    assert "disabled" not in storybot("user", "list").stdout
    for command in ("disable", "make-member"):
        refusal = storybot("user", command, "admin@example.com")
        assert (refusal.exit_code, refusal.stderr) == (65, "storybot: This is the only administrator: make another one first.\n")


@pytest.mark.parametrize(
    ("email", "stdin", "sentence"),
    [
        ("nobody", f"{PASSWORD}\n", "This is not a mail address."),
        ("anna@example.com", "", "The password is missing: give it as the first line of stdin."),
        ("anna@example.com", "short\n", "Take at least 10 characters."),
        ("anna@example.com", "password1234\n", "Many people use this password, so it is among the first that are tried."),
    ],
)
def test_what_cannot_be_is_refused_and_makes_nothing(storybot: Command, look: Callable[[], Session], email: str, stdin: str, sentence: str) -> None:
    refusal = storybot("user", "add", email, stdin=stdin)
    assert refusal.exit_code == 65
    assert sentence in refusal.stderr
    assert "Traceback" not in refusal.stderr
    assert storybot("user", "list").stdout == ""


def test_an_address_has_one_account(storybot: Command) -> None:
    storybot("user", "add", "anna@example.com", stdin=f"{PASSWORD}\n")
    again = storybot("user", "add", "ANNA@example.com", stdin=f"{PASSWORD}\n")
    assert (again.exit_code, again.stderr) == (65, "storybot: There is an account with this address already.\n")
    assert storybot("user", "make-admin", "berta@example.com").stderr == "storybot: There is no account with this address.\n"


def test_an_invitation_is_printed_once_and_kept_as_a_digest(storybot: Command, look: Callable[[], Session]) -> None:
    link = storybot("user", "invite", "Anna@Example.com", "--days", "2").stdout.strip()
    assert link.startswith("https://stories.example/sign-up?invitation=")
    with look() as session:
        row = session.scalars(select(Invitation)).one()
        assert row.email == "anna@example.com"
        assert row.token_hash == sessions.digest(link.split("=")[1])
        assert (row.expires_at - row.created_at).days in {1, 2}


def test_no_password_is_ever_an_argument(storybot: Command) -> None:
    """Other people on the machine see arguments; so there is no place for one."""
    refusal = storybot("user", "add", "anna@example.com", PASSWORD)
    assert refusal.exit_code == 2
    assert "password" not in storybot("user", "add", "--help").stdout.lower().replace("its password is asked for", "")


def test_at_a_terminal_it_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYBOT_")} | {"STORYBOT_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "storybot", "user", "add", "anna@example.com"]
    running = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True)
    os.close(follower)
    shown = b""
    for wanted in (b"Password:", b"Repeat for confirmation:"):
        while wanted not in shown:
            shown += os.read(leader, 1000)
        os.write(leader, f"{PASSWORD}\n".encode())
    assert running.wait(60) == 0
    shown += os.read(leader, 1000)
    os.close(leader)
    assert PASSWORD.encode() not in shown
    assert b"anna@example.com can sign in now." in shown
