"""The database's schema: where its migrations are, whether a database is up to date, and bringing it there.

A release may be older than its database, as after a way back: it works with it down to the floor, the oldest revision whose
code does. Each migration says its own (`works_with`), and the database keeps the newest of them.
"""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Engine, String, Table, delete, insert, inspect, select, text
from sqlalchemy.orm import Session

from storybot.db import Base, make_engine, writing
from storybot.models import insert_default_config
from storybot.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


FLOOR = Table("schema_floor", Base.metadata, Column("revision", String(32), primary_key=True))


class SchemaError(Exception):
    """The database does not fit this program; the message says what to do."""


def head() -> str:
    """The revision that this program needs: migrations are numbered, the last one is the head."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).split("_", 1)[0]


def revision(engine: Engine) -> str | None:
    """The revision that the database has; None: it is empty."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def floor(engine: Engine) -> str:
    """The oldest revision whose code works with the database. One from before there was a floor works with its own only."""
    with engine.connect() as connection:
        if inspect(connection).has_table(FLOOR.name):
            found: str | None = connection.scalar(select(FLOOR.c.revision))
            if found:
                return found
    return revision(engine) or ""


def fits(engine: Engine, at: str | None) -> bool:
    """Whether this program can work with a database at this revision: its own, or a newer one that is not above its floor."""
    return at == head() or (at is not None and at > head() >= floor(engine))


def upgrade(settings: Settings) -> None:
    """Bring the database to the head revision and insert the default configuration where it is missing.

    A newer one that this program can work with stays as it is. Raises: SchemaError when it cannot.
    """
    settings.data_path.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.sqlalchemy_url)
    with _one_at_a_time(settings.data_path):
        try:
            at = revision(engine)
            if at is not None and at > head() and not fits(engine, at):
                raise SchemaError(f"The database is at revision {at}, which this version does not know: run the newer version.")
            if at is None or at < head():
                log.info("upgrading the database", extra={"from": at or "nothing", "to": head()})
                _alembic("upgrade", settings.sqlalchemy_url, revision="head")
                with Session(engine) as session, writing(session):
                    session.execute(delete(FLOOR))
                    session.execute(insert(FLOOR).values(revision=_floor_of_all(settings.sqlalchemy_url)))
            with Session(engine) as session, writing(session):
                insert_default_config(session)
        finally:
            engine.dispose()


def new_migration(settings: Settings, message: str) -> None:
    """Write a migration with the difference between the models and an up-to-date database, for a person to read."""
    upgrade(settings)
    following = f"{int(head()) + 1:04d}"
    _alembic("revision", settings.sqlalchemy_url, message=message, autogenerate=True, rev_id=following)


def require_head(engine: Engine) -> None:
    """Refuse to work with another schema, and with a database whose commits this version cannot follow.

    Raises: SchemaError.
    """
    if engine.dialect.name != "sqlite":
        raise SchemaError("The web process and the worker of this version work with SQLite only: leave STORYBOT_DATABASE_URL unset.")
    at = revision(engine)
    if not fits(engine, at):
        raise SchemaError(f"The database is at revision {at or 'none'} and this version needs {head()}: run `storybot db upgrade`.")


def config(url: str) -> "Config":
    """Alembic's configuration for a database. Alembic is loaded only here: a start that finds the database up to date,
    which is nearly every one, is a quarter faster without it."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["url"] = url
    return made


def _alembic(name: str, url: str, **options: Any) -> None:
    from alembic import command

    getattr(command, name)(config(url), **options)


def _floor_of_all(url: str) -> str:
    """The newest of the revisions that the migrations say they work with."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(config(url)).walk_revisions()
    return max(str(getattr(script.module, "works_with", script.revision)) for script in scripts)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
