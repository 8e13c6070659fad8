"""The database connection: one place that knows what SQLite needs.

Reads run in a plain transaction; everything that writes runs inside `writing`, which takes SQLite's write lock at the
beginning (`BEGIN IMMEDIATE`), so that what was read before a write cannot have changed under it.
"""

import functools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Connection, Engine, Insert, MetaData, Table, create_engine, event, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.pool import ConnectionPoolEntry

from storybot.turn import Turn

#: How long a writer waits for another one, in seconds.
BUSY_TIMEOUT_S = 10.0
#: How often a writer that waits cooperatively tries again, in seconds.
RETRY_S = 0.002

_NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table; constraints have names, so that migrations can change them."""

    metadata = MetaData(naming_convention=_NAMING)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def make_engine(url: str) -> Engine:
    """An engine for processes without Flask (the worker, the command line)."""
    return create_engine(url, **engine_options(url))


def engine_options(url: str, *, cooperative: bool = False) -> dict[str, Any]:
    """What `create_engine` is to be told for `url`.

    cooperative: never wait for SQLite's write lock inside the library, which would hold up every greenlet of the
    process; `writing` waits instead.
    """
    hidden = {"hide_parameters": True}  # the text of an error goes into the log, and values are people's words and secrets
    if not url.startswith("sqlite"):
        return hidden | {"pool_pre_ping": True}
    # Event streams hold no connection; 30 serve all short requests of one process, and the rest wait their turn.
    waits = {"check_same_thread": False, "timeout": 0 if cooperative else BUSY_TIMEOUT_S}
    return hidden | {"connect_args": waits, "pool_size": 10, "max_overflow": 20}


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # this module emits BEGIN itself
    connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII only
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "wal_autocheckpoint=4000"):
        connection.execute(f"PRAGMA {pragma}")


def _lower(text: str | None) -> str | None:
    return text.lower() if isinstance(text, str) else text


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = connection.get_execution_options().get("storybot_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def insert_rows(session: Session, *rows: Base) -> None:
    """Insert new rows in this order, each with one plain statement, and make them the session's own.

    For the few places that are in a hurry: SQLAlchemy's unit of work takes several times as long. Values that are not
    set get their columns' defaults.
    """
    connection = session.connection()
    for row in rows:
        columns, statement = _insert_of(type(row))
        values = row.__dict__
        for column in columns:
            if column.name not in values:
                set_committed_value(row, column.name, _default_of(column))
        given = {column.name: value for column in columns if (value := values[column.name]) is not None}
        made = connection.execute(statement, given)
        for key, value in zip(statement.table.primary_key, made.inserted_primary_key or (), strict=True):
            set_committed_value(row, key.name, value)
        make_transient_to_detached(row)
        session.add(row)


def _default_of(column: Column[Any]) -> Any:
    default: Any = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


@functools.cache
def _insert_of(model: type[Base]) -> tuple[tuple[Column[Any], ...], Insert]:
    table = cast(Table, model.__table__)
    return tuple(table.columns), insert(table)


def _take_write_lock(session: Session) -> None:
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            session.connection(execution_options={"storybot_write": True})
            return
        except OperationalError as error:
            session.rollback()
            if "locked" not in str(error.orig) or time.monotonic() >= deadline:
                raise
            time.sleep(RETRY_S)


#: The writers of one process take turns here: hundreds that all try for SQLite's lock would keep each other from it.
_turn = Turn()


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """One write transaction: committed at the end of the block, rolled back when an exception leaves it.

    Raises: OperationalError when the database stays locked.
    """
    session.rollback()  # a read transaction that is still open cannot become a write transaction safely
    if not _turn.acquire(timeout=2 * BUSY_TIMEOUT_S):
        raise OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
    try:
        _take_write_lock(session)
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _turn.release()
