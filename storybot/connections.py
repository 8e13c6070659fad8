"""Model servers that people connect: kept with their keys sealed, offered as engines, and asked by the worker.

Functions that change something expect a write transaction. Nobody but its owner sees more of a connection than its name,
its model and its host; the key is shown to nobody.
"""

import secrets
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from sqlalchemy import Connection as Db
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storybot.address import address
from storybot.clock import now
from storybot.engines.contract import Server
from storybot.errors import Conflict, Invalid, NotFound
from storybot.models import Connection
from storybot.reader import everybody
from storybot.sealed import Seal, Unreadable
from storybot.settings import Settings

PREFIX = "openai:"
#: Connections that one person may have.
MOST = 50
_COLUMNS = ("name", "preset", "base_url", "model", "prices", "timeouts", "shared")


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of server that people use; see presets.toml."""

    id: str
    name: str
    base_url: str
    place: str
    key: str
    key_url: str | None = None
    key_header: str | None = None
    samplers: tuple[str, ...] = ()


@cache
def presets() -> dict[str, Preset]:
    """All presets by id, in the order of the file."""
    text = (files("storybot") / "presets.toml").read_text(encoding="utf-8")
    return {name: msgspec.convert({"id": name, **values}, Preset) for name, values in tomllib.loads(text).items()}


def reference(row: Connection) -> str:
    """The name of its engine."""
    return PREFIX + row.id


def usable(session: Session, owner_id: str) -> list[Connection]:
    """Those that this person may write with: their own, and what administrators share."""
    with everybody(session):
        theirs = select(Connection).where(or_(Connection.owner_id == owner_id, Connection.shared)).order_by(Connection.created_at, Connection.id)
        return list(session.scalars(theirs))


def by_reference(session: Session, name: str) -> Connection | None:
    """The connection of an engine's name, whoever has it; None where it is gone. For the worker, which serves everybody."""
    return session.get(Connection, name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None


def find(session: Session, owner_id: str, connection_id: str) -> Connection:
    """A connection of this owner. Raises: NotFound."""
    row = session.scalar(select(Connection).where(Connection.id == connection_id, Connection.owner_id == owner_id))
    if row is None:
        raise NotFound("There is no such connection.")
    return row


def add(session: Session, settings: Settings, owner_id: str, given: dict[str, Any]) -> Connection:
    """A new connection; what is left out comes from its preset. Raises: Invalid, Conflict where there are too many."""
    if len(session.scalars(select(Connection.id).where(Connection.owner_id == owner_id)).all()) >= MOST:
        raise Conflict(f"There are {MOST} connections already: delete one first.", limit=MOST)
    preset = presets().get(given.get("preset") or "")
    start = {"name": preset.name, "base_url": preset.base_url} if preset else {}
    given = start | {key: value for key, value in given.items() if value is not None}
    if "base_url" not in given:
        raise _wrong("base_url", "Say where the server is.")
    if "name" not in given:
        raise _wrong("name", "Give the server a name.")
    row = Connection(id=secrets.token_hex(6), owner_id=owner_id, shared=False)
    change(settings, row, given)
    session.add(row)
    session.flush()
    return row


def change(settings: Settings, row: Connection, given: dict[str, Any]) -> None:
    """Change what is given. Where the address changes and no key comes with it, the key that was kept goes: it is for the
    server that it was given for. Raises: Invalid."""
    moved = "base_url" in given and row.base_url is not None and _server_of(given["base_url"]) != _server_of(row.base_url)
    for name in _COLUMNS:
        if name in given:
            setattr(row, name, given[name])
    if "base_url" in given:
        _require_url(given["base_url"])
    if moved or "key" in given or "headers" in given:
        kept = {} if moved or row.secret is None else _opened(settings, row)
        kept |= {name: given[name] for name in ("key", "headers") if name in given}
        kept = {name: value for name, value in kept.items() if value}
        row.secret = Seal(settings).seal(kept) if kept else None
    if moved or {"key", "headers", "base_url"} & given.keys():
        row.limits = row.check = row.checked_at = None
    row.updated_at = now()


def _server_of(base_url: str) -> str:
    try:
        return address(base_url).host
    except ValueError:
        return base_url


def _require_url(base_url: str) -> None:
    try:
        where = address(base_url)
    except ValueError as error:
        raise _wrong("base_url", "This is no address of a server, such as http://127.0.0.1:8080/v1.") from error
    if where.user:
        raise _wrong("base_url", "Leave name and password out of the address: a key has a field of its own.")


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, errors=[{"pointer": f"/{field}", "detail": sentence}])


def _opened(settings: Settings, row: Connection) -> dict[str, Any]:
    try:
        return Seal(settings).open(row.secret) if row.secret else {}
    except Unreadable:
        return {}


def kept(settings: Settings, row: Connection) -> set[str]:
    """Which of `key` and `headers` are kept and can be read."""
    return set(_opened(settings, row))


def host(row: Connection) -> str:
    """The server's host, with its port where it has one of its own."""
    return _server_of(row.base_url)


def is_here(row: Connection) -> bool:
    """Whether it is on this machine, so that no text leaves it."""
    try:
        return address(row.base_url).is_loopback
    except ValueError:
        return False


def may_be_private(settings: Settings) -> bool:
    """Whether connected servers may stand at addresses that only this network knows."""
    return settings.private_servers == "on" or (settings.private_servers == "auto" and settings.accounts == "off")


def server(settings: Settings, row: Connection) -> Server:
    """All that it takes to ask the server; of this, key and headers are secret.

    Raises: Unreadable where they were sealed with another secret than the server has now.
    """
    secret = Seal(settings).open(row.secret) if row.secret else {}
    preset = presets().get(row.preset or "")
    headers, key = dict(secret.get("headers") or {}), secret.get("key")
    if key and preset and preset.key_header:
        headers, key = {preset.key_header: key, **headers}, None
    return Server(
        id=row.id,
        base_url=row.base_url,
        revision=row.updated_at.isoformat(),
        key=key,
        model=row.model,
        headers=headers,
        may_be_private=may_be_private(settings),
        prices=row.prices,
        limits={"samplers": list(preset.samplers)} | (row.limits or {}) if preset else row.limits or {},
        **(row.timeouts or {}),
    )


def checked(row: Connection, found: dict[str, Any]) -> None:
    """Keep what a check found: state, models, latency_ms, problem (a slug). A model is chosen where none was."""
    row.check, row.checked_at = found, now()
    if not row.model and found["models"]:
        row.model = found["models"][0]


def learn(connection: Db, name: str, refused: Sequence[str]) -> None:
    """Remember of an engine's server which fields it does not take."""
    with Session(connection) as session:
        if (row := by_reference(session, name)) is not None:
            row.limits = (row.limits or {}) | {"refused": list(refused)}
            session.flush()


def state(row: Connection) -> str:
    """ready, needs-key, unreachable, or unchecked while nobody has asked it."""
    preset = presets().get(row.preset or "")
    if preset and preset.key == "needed" and row.secret is None:
        return "needs-key"
    return str((row.check or {}).get("state", "unchecked"))


def prune(references: Sequence[str] | None, rows: Sequence[Connection]) -> list[str] | None:
    """References of engines without those whose connection is gone."""
    if references is None:
        return None
    there = {reference(row) for row in rows}
    return [one for one in references if not one.startswith(PREFIX) or one in there]
