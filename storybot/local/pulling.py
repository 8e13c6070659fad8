"""A download as a job: says how far it is and how fast, and ends when nobody wants it any more."""

import time
from typing import Any

from sqlalchemy import Engine

from storybot import joblist
from storybot.local import hub
from storybot.local.catalogue import catalogue
from storybot.local.pace import Pace
from storybot.local.problems import ModelMissing, PullCancelled
from storybot.settings import Settings

#: How often the job's row is told, in seconds: so late a cancelled download ends at the most.
TELL_S = 0.5


def pull(database: Engine, settings: Settings, job_id: str, name: str) -> dict[str, Any]:
    """Download the model and return its size in bytes. Raises: ModelMissing, PullCancelled, and what `hub.pull` raises."""
    entry = catalogue(settings.models_path).get(name)
    if entry is None:
        raise ModelMissing("The catalogue does not know this model any more.")
    path = hub.pull(entry, settings.models_path, _Teller(database, job_id).tell)
    return {"bytes": path.stat().st_size}


class _Teller:
    def __init__(self, database: Engine, job_id: str) -> None:
        self._database, self._job_id = database, job_id
        self._pace: Pace | None = None
        self._next = 0.0

    def tell(self, done: int, total: int) -> None:
        """Raises: PullCancelled where the job is over."""
        pace = self._pace = self._pace or Pace(done)
        pace.count(done)
        moment = time.monotonic()
        if moment < self._next and done < total:
            return
        self._next = moment + TELL_S
        if not joblist.tell_progress(self._database, self._job_id, done, total, result={"bytes_per_s": round(pace.bytes_per_s)}):
            raise PullCancelled
