"""What every handler may ask of the running request."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request
from sqlalchemy.orm import Session

from storybot import connections, generations
from storybot.brief import LANGUAGES
from storybot.db import db
from storybot.errors import Forbidden, SignedOut
from storybot.models import Configuration, Connection
from storybot.reader import LOCAL, Reader, bind
from storybot.settings import Settings
from storybot.tail import Tail

if TYPE_CHECKING:
    from storybot.accounts.setup import Accounts


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the app holds besides Flask's own: kept in `app.extensions["storybot"]`."""

    settings: Settings
    tail: Tail
    accounts: "Accounts | None" = None


def runtime() -> Runtime:
    """The running app's settings and tail."""
    return cast(Runtime, current_app.extensions["storybot"])


def reader() -> Reader:
    """Who reads: the local reader, while there are no accounts. Raises: SignedOut."""
    if runtime().accounts is None:
        return LOCAL
    found: Reader | None = g.get("reader")
    if found is None:
        raise SignedOut
    return found


def require_admin() -> Reader:
    """The reader, who is an administrator. Raises: Forbidden, SignedOut."""
    if not reader().is_admin:
        raise Forbidden("Only an administrator may do that.")
    return reader()


def require_grown_up() -> Reader:
    """The reader, who is no child. Raises: Forbidden, SignedOut."""
    if reader().profile_id is not None:
        raise Forbidden("A grown-up has to do that.")
    return reader()


def owner_id() -> str:
    """Whose request this is. Raises: SignedOut."""
    return reader().owner_id


def idempotency_key(given: str | None) -> str | None:
    """The key under which a repeat is known: a child's is never the grown-up's, whatever it sends."""
    child = reader().profile_id
    return hashlib.sha256(f"{child} {given}".encode()).hexdigest() if given and child else given


def open_limit() -> int | None:
    """How many generations one person may have open; None: any number."""
    settings = runtime().settings
    return settings.open_generations if settings.limited else None


def spoken_language() -> str:
    """The language that the browser would rather have, of those that we speak."""
    # Not `best_match`: it takes an exact match of low quality before a primary tag of high quality (de-AT, en;q=0.5).
    spoken = (tag.split("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in spoken if tag in LANGUAGES), "en")


def accounts() -> "Accounts":
    """The app's accounts, for routes that there are only with them."""
    found = runtime().accounts
    assert found is not None
    return found


def allow_writing(*, stories: int = 0) -> None:
    """Refuse what an engine is to write where the reader has enough of it, and count it. stories: how many begin with it.
    Expects a write transaction. Raises: TooManyGenerations, QuotaExceeded."""
    generations.check_open(db_session(), owner_id(), open_limit())
    if (found := runtime().accounts) is not None:
        found.quotas.allow_writing(db_session().connection(), owner_id(), stories=stories)


def allow_text(text: str, *, more: int = 0) -> None:
    """Refuse what the reader wants kept where they have no room for it. more: characters besides. Raises: QuotaExceeded."""
    if (found := runtime().accounts) is not None:
        found.quotas.allow_text(db_session().connection(), owner_id(), chars=len(text) + more)


def configuration() -> Configuration:
    """The reader's defaults."""
    return db_session().get_one(Configuration, owner_id())


def connected() -> list[Connection]:
    """The connected servers that the reader may write with."""
    return connections.usable(db_session(), owner_id())


def db_session() -> Session:
    """The request's database session; with accounts, it shows what is the reader's and nothing else."""
    session = db.session()
    if runtime().accounts is not None and (found := g.get("reader")) is not None:
        bind(session, found)
    return session
