"""Is it there, and can it work?"""

from typing import Any

from apiflask import APIBlueprint
from sqlalchemy.exc import SQLAlchemyError

from storybot import workers
from storybot.api.request import db_session, runtime
from storybot.api.schemas import HealthOut
from storybot.errors import NotReady

blueprint = APIBlueprint("health", __name__)


@blueprint.get("/healthz")
@blueprint.output(HealthOut)
def healthz() -> Any:
    """The web process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@blueprint.output(HealthOut)
def readyz() -> Any:
    """The database answers and a worker lives."""
    try:
        alive = workers.alive(db_session().connection(), runtime().settings.lease_s)
    except SQLAlchemyError as error:
        raise NotReady("The database does not answer.", part="database") from error
    if not alive:
        raise NotReady("No worker has given a sign of life: start one with `storybot worker`.", part="worker")
    return {"status": "ok"}
