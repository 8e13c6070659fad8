"""What the worker needs of a claimed generation: the order for the engine, and the problem when an engine fails."""

import logging
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from storybot import connections, context, generations, stories
from storybot.address import address
from storybot.brief import Brief, Style
from storybot.engines.contract import Action, EngineError, Order, Server, Told
from storybot.engines.veil import Veil, hidden
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
        _configurations.c.private_names,
    )
    .join(_passages, _passages.c.id == _generations.c.passage_id)
    .join(_stories, _stories.c.id == _generations.c.story_id)
    .outerjoin(_configurations, _configurations.c.owner_id == _generations.c.owner_id)
    .where(_generations.c.number == bindparam("b_number"))
)


class Commission(NamedTuple):
    """An order with what the worker must know besides. text: what is written already. veil: where names stay here."""

    order: Order
    text: str
    veil: Veil | None
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
    veil = _veil(made, settings, row.engine, row.private_names, text)
    commission = Commission(resumed(made, text, settings.context_tokens, veil), text, veil, number, row.engine, last_seq, row.created_at)
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


def resumed(made: Order, written: str, budget_tokens: int, veil: Veil | None = None) -> Order:
    """The order with the text that is committed by now, and the messages that belong to that: with stand-ins for names, where
    there is a veil."""
    brief, told, wish = made.brief, made.told, made.wish
    if veil is not None:
        brief, written = hidden(brief, veil), veil.hide(written)
        told = tuple(msgspec.structs.replace(one, text=veil.hide(one.text)) for one in told)
        wish = veil.hide(wish) if wish else wish
    asked = context.build(brief, told, made.action, wish=wish, written=written, budget_tokens=budget_tokens)
    return msgspec.structs.replace(made, written=written, messages=asked.messages, max_tokens=asked.max_tokens)


def _veil(made: Order, settings: Settings, engine: str, default: bool | None, written: str) -> Veil | None:
    """What hides the names, where the reader wants it or the story is for children, and the text leaves this machine."""
    if not engine.startswith("openai"):
        return None
    base_url = made.server.base_url if made.server else settings.openai_base_url
    wanted = made.brief.private_names if made.brief.private_names is not None else default
    if not (wanted if wanted is not None else made.brief.age_band != "adult"):
        return None
    try:
        if address(base_url or "").is_loopback:
            return None
    except ValueError:
        return None  # nobody can be asked there
    texts = [made.brief.prompt, made.wish or "", written, *(one.text for one in made.told), *_free_texts(made.brief)]
    return Veil.of(made.brief, texts) or None


def _free_texts(brief: Brief) -> list[str]:
    return [str(value) for value in msgspec.structs.astuple(brief) if value]


def _author(passage: Passage) -> Any:
    return passage.author


_STATUS = {"engine-timeout": 504, "engine-rate-limited": 503, "engine-overloaded": 503, "engine-unreachable": 503}


def engine_problem(error: EngineError, trace_id: str) -> Problem:
    """The problem object of a generation whose engine failed; the page has a sentence of its own for its slug."""
    facts = dict(error.facts)
    if error.retry_after_s is not None:
        facts["retry_after_s"] = round(error.retry_after_s)
    return problem(error.slug, _STATUS.get(error.slug, 502), "The storyteller cannot go on", error.detail, **facts | {"trace_id": trace_id})
