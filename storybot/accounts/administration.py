"""What administrators see of everybody: accounts and how much they use, never what they write."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from storybot.accounts.models import Account, Passkey
from storybot.clock import now
from storybot.errors import NotFound
from storybot.models import Usage
from storybot.reader import everybody

#: What is counted of each person and day.
COUNTED = ("requests", "stories", "tokens", "uploads")
_LIKE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Person(NamedTuple):
    """An account, with what it used today."""

    account: Account
    has_passkey: bool
    today: dict[str, int]


def people(session: Session, *, limit: int, after: str | None = None, words: str = "") -> list[Person]:
    """Up to `limit` accounts, oldest first, those newer than the account `after`; words: part of the address."""
    query = select(Account, exists().where(Passkey.account_id == Account.id)).order_by(Account.id).limit(limit)
    if after:
        query = query.where(Account.id > after)
    if words.strip():
        query = query.where(Account.email.like(f"%{words.strip().lower().translate(_LIKE)}%", escape="\\"))
    rows = session.execute(query).all()
    used = _today(session, [account.owner_id for account, _ in rows])
    return [Person(account, has_passkey, used.get(account.owner_id, dict.fromkeys(COUNTED, 0))) for account, has_passkey in rows]


def person(session: Session, account: Account) -> Person:
    """One account, with what it used today."""
    has_passkey = session.scalar(select(exists().where(Passkey.account_id == account.id))) or False
    return Person(account, has_passkey, _today(session, [account.owner_id]).get(account.owner_id, dict.fromkeys(COUNTED, 0)))


def find(session: Session, account_id: str) -> Account:
    """The account. Raises: NotFound."""
    row = session.get(Account, account_id)
    if row is None:
        raise NotFound("There is no such account.")
    return row


def days(session: Session, count: int) -> list[dict[str, Any]]:
    """What all people used on each of the last `count` days (UTC) on which anybody did, newest first."""
    since = now().date() - timedelta(days=count - 1)
    sums = [func.sum(getattr(Usage, name)) for name in COUNTED]
    query = select(Usage.day, func.count(), *sums).where(Usage.day >= since).group_by(Usage.day).order_by(Usage.day.desc())
    with everybody(session):
        rows = session.execute(query).all()
    return [{"day": _iso(day), "people": people} | dict(zip(COUNTED, map(int, used), strict=True)) for day, people, *used in rows]


def counts(session: Session) -> dict[str, int]:
    """How many accounts there are, and how many of them have done anything today."""
    with everybody(session):
        active = session.scalar(select(func.count()).select_from(Usage).where(Usage.day == now().date())) or 0
    return {"accounts": session.scalar(select(func.count()).select_from(Account)) or 0, "active_today": active}


def _today(session: Session, owner_ids: list[str]) -> dict[str, dict[str, int]]:
    with everybody(session):
        rows = session.scalars(select(Usage).where(Usage.day == now().date(), Usage.owner_id.in_(owner_ids)))
        return {row.owner_id: {name: getattr(row, name) for name in COUNTED} for row in rows}


def _iso(day: date) -> str:
    return day.isoformat()
