"""`Idempotency-Key`: a repeated request makes nothing new and gets what the first one made.

Source: IETF draft "The Idempotency-Key HTTP Header Field": the key together with a fingerprint of the request.
"""

import hashlib
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, delete
from sqlalchemy.orm import Session

from storybot.clock import now
from storybot.errors import IdempotencyMismatch
from storybot.models import IdempotencyKey, table

#: So long a repeated request is known by its key.
KEPT_FOR = timedelta(days=7)


def fingerprint(where: str, request: dict[str, Any]) -> str:
    """A digest of what was asked, and where."""
    return hashlib.sha256(msgspec.json.encode([where, request], order="deterministic")).hexdigest()


def made_before(session: Session, owner_id: str, key: str | None, print_: str) -> IdempotencyKey | None:
    """What this key made before, if anything; ask inside the write transaction that would make it, so that of two
    requests at the same moment one makes it and the other finds it.

    Raises: IdempotencyMismatch when the key was used for another request.
    """
    row = session.get(IdempotencyKey, (owner_id, key)) if key else None
    if row is not None and row.fingerprint != print_:
        raise IdempotencyMismatch("This Idempotency-Key was used for a different request: take a new one.")
    return row


def remember(session: Session, owner_id: str, key: str | None, print_: str, story_id: str, passage_id: str) -> None:
    """Note what the key made."""
    if key:
        session.add(IdempotencyKey(owner_id=owner_id, key=key, fingerprint=print_, story_id=story_id, passage_id=passage_id))
        session.flush()


def forget_old(connection: Connection) -> None:
    """Forget keys that are older than `KEPT_FOR`."""
    connection.execute(delete(table(IdempotencyKey)).where(table(IdempotencyKey).c.created_at < now() - KEPT_FOR))
