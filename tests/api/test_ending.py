"""The end of an account: everything that is anybody's goes with it, and nothing of anybody else's."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from storybot import chores, joblist
from storybot.accounts import invitations
from storybot.accounts.models import Account, Identity, Invitation, Passkey, SignIn
from storybot.clock import now
from storybot.db import Base, writing
from storybot.models import LOCAL_OWNER_ID, Configuration, Owner
from storybot.settings import Settings
from tests.api.support import pointers, refused
from tests.conftest import PASSWORD, Running, Visitor, finish_all
from tests.fakes.engine import ScriptedEngine
from tests.fakes.letters import Sent

SignedIn = Callable[..., Visitor]
MEANT = {"confirm": "delete"}


@pytest.fixture
def work(database: Engine, settings: Settings) -> Callable[[], None]:
    """Do all jobs that wait, as the clerk's processes do."""

    def do_all() -> None:
        while waiting := joblist.waiting(database):
            for job_id in waiting:
                chores.do(database, settings, job_id)

    return do_all


Full = Callable[[str], Visitor]


@pytest.fixture
def full(signed_in: SignedIn, session: Session, worker: Running, engine: ScriptedEngine) -> Full:
    """Somebody who has one of everything."""

    def make(email: str) -> Visitor:
        somebody = signed_in(email)
        somebody.post("/prompts", json={"content": "An idea"})
        profile = somebody.post("/profiles", json={"name": "Mia", "age_band": "6-8"}).json
        engine.enqueue("Once.")
        story = somebody.post("/stories", json={"prompt": "A whale"}, headers={"Idempotency-Key": "once"}).json
        worker(finish_all)
        somebody.patch(f"/stories/{story['id']}", json={"profile_id": profile["id"]})
        signed_in(email).post("/auth/profile", json={"profile_id": profile["id"]})
        with writing(session):
            session.add(Passkey(account_id=somebody.account_id, credential_id=email.encode(), public_key=b"key", name="Phone"))
            session.add(Identity(account_id=somebody.account_id, issuer="https://id.example", subject=email))
            invitations.make(session, None, email)
        somebody.post("/exports")
        return somebody

    return make


def _rows(session: Session) -> dict[str, int]:
    session.rollback()
    counts = {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables}
    return {name: count for name, count in counts.items() if count and name not in {"workers", "attempts"}}


def test_everything_goes_and_everybody_else_stays(full: Full, session: Session, work: Callable[[], None], letters: list[Sent]) -> None:
    berta = full("berta@example.com")
    work()
    before = _rows(session)
    anna = full("anna@example.com")
    story_id = anna.get("/stories").json[0]["id"]
    assert _rows(session)["stories"] == 2
    begun = anna.delete("/auth/account", json=MEANT)
    assert begun.status_code == 202
    assert anna.get(begun.headers["Location"]).json["state"] == "queued"
    work()
    refused(anna.get(begun.headers["Location"]), 401, "signed-out")  # it is done
    assert [(one.to, one.name) for one in letters] == [("anna@example.com", "ending")]
    assert _rows(session) == before
    assert [row.email for row in session.scalars(select(Account))] == ["berta@example.com"]
    assert len(berta.get("/stories").json) == 1
    for file in (joblist.EXPORT, joblist.IMPORT):
        assert not list(joblist.folder_of(_data(anna), file).glob(f"*{begun.json['id']}*"))
    assert story_id not in berta.get("/stories").get_data(as_text=True)


def _data(visitor: Visitor) -> Path:
    folder: Path = visitor.application.extensions["storybot"].settings.data_path
    return folder


def test_nobody_signs_in_any_more_and_the_address_is_free(full: Full, visitor: Visitor, work: Callable[[], None], letters: list[Sent]) -> None:
    full("anna@example.com").delete("/auth/account", json=MEANT)
    work()
    refused(visitor.post("/auth/login", json={"email": "anna@example.com", "password": PASSWORD}), 401, "wrong-credentials")
    assert visitor.post("/auth/register", json={"email": "anna@example.com", "password": PASSWORD}).status_code == 202
    assert letters[-1].name == "confirm"


def test_other_browsers_are_signed_out_at_once(full: Full, signed_in: SignedIn) -> None:
    anna, other = full("anna@example.com"), signed_in("anna@example.com")
    anna.delete("/auth/account", json=MEANT)
    refused(other.get("/stories"), 401, "signed-out")
    assert anna.get("/stories").status_code == 200


def test_it_takes_a_fresh_proof_and_a_word(full: Full, session: Session) -> None:
    anna = full("anna@example.com")
    for body in ({}, {"confirm": "yes"}):
        assert pointers(anna.delete("/auth/account", json=body)) == ["/confirm"]
    with writing(session):
        session.execute(update(SignIn).values(fresh_at=now() - timedelta(minutes=11)))
    refused(anna.delete("/auth/account", json=MEANT), 403, "needs-verification")
    assert anna.post("/auth/verify", json={"password": PASSWORD}).status_code == 204
    assert anna.delete("/auth/account", json=MEANT).status_code == 202


def test_so_does_deleting_all_that_is_in_it(full: Full, session: Session, work: Callable[[], None]) -> None:
    anna = full("anna@example.com")
    with writing(session):
        session.execute(update(SignIn).values(fresh_at=now() - timedelta(minutes=11)))
    refused(anna.delete("/data", json=MEANT), 403, "needs-verification")
    work()
    assert anna.get("/stories").json
    assert anna.post("/auth/verify", json={"password": PASSWORD}).status_code == 204
    assert anna.delete("/data", json=MEANT).status_code == 202
    work()
    assert anna.get("/stories").json == []


def test_the_last_administrator_goes_last(signed_in: SignedIn, session: Session, work: Callable[[], None], letters: list[Sent]) -> None:
    admin, anna = signed_in("admin@example.com", "admin"), signed_in("anna@example.com")
    refused(admin.delete("/auth/account", json=MEANT), 409, "conflict")
    anna.delete("/auth/account", json=MEANT)
    work()
    admin.post("/prompts", json={"content": "An idea"})
    admin.post("/profiles", json={"name": "Mia", "age_band": "6-8"})
    admin.post("/stories", json={"prompt": "A whale"})
    assert "usage" in _rows(session)
    assert admin.delete("/auth/account", json=MEANT).status_code == 202
    work()
    # The local owner stays, with the defaults and nothing else: a server without accounts needs it.
    assert session.scalars(select(Owner.id)).all() == session.scalars(select(Configuration.owner_id)).all() == [LOCAL_OWNER_ID]
    assert set(_rows(session)) <= {"owners", "configurations", "jobs"}


def test_an_invitation_to_somebody_else_stays(signed_in: SignedIn, session: Session, work: Callable[[], None]) -> None:
    anna = signed_in("anna@example.com")
    with writing(session):
        invitations.make(session, anna.account_id, "berta@example.com")
    anna.delete("/auth/account", json=MEANT)
    work()
    session.rollback()
    row = session.scalars(select(Invitation)).one()
    assert (row.email, row.invited_by) == ("berta@example.com", None)
