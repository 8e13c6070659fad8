"""Who reads, and what they may see: the one place where a person's rows are kept from everybody else.

With accounts, a database session that serves a request carries its reader, and every SELECT, UPDATE and DELETE of an
`Owned` model gets the condition that the rows are theirs, wherever in the statement the model stands. A request's session
without a reader may not touch such a model at all. The worker and the command line open sessions of their own, which
serve everybody; a handler that has to look across owners says so with `everybody`.

Statements on a table instead of a model are beyond this: they take the owner themselves.
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import current_app, has_request_context
from sqlalchemy import Executable, TableClause, event, false, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.sql.visitors import iterate

from storybot.db import Base
from storybot.models import LOCAL_OWNER_ID, Generation, Owned, Passage, Prompt, ReaderProfile, Story, table

_INFO = "reader"
_stories = table(Story)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose request it is. `profile_id`: a child's profile that the browser was handed to; `role`: member or admin, and
    a child is always a member. `needs_approval`: the child sees a story only once a grown-up has approved it;
    `age_band`: the child's; `engines`: those that it may use (None: any)."""

    owner_id: str
    account_id: str | None = None
    profile_id: str | None = None
    role: str = "member"
    needs_approval: bool = False
    age_band: str | None = None
    engines: tuple[str, ...] | None = None

    @property
    def is_admin(self) -> bool:
        """Whether it may see to other people's accounts."""
        return self.role == "admin" and self.profile_id is None


#: The one reader while there are no accounts.
LOCAL = Reader(LOCAL_OWNER_ID)
#: No reader at all, on purpose.
EVERYBODY = Reader("")


class NoReader(RuntimeError):
    """A fault of the program: a request touches somebody's rows without saying whose it is."""


def bind(session: Session, reader: Reader) -> None:
    """From now on the session sees and writes only what is this reader's."""
    session.info[_INFO] = reader


@contextmanager
def everybody(session: Session) -> Iterator[Session]:
    """Within the block the session sees all people's rows: for signing up, and for administrators."""
    before = session.info.get(_INFO)
    session.info[_INFO] = EVERYBODY
    try:
        yield session
    finally:
        session.info[_INFO] = before


def guard(sessions: Any) -> None:
    """Keep all sessions that this factory makes to their readers; once is enough, twice does no harm."""
    if not event.contains(sessions, "do_orm_execute", _narrow):
        event.listen(sessions, "do_orm_execute", _narrow)
        event.listen(sessions, "before_flush", _check_new)


def _narrow(state: ORMExecuteState) -> None:
    reader: Reader | None = state.session.info.get(_INFO)
    if reader is None:
        if _in_a_request() and not _tables(state.statement).isdisjoint(_owned()):
            raise NoReader
    elif reader is not EVERYBODY and not state.is_column_load and not state.is_relationship_load:
        state.statement = state.statement.options(*_options(reader))


def _check_new(session: Session, _context: Any, _instances: Any) -> None:
    reader: Reader | None = session.info.get(_INFO)
    if reader is EVERYBODY or (reader is None and not _in_a_request()):
        return
    for row in (*session.new, *session.dirty):
        if isinstance(row, Owned) and (reader is None or row.owner_id != reader.owner_id):
            raise NoReader


def _tables(statement: Executable) -> set[str]:
    """Names of the tables that a statement has anywhere in it."""
    return {part.name for part in iterate(statement) if isinstance(part, TableClause)}  # type: ignore[arg-type]


@functools.cache
def _owned() -> frozenset[str]:
    return frozenset(str(mapper.local_table) for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned))


def _in_a_request() -> bool:
    return has_request_context() and current_app.extensions["storybot"].accounts is not None


@functools.lru_cache(maxsize=1024)
def _options(reader: Reader) -> tuple[ExecutableOption, ...]:
    owner_id = reader.owner_id
    # One for all models: each of its own makes every statement slower.
    theirs = with_loader_criteria(Owned, lambda model: model.owner_id == owner_id, include_aliases=True)
    return (theirs, *_of_child(reader)) if reader.profile_id else (theirs,)


def _of_child(reader: Reader) -> list[ExecutableOption]:
    shown = [Story.profile_id == reader.profile_id]
    inside = select(_stories.c.id).where(_stories.c.profile_id == reader.profile_id)
    if reader.needs_approval:
        shown.append(Story.approved_at.is_not(None))
        inside = inside.where(_stories.c.approved_at.is_not(None))
    return [
        *(with_loader_criteria(Story, one, include_aliases=True) for one in shown),
        *(with_loader_criteria(model, model.story_id.in_(inside), include_aliases=True) for model in (Passage, Generation)),
        with_loader_criteria(ReaderProfile, ReaderProfile.id == reader.profile_id, include_aliases=True),
        with_loader_criteria(Prompt, false(), include_aliases=True),
    ]
