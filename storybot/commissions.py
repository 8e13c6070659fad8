"""What the worker needs of a claimed generation: the order for the engine, and the problem when an engine fails."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from storybot import context, generations, stories
from storybot.brief import Brief
from storybot.engines.contract import Action, EngineError, Order, Told
from storybot.errors import Problem, problem
from storybot.models import Generation, Passage, Story


class Commission(NamedTuple):
    """An order with what the worker must know besides."""

    order: Order
    engine: str
    last_seq: int
    created_at: datetime


def order(connection: Connection, generation_id: str, budget_tokens: int) -> Commission:
    """The order of a claimed generation, from the database; what the engine is asked is kept with it."""
    with Session(connection, expire_on_commit=False) as session:
        generation = session.get_one(Generation, generation_id)
        passage = session.get_one(Passage, generation.passage_id)
        story = session.get_one(Story, generation.story_id)
        before = stories.path(session, passage.parent_id) if passage.parent_id else []
        text, last_seq = generations.written(connection, generation_id)
        action: Action = "begin" if passage.action == "begin" else "retry" if passage.action == "retry" else "continue"
        made = Order(
            generation_id=generation.id,
            trace_id=generation.trace_id,
            brief=Brief.from_json(story.brief),
            action=action,
            told=tuple(Told(text=one.text, author=_author(one)) for one in before if one.text),
            wish=passage.wish,
            model=generation.model,
            seed=generation.seed,
            variant=generation.variant,
        )
        commission = Commission(resumed(made, text, budget_tokens), generation.engine, last_seq, generation.created_at)
    if last_seq == 0:
        asked = {"messages": commission.order.messages, "max_tokens": commission.order.max_tokens}
        generations.keep_context(connection, generation_id, asked)
    return commission


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
