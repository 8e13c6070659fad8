"""What each storyteller took, month by month: passages, tokens, seconds and money."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from storybot import connections
from storybot.clock import now
from storybot.models import Generation

_FIELDS = ("generations", "tokens_in", "tokens_out", "estimates", "seconds", "cost_micros")


def by_month(session: Session, owner_id: str, months: int) -> list[dict[str, Any]]:
    """Of each of this owner's storytellers in each of the last `months` months (UTC), newest first: see `UsedMonthOut`."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    month = func.strftime("%Y-%m", Generation.created_at) if sqlite else func.to_char(func.timezone("UTC", Generation.created_at), "YYYY-MM")
    if sqlite:
        seconds: Any = (func.julianday(Generation.finished_at) - func.julianday(Generation.started_at)) * 86_400
    else:
        seconds = func.extract("epoch", Generation.finished_at - Generation.started_at)
    query = (
        select(
            month.label("month"),
            Generation.engine,
            Generation.currency,
            func.count().label("generations"),
            func.coalesce(func.sum(Generation.tokens_in), 0).label("tokens_in"),
            func.coalesce(func.sum(func.coalesce(Generation.tokens_out, Generation.tokens)), 0).label("tokens_out"),
            func.sum(case((Generation.counted == "server", 0), (Generation.engine == "storyteller", 0), else_=1)).label("estimates"),
            func.coalesce(func.sum(seconds), 0).label("seconds"),
            func.coalesce(func.sum(Generation.cost_micros), 0).label("cost_micros"),
        )
        .where(Generation.owner_id == owner_id, Generation.finished_at.is_not(None), Generation.created_at >= _first_of(months))
        .group_by(month, Generation.engine, Generation.currency)
        .order_by(month.desc(), Generation.engine)
    )
    labels = {connections.reference(row): row.name for row in connections.usable(session, owner_id)}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in session.execute(query):
        line = found.setdefault(
            (row.month, row.engine),
            {"month": row.month, "engine": row.engine, "label": labels.get(row.engine), "costs": []} | dict.fromkeys(_FIELDS, 0),
        )
        for name in _FIELDS:
            line[name] += float(getattr(row, name)) if name == "seconds" else int(getattr(row, name))
        if row.currency:
            line["costs"].append({"currency": row.currency, "micros": int(row.cost_micros)})
    return [line | {"estimated": line["estimates"] > 0, "seconds": round(line["seconds"])} for line in found.values()]


def _first_of(months: int) -> datetime:
    """The first moment of the month that lies `months - 1` back."""
    moment = now()
    year, month = divmod(moment.year * 12 + moment.month - months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
