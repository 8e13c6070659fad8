"""What must not be tried often: counted in the database, so that the limits hold across processes and restarts.

An attempt is counted before it is made, so that many at the same moment count each, and taken back when it succeeds.
Everything here expects a write transaction.
"""

import hashlib
import ipaddress
import math
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storybot.accounts.models import Attempt, Spent
from storybot.accounts.problems import TooManyAttempts
from storybot.clock import now


class Limit(NamedTuple):
    """At most so many attempts of one kind, by or on one thing, in a span of time that begins with the first."""

    kind: str
    times: int
    within: timedelta


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)

#: Passwords and passkeys from one address; a household or a school may share it.
SIGN_IN_FROM = Limit("sign-in-from", 50, _QUARTER)
#: Passwords for one account, from anywhere; passkeys and open sessions go on working.
SIGN_IN_TO = Limit("sign-in-to", 10, _QUARTER)
#: Codes of two-step sign-in, recovery codes, and passwords that are asked for once more. Three
#: codes of six digits count at a time, so that ten tries in a quarter of an hour find one in about a year, with the password.
CODE = Limit("code", 10, _QUARTER)
#: A child's tries at the PIN of four digits or more: at this pace the likeliest thousand take over a week.
PIN = Limit("pin", 5, _HOUR)
SIGN_UP_FROM = Limit("sign-up-from", 20, _HOUR)
#: Mails to one address, and mails that one network asks for.
MAIL_TO = Limit("mail-to", 5, _HOUR)
MAIL_FROM = Limit("mail-from", 30, _HOUR)


class Try(NamedTuple):
    """One attempt: a limit, and whom it counts for."""

    limit: Limit
    whom: str

    @property
    def key(self) -> str:
        """What it is counted under: no address and no name of a person."""
        return f"{self.limit.kind}:{hashlib.sha256(self.whom.encode()).hexdigest()[:40]}"


def count(session: Session, *tries: Try) -> None:
    """Count attempts that are about to be made.

    Raises: TooManyAttempts, and then none of them counts.
    """
    at = now()
    for one in tries:
        row = session.scalar(select(Attempt).where(Attempt.key == one.key).with_for_update())
        if row is None or row.until <= at:
            _begin(session, one, row, at)
        elif row.count >= one.limit.times:
            seconds = math.ceil((row.until - at).total_seconds())
            raise TooManyAttempts(f"That was tried too often: try again in {seconds} seconds.", retry_after_s=seconds)
        else:
            row.count += 1
    session.flush()


def _begin(session: Session, one: Try, row: Attempt | None, at: datetime) -> None:
    if row is None:
        session.execute(delete(Attempt).where(Attempt.until < at))
        session.add(Attempt(key=one.key, count=1, until=at + one.limit.within))
    else:
        row.count, row.until = 1, at + one.limit.within


def take_back(session: Session, *tries: Try) -> None:
    """These succeeded: they do not count."""
    for one in tries:
        row = session.get(Attempt, one.key)
        if row is not None:
            row.count = max(0, row.count - 1)
    session.flush()


def forget(session: Session, one: Try) -> None:
    """Somebody has shown who they are: what was tried on them before does not count any more."""
    session.execute(delete(Attempt).where(Attempt.key == one.key))


def spend(session: Session, what: str, lasts: timedelta) -> bool:
    """Use something that counts once and is worthless after `lasts`; False when it was used before."""
    digest = hashlib.sha256(what.encode()).hexdigest()
    if session.get(Spent, digest) is not None:
        return False
    session.execute(delete(Spent).where(Spent.expires_at < now()))
    session.add(Spent(digest=digest, expires_at=now() + lasts))
    session.flush()
    return True


def network(address: str | None) -> str:
    """Whom attempts from an address count for: the address, or the network that a household gets of IPv6 (/64)."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
