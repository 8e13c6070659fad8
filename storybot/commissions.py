"""What the worker needs of a claimed generation: the order for the engine, and the problem when an engine fails."""

import logging
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from storybot import connections, context, generations, stories
from storybot.brief import Brief, Style
from storybot.engines.contract import Action, EngineError, Order, Server, Told
from storybot.errors import Problem, problem
from storybot.models import Configuration, Generation, Passage, Story, table
from storybot.sealed import Unreadable
from storybot.settings import Settings

log = logging.getLogger(__name__)

_generations, _passages, _stories, _configurations = table(Generation), table(Passage), table(Story), table(Configuration)
_CLAIMED = (
    select(
        *(_generations.c[name] for name in ("id", "owner_id", "trace_id", "engine", "model", "seed", "variant", "created_at")),
        *(_passages.c[name] for name in ("parent_id", "action", "wish")),
        _stories.c.brief,
        _configurations.c.style,
    )
    .join(_passages, _passages.c.id == _generations.c.passage_id)
    .join(_stories, _stories.c.id == _generations.c.story_id)
    .outerjoin(_configurations, _configurations.c.owner_id == _generations.c.owner_id)
    .where(_generations.c.number == bindparam("b_number"))
)


class Commission(NamedTuple):
    """An order with what the worker must know besides."""

    order: Order
    number: int
    engine: str
    last_seq: int
    created_at: datetime


def order(connection: Connection, number: int, settings: Settings) -> Commission:
    """The order of a claimed generation, from the database; what the engine is asked is kept with it."""
    row = connection.execute(_CLAIMED, {"b_number": number}).one()
    text, last_seq = generations.written(connection, number)
    action: Action = row.action if row.action in ("begin", "retry") else "continue"
    made = Order(
        generation_id=row.id,
        trace_id=row.trace_id,
        brief=Brief.from_json(row.brief),
        action=action,
        told=_told(connection, row.parent_id) if row.parent_id else (),
        wish=row.wish,
        model=row.model,
        seed=row.seed,
        variant=row.variant,
        style=_style(row.brief, row.style),
        server=_server(connection, settings, row.engine, row.owner_id),
    )
    commission = Commission(resumed(made, text, settings.context_tokens), number, row.engine, last_seq, row.created_at)
    if last_seq == 0:
        asked = {"messages": commission.order.messages, "max_tokens": commission.order.max_tokens}
        generations.keep_context(connection, number, asked)
    return commission


def _style(brief: dict[str, Any], default: dict[str, Any] | None) -> Style:
    """The style of the story, else of the reader, else the balanced one."""
    return msgspec.convert(brief.get("style") or default or {}, Style)


def _server(connection: Connection, settings: Settings, engine: str, owner_id: str) -> Server | None:
    """The connected server that the engine's name stands for; None where there is none (any more) that this owner may use."""
    if not engine.startswith(connections.PREFIX):
        return None
    with Session(connection) as session:
        row = connections.by_reference(session, engine)
        if row is None or not (row.shared or row.owner_id == owner_id):
            return None
        try:
            return connections.server(settings, row)
        except Unreadable:
            log.warning("a connection's key was sealed with another secret", extra={"connection.id": row.id})
            return None


def _told(connection: Connection, leaf_id: str) -> tuple[Told, ...]:
    with Session(connection, expire_on_commit=False) as session:
        return tuple(Told(text=one.text, author=_author(one)) for one in stories.path(session, leaf_id) if one.text)


def resumed(made: Order, written: str, budget_tokens: int) -> Order:
    """The order with the text that is committed by now, and the messages that belong to that."""
    asked = context.build(made.brief, made.told, made.action, wish=made.wish, written=written, budget_tokens=budget_tokens)
    return msgspec.structs.replace(made, written=written, messages=asked.messages, max_tokens=asked.max_tokens)


def _author(passage: Passage) -> Any:
    return passage.author


_STATUS = {"engine-timeout": 504, "engine-rate-limited": 503, "engine-overloaded": 503, "engine-unreachable": 503}


def engine_problem(error: EngineError, trace_id: str) -> Problem:
    """The problem object of a generation whose engine failed; the page has a sentence of its own for its slug."""
    facts = dict(error.facts)
    if error.retry_after_s is not None:
        facts["retry_after_s"] = round(error.retry_after_s)
    return problem(error.slug, _STATUS.get(error.slug, 502), "The storyteller cannot go on", error.detail, **facts | {"trace_id": trace_id})
