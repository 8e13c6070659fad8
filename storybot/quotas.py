"""Quotas: how much one person may use, with accounts. Counted in the database, so that they hold for all processes.

What a request asks for is counted in the transaction that makes it and goes with it where it is refused; tokens are
counted once a generation has ended, or its worker has. Counting takes the row of the person's day, so that of two requests at the same
moment one waits for the other.
"""

import math
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from sqlalchemy import Connection, Date, bindparam, func, select, text

from storybot import generations, metrics
from storybot.accounts.models import Account
from storybot.clock import iso, now
from storybot.errors import QuotaExceeded, problem
from storybot.models import Generation, Passage, Prompt, table
from storybot.settings import Settings

#: requests: a minute; stories, tokens, uploads (bytes): a day (UTC); running: generations at the same time; text: characters kept.
NAMES = ("requests", "stories", "running", "tokens", "text", "uploads")
Limits = dict[str, int | None]

#: How old a count of somebody's text, or what is known of their quotas, may be where it does not refuse anything, in seconds.
KNOWN_S = 10.0
#: When it is worth trying again, where no clock decides, in seconds.
RUNNING_S, TEXT_S = 5, 3600

_COUNT = text(
    "INSERT INTO usage (owner_id, day, requests, stories, tokens, uploads) VALUES (:owner_id, :day, :requests, :stories, :tokens, :uploads) "
    "ON CONFLICT (owner_id, day) DO UPDATE SET requests = usage.requests + excluded.requests, stories = usage.stories + excluded.stories, "
    "tokens = usage.tokens + excluded.tokens, uploads = usage.uploads + excluded.uploads RETURNING requests, stories, tokens, uploads"
).bindparams(bindparam("day", type_=Date))
_accounts, _generations, _passages, _prompts = table(Account), table(Generation), table(Passage), table(Prompt)
_OVERRIDES = select(_accounts.c.quotas).where(_accounts.c.owner_id == bindparam("b_owner_id"))
_OF_GENERATION = select(_generations.c.owner_id, _generations.c.engine, _generations.c.trace_id).where(_generations.c.number == bindparam("b_number"))


class Used(NamedTuple):
    """What a person used on one day."""

    requests: int
    stories: int
    tokens: int
    uploads: int


def defaults(settings: Settings) -> Limits:
    """The quotas of whom nothing else is set for; None: no limit."""
    return {name: getattr(settings, f"quota_{name}") if settings.limited else None for name in NAMES}


def merged(kept: dict[str, Any] | None, changes: dict[str, int | None]) -> dict[str, int] | None:
    """What is set for one person after these changes; None takes a quota's default again."""
    left = {name: value for name, value in ((kept or {}) | changes).items() if value is not None}
    return left or None


def count(connection: Connection, owner_id: str, **more: int) -> Used:
    """Count something of today; returns the day's sums with it. more: by the names of `Used`. Expects a write transaction."""
    none = dict.fromkeys(Used._fields, 0)
    return Used(*connection.execute(_COUNT, none | more | {"owner_id": owner_id, "day": now().date()}).one())


class Quotas:
    """The quotas of everybody, as one process knows them."""

    def __init__(self, settings: Settings) -> None:
        self._defaults = defaults(settings)
        self._limits: dict[str, tuple[float, Limits]] = {}
        self._chars: dict[str, tuple[float, int]] = {}

    def limits_of(self, connection: Connection, owner_id: str, *, lately: bool = False) -> Limits:
        """What this person may use. lately: what was known up to `KNOWN_S` ago is good enough."""
        at, known = self._limits.get(owner_id, (-math.inf, self._defaults))
        if not lately or time.monotonic() - at > KNOWN_S:
            overrides = connection.scalar(_OVERRIDES, {"b_owner_id": owner_id}) or {}
            known = self._defaults | overrides
            _remember(self._limits, owner_id, known)
        return known

    def allow_writing(self, connection: Connection, owner_id: str, *, stories: int) -> None:
        """Count what an engine is to write, before it is queued. stories: how many begin with it. Raises: QuotaExceeded."""
        used, limits = count(connection, owner_id, stories=stories), self.limits_of(connection, owner_id)
        self.allow_text(connection, owner_id, limits)
        if stories and _is_above(used.stories, limits["stories"]):
            _refuse("stories", limits, f"{limits['stories']} stories a day are told for one person.")
        if _is_used_up(used.tokens, limits["tokens"]):
            _refuse("tokens", limits, "Enough has been written for one person today.")
        if limits["running"] is not None and generations.count_open(connection, owner_id) >= limits["running"]:
            _refuse("running", limits, f"{limits['running']} passages are being written already: wait for one to end, or stop one.", RUNNING_S)

    def allow_text(self, connection: Connection, owner_id: str, limits: Limits | None = None, *, chars: int = 1) -> None:
        """Refuse so many more characters where there is no room for them. Raises: QuotaExceeded."""
        limits = limits or self.limits_of(connection, owner_id, lately=True)
        most = limits["text"]
        if most is None:
            return
        at, kept = self._chars.get(owner_id, (-math.inf, 0))
        if time.monotonic() - at > KNOWN_S or kept + chars > most:
            at, kept = time.monotonic(), kept_chars(connection, owner_id)
        _remember(self._chars, owner_id, kept + chars, at)
        if kept + chars > most:
            _refuse("text", limits, f"There is room for {most} characters: delete stories for ever that you no longer want.", TEXT_S)

    def allow_upload(self, connection: Connection, owner_id: str, size: int) -> None:
        """Count an upload of so many bytes. Expects a write transaction. Raises: QuotaExceeded."""
        used, limits = count(connection, owner_id, uploads=size), self.limits_of(connection, owner_id)
        if _is_above(used.uploads, limits["uploads"]):
            _refuse("uploads", limits, f"{limits['uploads']} bytes a day may be uploaded by one person.")
        self.allow_text(connection, owner_id, limits)

    # What only the worker calls, in its transactions

    def give_up(self, connection: Connection, number: int) -> bool:
        """End a generation that was just claimed, where its owner's tokens of today are used up; whether it was."""
        whose = connection.execute(_OF_GENERATION, {"b_number": number}).one()
        limits = self.limits_of(connection, whose.owner_id, lately=True)
        if limits["tokens"] is None or not _is_used_up(count(connection, whose.owner_id).tokens, limits["tokens"]):
            return False
        refusal = refused("tokens", limits, "Enough has been written for one person today.")
        failure = problem(refusal.slug, refusal.status, refusal.title, refusal.detail, **refusal.facts | {"trace_id": whose.trace_id})
        generations.finish(connection, number, "failed", failure=failure)
        metrics.GENERATIONS_FINISHED.labels(whose.engine, "failed").inc()
        return True

    def count_tokens(self, connection: Connection, number: int, tokens: int) -> None:
        """Count what a worker had written of a generation: when it ends, or when the worker lets go of it."""
        whose = connection.execute(_OF_GENERATION, {"b_number": number}).one()
        count(connection, whose.owner_id, tokens=tokens)


def kept_chars(connection: Connection, owner_id: str) -> int:
    """Characters of all that somebody keeps: passages with their wishes, and ideas."""
    sums = [select(func.coalesce(func.sum(func.length(column)), 0)) for column in (_passages.c.text, _passages.c.wish, _prompts.c.content)]
    whose = (_passages.c.owner_id, _passages.c.owner_id, _prompts.c.owner_id)
    return sum(connection.scalar(one.where(owner == owner_id)) or 0 for one, owner in zip(sums, whose, strict=True))


def refused(name: str, limits: Limits, sentence: str, retry_after_s: int | None = None) -> QuotaExceeded:
    """The refusal. retry_after_s: where it is left out, the next day decides."""
    wait = retry_after_s or math.ceil((tomorrow() - now()).total_seconds())
    return QuotaExceeded(sentence, quota=name, limit=limits[name], retry_after_s=wait)


def tomorrow() -> datetime:
    """When the day's counts begin anew."""
    day: date = now().date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def shown(connection: Connection, quotas: Quotas, owner_id: str, used: Used) -> dict[str, Any]:
    """What somebody used today, and may."""
    limits = quotas.limits_of(connection, owner_id)
    counted = used._asdict() | {"running": generations.count_open(connection, owner_id), "text": kept_chars(connection, owner_id)}
    return {
        "day": now().date().isoformat(),
        "resets_at": iso(tomorrow()),
        "quotas": [{"quota": name, "limit": limits[name], "used": counted[name]} for name in NAMES if name != "requests"],
    }


def _refuse(name: str, limits: Limits, sentence: str, retry_after_s: int | None = None) -> NoReturn:
    raise refused(name, limits, sentence, retry_after_s)


def _is_above(used: int, limit: int | None) -> bool:
    return limit is not None and used > limit


def _is_used_up(used: int, limit: int | None) -> bool:
    return limit is not None and used >= limit


def _remember(known: dict[str, tuple[float, Any]], owner_id: str, value: Any, at: float | None = None) -> None:
    if len(known) > 10_000:
        known.clear()
    known[owner_id] = (time.monotonic() if at is None else at, value)
