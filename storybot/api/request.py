"""What every handler may ask of the running request."""

from dataclasses import dataclass
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from storybot.db import db
from storybot.models import LOCAL_OWNER_ID, Configuration
from storybot.settings import Settings
from storybot.tail import Tail


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the app holds besides Flask's own: kept in `app.extensions["storybot"]`."""

    settings: Settings
    tail: Tail


def runtime() -> Runtime:
    """The running app's settings and tail."""
    return cast(Runtime, current_app.extensions["storybot"])


def owner_id() -> str:
    """Whose request this is: the local owner's, while there are no accounts."""
    return LOCAL_OWNER_ID


def open_limit() -> int | None:
    """How many generations one person may have open; None: any number."""
    settings = runtime().settings
    return settings.open_generations if settings.limited else None


def configuration() -> Configuration:
    """The reader's defaults."""
    return db_session().get_one(Configuration, owner_id())


def db_session() -> Session:
    """The request's database session."""
    return db.session()
