"""How many requests each person makes: limited a minute in this process, and written down for the day now and then."""

import logging
import math
import threading
import time
from collections import Counter

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storybot import quotas
from storybot.db import writing
from storybot.models import Owner
from storybot.quotas import Quotas

log = logging.getLogger(__name__)

#: How often the counts are written down, in seconds; so much of a day is lost at the most when the process is killed.
WRITE_EVERY_S = 30.0


class Traffic:
    """The requests of everybody that this process has seen."""

    def __init__(self, known: Quotas) -> None:
        self._quotas = known
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._counts: Counter[str] = Counter()
        self._next = time.monotonic() + WRITE_EVERY_S

    def note(self, connection: Connection, database: Engine, owner_id: str) -> None:
        """One more request of this person. Raises: QuotaExceeded."""
        self._counts[owner_id] += 1
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + WRITE_EVERY_S
            threading.Thread(target=self.write_down, args=(database,), name="traffic", daemon=True).start()
        limits = self._quotas.limits_of(connection, owner_id, lately=True)
        most = limits["requests"]
        if most is None:
            return
        item = RateLimitItemPerMinute(most) if most else None
        if item is None or not self._limiter.hit(item, owner_id):
            wait = self._limiter.get_window_stats(item, owner_id).reset_time - time.time() if item else 60
            raise quotas.refused("requests", limits, f"One person may ask {most} times a minute.", max(1, math.ceil(wait)))

    def write_down(self, database: Engine) -> None:
        """Add what was counted to the day's usage."""
        counts, self._counts = self._counts, Counter()
        try:
            with Session(database) as session, writing(session):
                there = set(session.scalars(select(Owner.id).where(Owner.id.in_(list(counts)))))  # an account may have ended meanwhile
                for owner_id, requests in sorted((one, many) for one, many in counts.items() if one in there):
                    quotas.count(session.connection(), owner_id, requests=requests)
        except SQLAlchemyError:
            log.warning("requests not counted", exc_info=True)
