"""Workers as the database sees them: who lives, who is lost, and what a lost one held."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import generations, stories
from storybot.brief import Brief
from storybot.clock import now
from storybot.db import writing
from storybot.generations import TEXT
from storybot.models import LOCAL_OWNER_ID, Generation, Token, WorkerRow
from storybot.stories import Choice
from storybot.workers import Fenced, Registration, alive

LEASE_S = 10.0


@pytest.fixture
def hired(database: Engine, tmp_path: Path) -> Iterator[list[Registration]]:
    """Two registered workers; those whose lock is still held are closed in the end."""
    made = [Registration(database, tmp_path / "run") for _ in range(2)]
    yield made
    for one in made:
        if not one._lock.closed:
            one.close()


def _claimed(session: Session, worker_id: str, text: str = "") -> int:
    with writing(session):
        generation = stories.create(session, LOCAL_OWNER_ID, Brief(prompt="x"), Choice("storyteller")).generation
        assert generations.claim(session.connection(), generation.number, worker_id)
        if text:
            generations.append(session.connection(), [(generation.number, 1, TEXT, text)])
    return generation.number


def _row(session: Session, number: int) -> Generation:
    session.rollback()
    session.expire_all()
    return session.get_one(Generation, number)


def _dies(worker: Registration) -> None:
    """As when its process is killed: the kernel lets go of the lock, the file stays, and nobody tells the database."""
    worker._lock.close()
    worker._connection.close()


def _age(session: Session, worker_id: str, seconds: float) -> None:
    with writing(session):
        session.get_one(WorkerRow, worker_id).heartbeat_at = now() - timedelta(seconds=seconds)


def _look(worker: Registration) -> int:
    with worker.guard() as connection:
        return worker.reclaim_from_dead(connection, LEASE_S)


def test_the_living_keep_what_they_have(hired: list[Registration], session: Session) -> None:
    held = _claimed(session, hired[0].id)
    assert _look(hired[1]) == 0
    assert _row(session, held).worker_id == hired[0].id


def test_a_dead_process_is_seen_at_once(hired: list[Registration], session: Session) -> None:
    held = _claimed(session, hired[0].id, "Once")
    _dies(hired[0])
    assert _look(hired[1]) == 1
    row = _row(session, held)
    assert (row.state, row.worker_id) == ("queued", None)
    assert session.scalars(select(Token.text)).all() == ["Once"]
    assert not hired[0]._path.exists()
    assert _look(hired[1]) == 0


def test_a_worker_that_hangs_is_given_up_after_the_lease_and_then_may_not_write(hired: list[Registration], session: Session) -> None:
    held = _claimed(session, hired[0].id)
    _age(session, hired[0].id, LEASE_S - 3)
    assert _look(hired[1]) == 0
    _age(session, hired[0].id, LEASE_S + 1)
    assert _look(hired[1]) == 1
    assert _row(session, held).state == "queued"
    session.rollback()
    with pytest.raises(Fenced), hired[0].guard() as connection:
        generations.append(connection, [(held, 1, TEXT, "stale")])
    assert session.scalars(select(Token.text)).all() == []


def test_a_sign_of_life_counts(hired: list[Registration], session: Session) -> None:
    _age(session, hired[0].id, LEASE_S + 1)
    with hired[0].guard() as connection:
        hired[0].beat(connection)
    assert _look(hired[1]) == 0


def test_on_another_machine_only_the_heartbeat_tells(hired: list[Registration], session: Session) -> None:
    with writing(session):
        session.get_one(WorkerRow, hired[0].id).host = "elsewhere"
    held = _claimed(session, hired[0].id)
    _dies(hired[0])
    assert _look(hired[1]) == 0
    _age(session, hired[0].id, LEASE_S + 1)
    assert _look(hired[1]) == 1
    assert _row(session, held).state == "queued"


def test_a_worker_whose_row_is_gone_may_not_write(hired: list[Registration], session: Session) -> None:
    with writing(session):
        session.delete(session.get_one(WorkerRow, hired[0].id))
    with pytest.raises(Fenced), hired[0].guard():
        pass


def test_what_fails_inside_the_guard_is_not_kept(hired: list[Registration], session: Session) -> None:
    held = _claimed(session, hired[0].id)

    def fail() -> None:
        with hired[0].guard() as connection:
            generations.append(connection, [(held, 1, TEXT, "half")])
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert session.scalars(select(Token.text)).all() == []
    with hired[0].guard() as connection:  # and the connection can be used again
        hired[0].beat(connection)


def test_leaving_gives_everything_back(hired: list[Registration], session: Session) -> None:
    held, others = _claimed(session, hired[0].id, "Once"), _claimed(session, hired[1].id)
    hired[0].leave()
    assert _row(session, held).state == "queued"
    assert _row(session, others).worker_id == hired[1].id
    assert session.scalars(select(WorkerRow.id)).all() == [hired[1].id]
    assert not hired[0]._path.exists()


def test_of_two_claims_one_wins(hired: list[Registration], session: Session) -> None:
    with writing(session):
        waiting = stories.create(session, LOCAL_OWNER_ID, Brief(prompt="x"), Choice("storyteller")).generation
    won = []
    for worker in hired:
        with worker.guard() as connection:
            assert generations.queued(connection, 10) == ([] if won else [waiting.number])
            if generations.claim(connection, waiting.number, worker.id):
                won.append(worker.id)
    assert won == [hired[0].id]
    row = _row(session, waiting.number)
    assert (row.state, row.worker_id, row.attempts) == ("running", hired[0].id, 1)
    assert row.started_at is not None


def test_lost_workers_are_forgotten_after_a_day(hired: list[Registration], session: Session) -> None:
    with writing(session):
        for name, hours in {"lately": 23, "long-ago": 25}.items():
            session.add(WorkerRow(id=name, host="elsewhere", pid=1, lost_at=now() - timedelta(hours=hours)))
    _look(hired[0])
    session.rollback()
    assert set(session.scalars(select(WorkerRow.id))) == {"lately", hired[0].id, hired[1].id}


def test_alive(database: Engine, session: Session, hired: list[Registration]) -> None:
    assert alive(session.connection(), LEASE_S)
    for one in hired:
        _age(session, one.id, LEASE_S + 1)
    assert not alive(session.connection(), LEASE_S)
    with writing(session):
        row = session.get_one(WorkerRow, hired[0].id)
        row.heartbeat_at, row.lost_at = now(), now()
    assert not alive(session.connection(), LEASE_S)


def test_whether_others_wrote_is_said_once(hired: list[Registration], session: Session) -> None:
    hired[0].others_wrote()
    assert not hired[0].others_wrote()
    with hired[0].guard() as connection:
        hired[0].beat(connection)
    assert not hired[0].others_wrote()  # that was itself
    _claimed(session, hired[1].id)
    assert hired[0].others_wrote()
    assert not hired[0].others_wrote()
