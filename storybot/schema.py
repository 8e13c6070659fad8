"""The database's schema: where its migrations are, whether a database is up to date, and bringing it there."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from storybot.db import make_engine, writing
from storybot.models import insert_default_config
from storybot.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


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


def upgrade(settings: Settings) -> None:
    """Bring the database to the head revision and insert the default configuration where it is missing.

    Raises: SchemaError when the database is newer than this program.
    """
    settings.data_path.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.sqlalchemy_url)
    with _one_at_a_time(settings.data_path):
        try:
            at = revision(engine)
            if at is not None and at > head():
                raise SchemaError(f"The database is at revision {at}, which this version does not know: run the newer version.")
            if at != head():
                log.info("upgrading the database", extra={"from": at or "nothing", "to": head()})
                _alembic("upgrade", settings.sqlalchemy_url, revision="head")
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
    if at != head():
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


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
