"""What a worker does every now and then beside its writing: a sign of life, what the dead left behind, what has become old."""

import logging
import time
from datetime import timedelta

from sqlalchemy import Connection

from storybot import generations, idempotency, metrics, stories
from storybot.clock import now
from storybot.generations import Counter
from storybot.settings import Settings
from storybot.workers import Registration

log = logging.getLogger(__name__)

#: Token log rows are folded away this long after the end.
FOLD_AFTER = timedelta(minutes=10)
#: How often it is looked for such rows, and for keys of old requests, in seconds.
FOLDING_S = 30.0
FORGETTING_S = 3600.0
#: Trials go so long after they began, and are looked for that often, in seconds.
TRIALS_KEPT = timedelta(minutes=45)
TRIALS_S = 600.0


class Housekeeping:
    """Keeps house in transactions of the worker, a little at a time, so that no text waits for it.

    count: told the tokens of what is taken from a dead worker.
    """

    def __init__(self, settings: Settings, count: Counter | None) -> None:
        self._lease_s = settings.lease_s
        self._count = count
        self._next_folding = time.monotonic() + FOLDING_S
        self._next_forgetting = self._next_trials = self._next_folding

    def keep(self, connection: Connection, registration: Registration) -> None:
        """Do what is due."""
        registration.beat(connection)
        reclaimed = registration.reclaim_from_dead(connection, self._lease_s, self._count)
        if reclaimed:
            metrics.RECLAIMED.inc(reclaimed)
            log.warning("generations reclaimed from a dead worker", extra={"generations": reclaimed})
        moment = time.monotonic()
        if moment >= self._next_folding:
            # One at a time: folding a long passage takes some ten milliseconds, in which nothing else can be written.
            folded = generations.fold(connection, now() - FOLD_AFTER, limit=1)
            self._next_folding = moment + (0 if folded else FOLDING_S)
        if moment >= self._next_forgetting:
            idempotency.forget_old(connection)
            self._next_forgetting = moment + FORGETTING_S
        if moment >= self._next_trials:
            stories.forget_trials(connection, now() - TRIALS_KEPT)
            self._next_trials = moment + TRIALS_S
