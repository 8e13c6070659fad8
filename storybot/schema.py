"""The database's schema: where its migrations are, whether a database is up to date, and bringing it there."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storybot.db import make_engine, writing
from storybot.models import insert_default_config
from storybot.settings import Settings

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaError(Exception):
    """The database does not fit this program; the message says what to do."""


def config(url: str) -> Config:
    """Alembic's configuration for a database."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["url"] = url
    return made


def head() -> str:
    """The revision that this program needs."""
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert found is not None
    return found


def revision(engine: Engine) -> str | None:
    """The revision that the database has; None: it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(settings: Settings) -> None:
    """Bring the database to the head revision and insert the default configuration where it is missing.

    Raises: SchemaError when the database is newer than this program.
    """
    settings.data_path.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings.sqlalchemy_url)
    with _one_at_a_time(settings.data_path):
        try:
            at = revision(engine)
            if at != head():
                log.info("upgrading the database", extra={"from": at or "nothing", "to": head()})
                command.upgrade(config(settings.sqlalchemy_url), "head")
            with Session(engine) as session, writing(session):
                insert_default_config(session)
        except CommandError as error:
            raise SchemaError(f"The database is at a revision that this version does not know ({error}): run the newer version.") from error
        finally:
            engine.dispose()


def new_migration(settings: Settings, message: str) -> None:
    """Write a migration with the difference between the models and an up-to-date database, for a person to read."""
    upgrade(settings)
    following = f"{int(head()) + 1:04d}"
    command.revision(config(settings.sqlalchemy_url), message=message, autogenerate=True, rev_id=following)


def require_head(engine: Engine) -> None:
    """Refuse to work with another schema, and with a database whose commits this version cannot follow.

    Raises: SchemaError.
    """
    if engine.dialect.name != "sqlite":
        raise SchemaError("The web process and the worker of this version work with SQLite only: leave STORYBOT_DATABASE_URL unset.")
    at = revision(engine)
    if at != head():
        raise SchemaError(f"The database is at revision {at or 'none'} and this version needs {head()}: run `storybot db upgrade`.")


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
