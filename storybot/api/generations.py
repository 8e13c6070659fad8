"""Generations: how one stands, stop it, and the stream of its events."""

from collections.abc import Iterator
from typing import Any, cast

import msgspec
from apiflask import APIBlueprint
from flask import Response, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storybot import generations, tail
from storybot.api import present
from storybot.api.request import db_session, owner_id, reader, runtime
from storybot.api.schemas import EventsQuery, GenerationOut
from storybot.db import db, writing
from storybot.readers import Ending, Line

blueprint = APIBlueprint("generations", __name__, url_prefix="/generations")

_STREAM: Any = {
    "description": (
        "Server-sent events: each piece of text is one `text` event whose `id` is its number (1, 2, 3 …) and whose data is "
        '`{"text": "…"}`; then exactly one of `done`, `stopped`, `failed`, without an id, and the stream closes. Comments keep it open.'
    ),
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


@blueprint.get("/<generation_id>")
@blueprint.output(GenerationOut)
def get_generation(generation_id: str) -> Any:
    """How a generation stands."""
    return present.generation(db_session(), generations.find(db_session(), owner_id(), generation_id))


@blueprint.post("/<generation_id>/stop")
@blueprint.output(GenerationOut)
def stop_generation(generation_id: str) -> Any:
    """Stop writing; the text that there is stays. Asking twice does no harm."""
    with writing(db_session()) as session:
        row = generations.find(session, owner_id(), generation_id)
        generations.request_stop(session, row)
    return present.generation(db_session(), row)


@blueprint.get("/<generation_id>/events")
@blueprint.input(EventsQuery, location="query")
@blueprint.doc(
    responses=cast(Any, {200: _STREAM}),
)
def events(generation_id: str, query_data: dict[str, Any]) -> Response:
    """Read along. `Last-Event-ID` or `after` resumes at exactly the next piece, also long after the end."""
    if reader().profile_id is not None:
        generations.find(db_session(), owner_id(), generation_id)  # a child's shelf is kept by the model, the number by the owner
    number = generations.number_of(db_session(), owner_id(), generation_id)
    after = _last_event_id(query_data.get("after", 0))
    line: Line | None = request.environ.get("storybot.line")
    whose, engine, hub = owner_id(), db.engine, runtime().tail
    db.session.remove()  # a stream holds no connection while it waits

    def stream() -> Iterator[bytes]:
        yield b": welcome\n\n"  # so that the headers go out at once
        for chunk in tail.events(hub, engine, number, after, line):
            yield chunk if isinstance(chunk, bytes) else _last_event(chunk, engine, whose, generation_id)

    return Response(stream(), content_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _last_event_id(after: int) -> int:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else after


def _last_event(ending: Ending, engine: Engine, whose: str, generation_id: str) -> bytes:
    shown: dict[str, Any] = {"state": ending.state, "last_seq": ending.last_seq}
    if ending.state == "failed":
        with Session(engine) as session:  # the request's own session went with its context
            shown["problem"] = generations.find(session, whose, generation_id).problem
    return f"event: {ending.state}\ndata: ".encode() + msgspec.json.encode(shown) + b"\n\n"
