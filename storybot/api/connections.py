"""Model servers that people connect: keep them, check them, forget them. None of it is a child's."""

from typing import Any

from apiflask import APIBlueprint
from flask import url_for
from sqlalchemy import select

from storybot import connections, joblist
from storybot.api.connection_schemas import CheckJobOut, ConnectionIn, ConnectionOut, ConnectionPatch, PresetOut, shown_prices
from storybot.api.request import configuration, db_session, owner_id, reader, require_grown_up, runtime
from storybot.bell import ring
from storybot.clock import iso
from storybot.db import writing
from storybot.errors import Forbidden
from storybot.models import OPEN_JOB, Connection, JobRow

blueprint = APIBlueprint("connections", __name__, url_prefix="/connections")


@blueprint.before_request
def refuse_children() -> None:
    """None of it is a child's."""
    require_grown_up()


def _require_changeable(given: dict[str, Any]) -> None:
    """Raises: Forbidden where the operator keeps servers to administrators, or somebody else would share one."""
    settings = runtime().settings
    if settings.accounts == "on" and not settings.member_servers and not reader().is_admin:
        raise Forbidden("On this server, only administrators connect model servers.")
    if given.get("shared") and not reader().is_admin:
        raise Forbidden("Only an administrator may share a connection.")


def _given(json_data: dict[str, Any]) -> dict[str, Any]:
    if prices := json_data.get("prices"):
        json_data["prices"] = {"in" if name == "in_" else name: value for name, value in prices.items()}
    return json_data


@blueprint.get("")
@blueprint.output(ConnectionOut(many=True))
def list_connections() -> Any:
    """The reader's connections, and those that administrators share, oldest first."""
    checking = _being_checked()
    return [_shown(row, checking) for row in connections.usable(db_session(), owner_id())]


@blueprint.get("/presets")
@blueprint.output(PresetOut(many=True))
def list_presets() -> Any:
    """The kinds of servers that people use."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "base_url": one.base_url,
            "place": one.place,
            "needs_key": one.key == "needed",
            "takes_key": one.key != "none",
            "key_url": one.key_url,
            "samplers": list(one.samplers),
        }
        for one in connections.presets().values()
    ]


@blueprint.post("")
@blueprint.input(ConnectionIn)
@blueprint.output(ConnectionOut, status_code=201)
def connect(json_data: dict[str, Any]) -> Any:
    """Connect a server. It is asked nothing yet: check it, then choose it."""
    _require_changeable(json_data)
    with writing(db_session()) as session:
        row = connections.add(session, runtime().settings, owner_id(), _given(json_data))
        shown = _shown(row, set())
    return shown, 201, {"Location": url_for("connections.get_connection", connection_id=row.id)}


@blueprint.get("/<connection_id>")
@blueprint.output(ConnectionOut)
def get_connection(connection_id: str) -> Any:
    """One connection of the reader's own."""
    return _shown(connections.find(db_session(), owner_id(), connection_id), _being_checked())


@blueprint.patch("/<connection_id>")
@blueprint.input(ConnectionPatch)
@blueprint.output(ConnectionOut)
def change_connection(connection_id: str, json_data: dict[str, Any]) -> Any:
    """Change a connection; what is left out stays. A new address forgets the key, unless one comes with it."""
    with writing(db_session()) as session:
        row = connections.find(session, owner_id(), connection_id)
        _require_changeable(json_data)
        connections.change(runtime().settings, row, _given(json_data))
    return _shown(row, _being_checked())


@blueprint.delete("/<connection_id>")
@blueprint.output({}, status_code=204)
def disconnect(connection_id: str) -> Any:
    """Forget a connection and its key. Stories that it wrote stay; the next passage is another storyteller's."""
    with writing(db_session()) as session:
        row = connections.find(session, owner_id(), connection_id)
        defaults, name = configuration(), connections.reference(row)
        if defaults.engine == name:
            defaults.engine = defaults.model = None
        if defaults.fallbacks:
            defaults.fallbacks = [one for one in defaults.fallbacks if one != name]
        session.delete(row)
    return "", 204


@blueprint.post("/<connection_id>/checks")
@blueprint.output(CheckJobOut, status_code=202)
def check_connection(connection_id: str) -> Any:
    """Ask the server which models it has. What comes of it stands in the connection's `check` soon."""
    with writing(db_session()) as session:
        row = connections.find(session, owner_id(), connection_id)
        job = joblist.queue(session, owner_id(), joblist.CHECK, wanted={"connection_id": row.id})
    ring(runtime().settings.bells_path, joblist.BELL)
    return {"id": job.id, "state": job.state}, 202, {"Location": url_for("connections.get_connection", connection_id=connection_id)}


def _being_checked() -> set[str]:
    open_checks = select(JobRow.wanted).where(JobRow.owner_id == owner_id(), JobRow.kind == joblist.CHECK, OPEN_JOB)
    return {str((wanted or {}).get("connection_id")) for wanted in db_session().scalars(open_checks)}


def _shown(row: Connection, checking: set[str]) -> dict[str, Any]:
    own = row.owner_id == owner_id()
    check = row.check
    if row.id in checking:
        check = {"models": [], "latency_ms": None} | (row.check or {}) | {"state": "running", "problem": None}
    kept = connections.kept(runtime().settings, row) if own else set()
    return {
        "id": row.id,
        "engine": connections.reference(row),
        "name": row.name,
        "preset": row.preset,
        "base_url": row.base_url if own else None,
        "host": connections.host(row),
        "place": "here" if connections.is_here(row) else "sent",
        "has_key": "key" in kept,
        "has_headers": "headers" in kept,
        "model": row.model,
        "prices": shown_prices(row.prices) if own else None,
        "timeouts": row.timeouts if own else None,
        "shared": row.shared,
        "own": own,
        "state": connections.state(row),
        "checked_at": iso(row.checked_at),
        "check": check,
    }
