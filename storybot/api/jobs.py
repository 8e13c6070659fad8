"""Long jobs: take everything out as an archive, take one in, delete everything. All of it is a grown-up's."""

from typing import Any
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from storybot import joblist, uploads
from storybot.api.job_schemas import EraseIn, JobOut
from storybot.api.request import db_session, owner_id, require_grown_up, runtime
from storybot.bell import ring
from storybot.clock import iso
from storybot.db import writing
from storybot.errors import Conflict, Forbidden, NotFound
from storybot.ids import new_id
from storybot.imports.refusals import TooLarge
from storybot.joblist import ERASE, EXPORT, IMPORT
from storybot.models import JobRow

blueprint = APIBlueprint("jobs", __name__)

_PLACES = {EXPORT: "jobs.get_export", IMPORT: "jobs.get_import", ERASE: "jobs.get_erasure"}
_ZIP: Any = {200: {"description": "The archive.", "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}


@blueprint.before_request
def refuse_children() -> None:
    """None of it is a child's."""
    require_grown_up()


@blueprint.get("/exports")
@blueprint.output(JobOut(many=True))
def list_exports() -> Any:
    """The exports of the last day, newest first."""
    return _recent(EXPORT)


@blueprint.post("/exports")
@blueprint.output(JobOut, status_code=202)
def begin_export() -> Any:
    """Put everything into an archive. Ask `Location` how far it is; where one is being made already, that is the answer."""
    with writing(db_session()) as session:
        job = joblist.queue(session, owner_id(), EXPORT)
    return accepted(job)


@blueprint.get("/exports/<job_id>")
@blueprint.output(JobOut)
def get_export(job_id: str) -> Any:
    """How far an export is."""
    return _found(EXPORT, job_id)


@blueprint.get("/exports/<job_id>/file")
@blueprint.doc(responses=_ZIP)
def get_export_file(job_id: str) -> ResponseReturnValue:
    """Download an archive."""
    job = joblist.find(db_session(), owner_id(), EXPORT, job_id)
    if job.state in {"queued", "running"}:
        raise Conflict("The archive is not ready yet.")
    path = joblist.file_of(runtime().settings.data_path, EXPORT, job.id)
    if job.state != "done" or not path.is_file():
        raise NotFound("There is no archive of this export.")
    name = f"storybot-{job.created_at:%Y-%m-%d}.zip"
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name, conditional=False, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/imports")
@blueprint.output(JobOut(many=True))
def list_imports() -> Any:
    """The imports of the last day, newest first."""
    return _recent(IMPORT)


@blueprint.post("/imports")
@blueprint.output(JobOut, status_code=202)
def begin_import() -> Any:
    """Take an archive in, beside what is there: nothing is overwritten and nothing doubled. The body is
    multipart/form-data with one file. Ask `Location` how far it is."""
    settings = runtime().settings
    _refuse_strangers()
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("The body must be multipart/form-data with one file.")
    if (request.content_length or 0) > settings.import_bytes + uploads.ROUND_ABOUT:
        raise TooLarge(f"An archive may have {settings.import_bytes} bytes.", limit=settings.import_bytes)
    job_id = new_id()
    path = joblist.file_of(settings.data_path, IMPORT, job_id)
    db_session().rollback()  # nothing stays open for as long as an upload takes
    size = uploads.receive(request.environ, path, settings.import_bytes)
    try:
        with writing(db_session()) as session:
            if (found := runtime().accounts) is not None:
                found.quotas.allow_upload(session.connection(), owner_id(), size)
            job = joblist.queue(session, owner_id(), IMPORT, job_id=job_id)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return accepted(job)


@blueprint.get("/imports/<job_id>")
@blueprint.output(JobOut)
def get_import(job_id: str) -> Any:
    """How far an import is."""
    return _found(IMPORT, job_id)


@blueprint.delete("/data")
@blueprint.input(EraseIn)
@blueprint.output(JobOut, status_code=202)
def erase(json_data: dict[str, Any]) -> Any:
    """Delete all stories (the bin's too), ideas and archives for ever, and put the defaults back. Ask `Location` how far it is.

    With accounts it wants a fresh proof of who asks."""
    if runtime().accounts is not None:
        from storybot.accounts.gate import require_fresh  # not where accounts are off

        require_fresh()
    with writing(db_session()) as session:
        job = joblist.queue(session, owner_id(), ERASE)
    return accepted(job)


@blueprint.get("/erasures/<job_id>")
@blueprint.output(JobOut)
def get_erasure(job_id: str) -> Any:
    """How far a deletion of everything is."""
    return _found(ERASE, job_id)


def accepted(job: JobRow) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer to whoever asked for a job; wakes whoever does it."""
    ring(runtime().settings.bells_path, joblist.BELL)
    return shown(job), 202, {"Location": url_for(_PLACES[job.kind], job_id=job.id)}


def shown(job: JobRow) -> dict[str, Any]:
    """A job as the API gives it."""
    is_done = job.state == "done"
    share = job.done / job.total if job.total else 0.0
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": 1.0 if is_done else round(min(share, 1.0), 3),
        "result": job.result,
        "problem": job.problem,
        "file": url_for("jobs.get_export_file", job_id=job.id) if is_done and job.kind == EXPORT else None,
        "created_at": iso(job.created_at),
        "finished_at": iso(job.finished_at),
        "expires_at": iso(job.expires_at),
    }


def _recent(kind: str) -> list[dict[str, Any]]:
    return [shown(job) for job in joblist.recent(db_session(), owner_id(), kind)]


def _found(kind: str, job_id: str) -> dict[str, Any]:
    return shown(joblist.find(db_session(), owner_id(), kind, job_id))


def _refuse_strangers() -> None:
    """Refuse a page of another site: a multipart body is the one that browsers send without asking first.
    Source: Fetch Standard, 4.10 (CORS-safelisted request-header). Raises: Forbidden."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in runtime().settings.page_origins and urlsplit(origin).netloc != request.host:
        raise Forbidden("The request comes from a page of another site.")
