"""The list of long jobs: who asked for what, how far it is, what came of it. Whoever does them is the worker's clerk;
the files that go with them lie in the data folder, one a job."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, or_, select, text, update
from sqlalchemy.orm import Session

from storybot.clock import now
from storybot.db import writing
from storybot.errors import Conflict, NotFound, problem
from storybot.ids import new_id
from storybot.models import OPEN_JOB, JobRow, table
from storybot.trace import current_trace_id

EXPORT, IMPORT, ERASE, CHECK, PULL = "export", "import", "erase", "check", "pull"
#: What is done side by side: a short check waits for no archive, and no archive for a download.
LANES = ((EXPORT, IMPORT, ERASE), (CHECK,), (PULL,))
KINDS = tuple(kind for lane in LANES for kind in lane)
#: Rings when a job has been asked for.
BELL = "clerks"
#: How long a job that has ended, and its file, are kept.
KEPT = timedelta(hours=24)
#: Claims after which a job whose clerk dies each time is given up.
ATTEMPTS = 3

_jobs = table(JobRow)
_OPEN = _jobs.c.state.in_(("queued", "running"))


def queue(session: Session, owner_id: str, kind: str, *, job_id: str | None = None, wanted: dict[str, Any] | None = None) -> JobRow:
    """Ask for a job; where the same kind is under way already, that is the answer. Expects a write transaction; ring
    `BELL` after it. job_id: given where a file lies there under that name already.

    `wanted` of an erasure: {"account": true} ends the account too. Raises: Conflict for a second import.
    """
    there = session.scalar(select(JobRow).where(JobRow.owner_id == owner_id, JobRow.kind == kind, OPEN_JOB).limit(1))
    if there is not None and kind == IMPORT:
        raise Conflict("An archive is being taken in already: wait until it is done.")
    if there is not None and there.wanted == wanted:
        return there
    job = JobRow(id=job_id or new_id(), owner_id=owner_id, kind=kind, wanted=wanted, trace_id=current_trace_id())
    session.add(job)
    session.flush()
    return job


def find(session: Session, owner_id: str, kind: str, job_id: str) -> JobRow:
    """A job of this owner. Raises: NotFound, also when it has been over for longer than it is kept."""
    job = session.scalar(select(JobRow).where(JobRow.owner_id == owner_id, JobRow.kind == kind, JobRow.id == job_id, _is_kept()))
    if job is None:
        raise NotFound("There is no such job, or it has been over for more than a day.")
    return job


def recent(session: Session, owner_id: str, kind: str) -> Sequence[JobRow]:
    """This owner's jobs of one kind that are not forgotten, newest first."""
    theirs = select(JobRow).where(JobRow.owner_id == owner_id, JobRow.kind == kind, _is_kept())
    return session.scalars(theirs.order_by(JobRow.id.desc()).limit(50)).all()


def _is_kept() -> Any:
    return or_(JobRow.expires_at.is_(None), JobRow.expires_at > now())


def folder_of(data: Path, kind: str) -> Path:
    """Where the files of a kind lie. data: the data folder."""
    return data / f"{kind}s"


def file_of(data: Path, kind: str, job_id: str) -> Path:
    """The file that goes with a job: the archive that an export makes, or that an import takes in."""
    return folder_of(data, kind) / f"{job_id}.zip"


_WAITING = text("SELECT MIN(id) FROM jobs WHERE state IN ('queued', 'running') AND kind IN :kinds GROUP BY owner_id ORDER BY 1").bindparams(
    bindparam("kinds", expanding=True)
)


def waiting(database: Engine, lane: Sequence[str] = KINDS) -> list[str]:
    """Ids of the jobs of a lane that may be done now: of each owner the oldest that is not over, so that none gets into another's way."""
    with database.connect() as connection:
        return list(connection.scalars(_WAITING, {"kinds": list(lane)}))


def claim(database: Engine, job_id: str) -> JobRow | None:
    """Begin a job, or begin it again after its clerk has died; None when it is over or gone, or has been begun too often.
    The caller holds the job's lock."""
    with Session(database, expire_on_commit=False) as session, writing(session):
        claimed = update(_jobs).where(_jobs.c.id == job_id, _OPEN, _jobs.c.attempts < ATTEMPTS)
        values = {"state": "running", "attempts": _jobs.c.attempts + 1, "started_at": now(), "done": 0, "total": 0}
        if not session.connection().execute(claimed.values(values)).rowcount:
            return None
        return session.get_one(JobRow, job_id)


def tell_progress(database: Engine, job_id: str, done: int, total: int, **more: Any) -> bool:
    """Say how far a job is, in units of work. more: other columns. Whether the job is still wanted."""
    return _write(database, job_id, done=done, total=total, **more)


def cancel(connection: Connection, job_id: str, slug: str, title: str) -> None:
    """End a job that nobody wants any more; whoever does it notices when it next says how far it is."""
    told = problem(slug, 409, title, f"{title}.")
    moment = now()
    values = {"state": "failed", "problem": told, "finished_at": moment, "expires_at": moment + KEPT}
    connection.execute(update(_jobs).where(_jobs.c.id == job_id, _OPEN).values(values))


def end(database: Engine, job_id: str, *, result: dict[str, Any] | None = None, problem: dict[str, Any] | None = None) -> None:
    """A job is over, well or with a problem. Nothing where it is over, or gone, already."""
    moment = now()
    state = "failed" if problem else "done"
    _write(database, job_id, state=state, result=result, problem=problem, finished_at=moment, expires_at=moment + KEPT)


def _write(database: Engine, job_id: str, **values: Any) -> bool:
    with Session(database) as session, writing(session):
        return session.connection().execute(update(_jobs).where(_jobs.c.id == job_id, _OPEN).values(values)).rowcount == 1


def forget_others(database: Engine, owner_id: str, job_id: str) -> list[tuple[str, str]]:
    """Forget all jobs of this owner but one. Returns kind and id of each."""
    with Session(database) as session, writing(session):
        return _forget(session.connection(), (_jobs.c.owner_id == owner_id) & (_jobs.c.id != job_id))


def forget_old(database: Engine) -> list[tuple[str, str]]:
    """Forget the jobs that are kept no longer. Returns kind and id of each, whose files can go."""
    with Session(database) as session:
        if session.scalar(select(JobRow.id).where(JobRow.expires_at <= now()).limit(1)) is None:
            return []
        with writing(session):
            return _forget(session.connection(), _jobs.c.expires_at <= now())


def known(database: Engine) -> set[str]:
    """The ids of all jobs: a file of any other belongs to nobody."""
    with database.connect() as connection:
        return set(connection.scalars(select(_jobs.c.id)))


def _forget(connection: Connection, which: Any) -> list[tuple[str, str]]:
    return [(row.kind, row.id) for row in connection.execute(delete(_jobs).where(which).returning(_jobs.c.kind, _jobs.c.id))]
