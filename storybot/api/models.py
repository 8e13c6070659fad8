"""Models on this machine: which there are, download one, delete one. With accounts, only administrators change anything."""

from typing import Any

from apiflask import APIBlueprint
from flask import url_for
from sqlalchemy import select

from storybot import joblist
from storybot.api.connection_schemas import CheckJobOut
from storybot.api.model_schemas import ModelOut
from storybot.api.request import db_session, owner_id, require_admin, require_grown_up, runtime
from storybot.bell import ring
from storybot.db import writing
from storybot.local import removing, shelf
from storybot.local.problems import ModelMissing, PullBusy
from storybot.models import OPEN_JOB, JobRow
from storybot.reader import everybody

blueprint = APIBlueprint("models", __name__, url_prefix="/models")

_STATES = {
    "here": "ready",
    "ready": "ready",
    "loading": "loading",
    "broken": "broken",
    "off": "off",
    "absent": "not-downloaded",
    "partial": "not-downloaded",
}
_CANCELLED = "urn:storybot:problem:pull-cancelled"


@blueprint.before_request
def refuse_children() -> None:
    """None of it is a child's."""
    require_grown_up()


def _require_manager() -> None:
    if runtime().accounts is not None:
        require_admin()


@blueprint.get("")
@blueprint.output(ModelOut(many=True))
def list_models() -> Any:
    """The catalogue, smallest first, and what else lies in the model folder."""
    pulls = _pulls()
    return [_shown(one, pulls.get(one.name)) for one in shelf.models(runtime().settings)]


@blueprint.post("/<name>/pulls")
@blueprint.output(CheckJobOut, status_code=202)
def pull_model(name: str) -> Any:
    """Download a model, or go on with its download. `GET /models` says how far it is."""
    _require_manager()
    _require_known(name)
    with writing(db_session()) as session:
        if (there := _open_pull(name)) is not None and there.owner_id != owner_id():
            raise PullBusy(f"Somebody else is having {name} downloaded already.")
        job = there or joblist.queue(session, owner_id(), joblist.PULL, wanted={"name": name})
    ring(runtime().settings.bells_path, joblist.BELL)
    return {"id": job.id, "state": job.state}, 202, {"Location": url_for("models.list_models")}


@blueprint.delete("/<name>/pulls")
@blueprint.output({}, status_code=204)
def cancel_pull(name: str) -> Any:
    """Stop a download; what has come is kept, and the next one goes on from there."""
    _require_manager()
    with writing(db_session()), everybody(db_session()):
        job = _open_pull(name)
        if job is None:
            raise ModelMissing(f"{name} is not being downloaded.")
        joblist.cancel(db_session().connection(), job.id, "pull-cancelled", "The download was cancelled")
    return "", 204


@blueprint.delete("/<name>")
@blueprint.output({}, status_code=204)
def delete_model(name: str) -> Any:
    """Delete a model's file, or what has come of its download."""
    _require_manager()
    if _open_pull(name) is not None:
        raise PullBusy(f"{name} is being downloaded: cancel that first.")
    settings = runtime().settings
    removing.remove(settings.models_path, settings.run_path, name)
    return "", 204


def _require_known(name: str) -> None:
    found = next((one for one in shelf.models(runtime().settings) if one.name == name), None)
    if found is None or found.entry is None:
        raise ModelMissing("The catalogue knows no such model.")


def _open_pull(name: str) -> JobRow | None:
    with everybody(db_session()) as session:
        found = session.scalars(select(JobRow).where(JobRow.kind == joblist.PULL, OPEN_JOB)).all()
    return next((job for job in found if (job.wanted or {}).get("name") == name), None)


def _pulls() -> dict[str, JobRow]:
    """The last download of each model that is not forgotten."""
    with everybody(db_session()) as session:
        jobs = session.scalars(select(JobRow).where(JobRow.kind == joblist.PULL).order_by(JobRow.id)).all()
    return {str((job.wanted or {}).get("name")): job for job in jobs}


def _shown(one: shelf.Model, job: JobRow | None) -> dict[str, Any]:
    entry = one.entry
    return {
        "name": one.name,
        "title": one.title,
        "state": _STATES[one.state],
        "reason": one.reason,
        "here": one.here,
        "size_bytes": one.size_bytes,
        "memory_bytes": one.memory_bytes,
        "fits": one.fits,
        "licence": entry.licence if entry else None,
        "languages": list(entry.languages) if entry else [],
        "about": entry.about if entry else None,
        "pull": _shown_pull(job) if job and (job.state == "running" or (not one.here and job.state != "done")) else None,
    }


def _shown_pull(job: JobRow) -> dict[str, Any]:
    running = job.state in {"queued", "running"}
    speed = (job.result or {}).get("bytes_per_s") if running else None
    cancelled = bool(job.problem and job.problem["type"] == _CANCELLED)
    return {
        "state": "cancelled" if cancelled else job.state,
        "done": job.done,
        "total": job.total or None,
        "bytes_per_s": speed or None,
        "seconds_left": round((job.total - job.done) / speed) if speed else None,
        "problem": None if cancelled else job.problem,
    }
