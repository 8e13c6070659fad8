"""Checks a connected server: whether it can be reached, takes the key, and which models it has."""

import asyncio
import logging
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storybot import connections
from storybot.db import writing
from storybot.engines.contract import EngineError, Server
from storybot.engines.openai import listing
from storybot.errors import NotFound
from storybot.models import Connection
from storybot.sealed import Unreadable
from storybot.settings import Settings

log = logging.getLogger(__name__)

#: The state of a server whose check failed with this; any other failure: unreachable.
_STATES = {"engine-key-missing": "needs-key", "engine-key-refused": "needs-key", "engine-key-lost": "needs-key"}


def check(database: Engine, settings: Settings, connection_id: str, trace_id: str) -> dict[str, Any]:
    """What the server says, which is kept with its connection as well: state, models, latency_ms and problem (a slug or None).

    A server that fails is a finding and no fault. Raises: NotFound where the connection is gone.
    """
    with Session(database) as session:
        row = _row(session, connection_id)
        try:
            server, asked_at = connections.server(settings, row), row.updated_at
            found = _asked(server, trace_id)
        except Unreadable:
            found, asked_at = _failed("engine-key-lost"), row.updated_at
    with Session(database) as session, writing(session):
        row = _row(session, connection_id)
        if row.updated_at == asked_at:  # otherwise it was asked something else
            connections.checked(row, found)
    log.info("connection checked", extra={"connection.id": connection_id, "state": found["state"], "slug": found["problem"]})
    return found


def _row(session: Session, connection_id: str) -> Connection:
    row = session.get(Connection, connection_id)
    if row is None:
        raise NotFound("The connection is gone.")
    return row


def _asked(server: Server, trace_id: str) -> dict[str, Any]:
    try:
        listed = asyncio.run(listing.models(server, trace_id))
    except EngineError as error:
        return _failed(error.slug)
    return {"state": "ready", "models": list(listed.models), "latency_ms": listed.latency_ms, "problem": None}


def _failed(slug: str) -> dict[str, Any]:
    return {"state": _STATES.get(slug, "unreachable"), "models": [], "latency_ms": None, "problem": slug}
