"""What the clerk's processes do: one job each, to its end. It can always be begun again, because what has been done
already is found done."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storybot import erasing, joblist
from storybot.clerk import lock, unlink
from storybot.db import make_engine, writing
from storybot.errors import StorybotError, problem
from storybot.exports import archive
from storybot.imports import archive as arriving
from storybot.imports.arrival import take_in
from storybot.models import JobRow
from storybot.settings import Settings
from storybot.trace import set_trace_id

log = logging.getLogger(__name__)

#: How often a job says how far it is, in seconds.
TELL_S = 0.3
#: Pause after each unit of work, in seconds, in which whoever wants to write may do so.
BREATH_S = 0.001
NICENESS = 10

Work = Callable[[Engine, Settings, JobRow, archive.Progress], dict[str, Any]]


class JobFailed(StorybotError):
    """It came to nothing through no fault of whoever asked for it."""

    slug, status, title = "job-failed", 500, "This could not be done"


def work(settings: Settings, job_id: str) -> None:
    """Be the process of one job."""
    os.nice(NICENESS)
    database = make_engine(settings.sqlalchemy_url)
    do(database, settings, job_id)
    database.dispose()


def do(database: Engine, settings: Settings, job_id: str) -> None:
    """Do one job to its end, good or bad; nothing where another process is at it, or where it is over."""
    with lock(settings.data_path, job_id) as is_mine:
        if not is_mine:
            return
        job = joblist.claim(database, job_id)
        if job is None:
            joblist.end(database, job_id, problem=_told(JobFailed("It broke off several times, and was given up.")))
            return
        set_trace_id(job.trace_id)
        began = time.monotonic()
        try:
            result = _WORK[job.kind](database, settings, job, _telling(database, job_id))
        except StorybotError as error:
            joblist.end(database, job_id, problem=_told(error))
            outcome = error.slug
        except Exception:
            log.exception("job failed", extra={"job.id": job_id, "job.kind": job.kind})
            joblist.end(database, job_id, problem=_told(JobFailed("The server ran into a fault of its own; its log says which.")))
            outcome = JobFailed.slug
        else:
            joblist.end(database, job_id, result=result)
            outcome = "done"
        if job.kind == joblist.IMPORT:
            joblist.file_of(settings.data_path, job.kind, job_id).unlink(missing_ok=True)
        fields = {"job.id": job_id, "job.kind": job.kind, "state": outcome, "event.outcome": "success" if outcome == "done" else "failure"}
        log.info("job finished", extra=fields | {"event.duration": int((time.monotonic() - began) * 1e9)})


def _told(error: StorybotError) -> dict[str, Any]:
    return problem(error.slug, error.status, error.title, error.detail, **error.facts)


def _telling(database: Engine, job_id: str) -> archive.Progress:
    next_telling = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal next_telling
        time.sleep(BREATH_S)
        if time.monotonic() >= next_telling:
            joblist.tell_progress(database, job_id, done, total)
            next_telling = time.monotonic() + TELL_S

    return tell


# The kinds of work


def _export(database: Engine, settings: Settings, job: JobRow, progress: archive.Progress) -> dict[str, Any]:
    path = joblist.file_of(settings.data_path, job.kind, job.id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = archive.export(database, job.owner_id, path, progress)
    return {"stories": count, "bytes": path.stat().st_size}


def _import(database: Engine, settings: Settings, job: JobRow, progress: archive.Progress) -> dict[str, Any]:
    path = joblist.file_of(settings.data_path, job.kind, job.id)
    if not path.exists():
        raise JobFailed("The file that was sent is not there any more.")
    found = arriving.read(path, archive_bytes=settings.import_bytes, content_bytes=settings.import_bytes)
    if settings.accounts == "on":
        _require_room(database, settings, job.owner_id, arriving.chars(found))
    return asdict(take_in(database, job.owner_id, found, progress))


def _require_room(database: Engine, settings: Settings, owner_id: str, chars: int) -> None:
    """Raises: QuotaExceeded. Only unpacked it shows how much an archive holds."""
    from storybot.quotas import Quotas  # only with accounts

    with database.connect() as connection:
        Quotas(settings).allow_text(connection, owner_id, chars=chars)


def _erase(database: Engine, settings: Settings, job: JobRow, progress: archive.Progress) -> dict[str, Any]:
    """Everything of the owner, also what they exported; and the account, where that is wanted."""
    unlink(settings.data_path, joblist.forget_others(database, job.owner_id, job.id))
    count = erasing.erase(database, job.owner_id, progress)
    if (job.wanted or {}).get("account"):
        _end_account(database, job.owner_id)
    return {"stories": count}


def _end_account(database: Engine, owner_id: str) -> None:
    from storybot.accounts import ending  # only with accounts

    with Session(database) as session, writing(session):
        ending.end(session, owner_id)


def _check(database: Engine, settings: Settings, job: JobRow, _progress: archive.Progress) -> dict[str, Any]:
    """Ask a connected server which models it has; what comes of it is kept with the connection."""
    from storybot import checking  # loads an HTTP client, which the others do without

    return checking.check(database, settings, str((job.wanted or {})["connection_id"]), job.trace_id or job.id)


def _pull(database: Engine, settings: Settings, job: JobRow, _progress: archive.Progress) -> dict[str, Any]:
    """Download a model of the catalogue, or go on with it."""
    from storybot.local import pulling  # loads the hub's client, which the others do without

    return pulling.pull(database, settings, job.id, str((job.wanted or {})["name"]))


_WORK: dict[str, Work] = {joblist.EXPORT: _export, joblist.IMPORT: _import, joblist.ERASE: _erase, joblist.CHECK: _check, joblist.PULL: _pull}
