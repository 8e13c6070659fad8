"""Who is signed in where. The cookie holds a random token; the row holds its digest, so that a copy of the database opens
nothing. A session ends when it is not used for long, when it is old, when it is ended, or when its account is disabled.

Functions that change something expect a write transaction (`db.writing`).
"""

import hashlib
import ipaddress
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from storybot.accounts.models import Account, SignIn
from storybot.clock import now
from storybot.models import table

#: Without a request for this long a session ends: in a browser that is to be remembered, and in any other.
IDLE_REMEMBERED, IDLE = timedelta(days=30), timedelta(hours=12)
#: And however much it is used, it ends after this long.
AGE_REMEMBERED, AGE = timedelta(days=180), timedelta(days=7)
#: For the second step of signing in.
AWAITING = timedelta(minutes=10)
#: How long somebody counts as having just proved who they are.
FRESH = timedelta(minutes=10)
#: `last_seen_at` is no more exact than this, as writing it costs a commit.
SEEN_EVERY = timedelta(minutes=5)
#: What is left of a session that has ended is deleted after this long, when its account signs in again.
KEPT = timedelta(days=30)

SECOND_FACTOR = "second-factor"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_sessions, _accounts = table(SignIn), table(Account)
_FIND = (
    select(
        *(_sessions.c[name] for name in ("id", "profile_id", "remember", "awaits", "created_at", "last_seen_at", "fresh_at")),
        _accounts.c.id.label("account_id"),
        _accounts.c.owner_id,
        _accounts.c.role,
    )
    .join(_accounts, _accounts.c.id == _sessions.c.account_id)
    .where(_sessions.c.token_hash == bindparam("b_digest"), _sessions.c.ended_at.is_(None), _accounts.c.disabled_at.is_(None))
)


class Present(NamedTuple):
    """A session that holds, with what every request needs of its account."""

    id: str
    profile_id: str | None
    remember: bool
    awaits: str | None
    created_at: datetime
    last_seen_at: datetime
    fresh_at: datetime
    account_id: str
    owner_id: str
    role: str

    @property
    def is_fresh(self) -> bool:
        """Whether whoever holds it has just proved who they are."""
        return now() - self.fresh_at < FRESH

    @property
    def wants_touch(self) -> bool:
        """Whether it is time to note that it is used."""
        return now() - self.last_seen_at > SEEN_EVERY


class Place(NamedTuple):
    """Where somebody signs in from, as coarse as it is kept: a network, and the names of browser and system."""

    ip: str
    user_agent: str


def new_token() -> str:
    """A token for the cookie: 256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether this could be a token."""
    return bool(_TOKEN.fullmatch(text))


def digest(token: str) -> str:
    """What is kept of a token. It is random and long, so that a fast digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def find(session: Session, token: str) -> Present | None:
    """The session that this token holds, unless it has ended in any way."""
    row = session.connection().execute(_FIND, {"b_digest": digest(token)}).one_or_none()
    if row is None:
        return None
    present, at = Present._make(row), now()
    idle, age = (IDLE_REMEMBERED, AGE_REMEMBERED) if present.remember else (IDLE, AGE)
    if present.awaits:
        idle = age = AWAITING
    return present if at - present.last_seen_at < idle and at - present.created_at < age else None


def begin(session: Session, account: Account, place: Place, *, remember: bool = False, awaits: str | None = None) -> str:
    """Sign an account in; returns the new token."""
    token = new_token()
    is_over = or_(SignIn.ended_at < now() - KEPT, SignIn.created_at < now() - AGE_REMEMBERED)
    session.execute(delete(SignIn).where(SignIn.account_id == account.id, is_over))
    session.add(SignIn(account_id=account.id, token_hash=digest(token), remember=remember, awaits=awaits, ip=place.ip, user_agent=place.user_agent))
    if awaits is None:
        account.last_seen_at = now()
    session.flush()
    return token


def renew(session: Session, session_id: str, *, fresh: bool = False, complete: bool = False) -> str:
    """Give a session another token, so that an old one opens nothing after its rights have changed; returns the new one.

    fresh: whoever holds it has just proved who they are. complete: and nothing is missing any more.
    """
    token, row = new_token(), session.get_one(SignIn, session_id)
    row.token_hash = digest(token)
    if complete:
        row.awaits, row.created_at = None, now()
        session.get_one(Account, row.account_id).last_seen_at = now()
    if fresh or complete:
        row.fresh_at = now()
    row.last_seen_at = now()
    session.flush()
    return token


def hand_over(session: Session, session_id: str, profile_id: str) -> str:
    """Put a session into a child's hands; returns its new token. When it comes back, it is not as if somebody had just
    proved who they are."""
    row = session.get_one(SignIn, session_id)
    row.profile_id, row.fresh_at = profile_id, now() - FRESH
    return renew(session, session_id)


def take_back(session: Session, session_id: str, *, fresh: bool) -> str:
    """Put a session back into the grown-up's hands; returns its new token."""
    session.get_one(SignIn, session_id).profile_id = None
    return renew(session, session_id, fresh=fresh)


def touch(session: Session, session_id: str, account_id: str) -> None:
    """Note that it is used."""
    session.execute(update(SignIn).where(SignIn.id == session_id).values(last_seen_at=now()))
    session.execute(update(Account).where(Account.id == account_id).values(last_seen_at=now()))


def end(session: Session, session_id: str) -> None:
    """End a session."""
    session.execute(update(SignIn).where(SignIn.id == session_id, SignIn.ended_at.is_(None)).values(ended_at=now()))


def end_all(session: Session, account_id: str, *, but: str | None = None) -> None:
    """End every session of an account; `but` stays."""
    query = update(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
    session.execute((query.where(SignIn.id != but) if but else query).values(ended_at=now()))


def listed(session: Session, account_id: str) -> list[SignIn]:
    """An account's sessions that hold, the one last used first."""
    at = now()
    holds = or_(
        SignIn.remember & (SignIn.last_seen_at > at - IDLE_REMEMBERED) & (SignIn.created_at > at - AGE_REMEMBERED),
        ~SignIn.remember & (SignIn.last_seen_at > at - IDLE) & (SignIn.created_at > at - AGE),
    )
    query = select(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.awaits.is_(None), holds)
    return list(session.scalars(query.order_by(SignIn.last_seen_at.desc())))


def place_of(address: str | None, user_agent: str) -> Place:
    """A place of a request: the address without its last part, and what browser it says it is."""
    return Place(_network(address), _device(user_agent))


def _network(address: str | None) -> str:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network((found, bits), strict=False).network_address)


#: The first that stands in a User-Agent names it; browsers call themselves by each other's names, so the order matters.
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
    "curl": "curl",
    "python": "Python",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def _device(user_agent: str) -> str:
    named = [next((name for sign, name in known.items() if sign in user_agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in named if name)
