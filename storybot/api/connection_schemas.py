"""The shapes of connected servers and of trials."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Float, Integer, List, Nested, String
from marshmallow import ValidationError, validate

from storybot import connections
from storybot.api.schemas import EngineChoice, FilledText, Text
from storybot.brief import LANGUAGES

#: Headers that are the request's own matter (RFC 9110 and 9112).
_NOT_ONES_OWN = {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "te", "upgrade", "expect"}
_MOST_HEADERS = 10


def _check_headers(headers: dict[str, str] | None) -> None:
    for name, value in (headers or {}).items():
        if name.lower() in _NOT_ONES_OWN or not value.isprintable() or not value.isascii():
            raise ValidationError("This header cannot be sent.")


class PricesIn(Schema):
    """What the server's tokens cost."""

    currency = String(required=True, validate=validate.Regexp(r"[A-Z]{3}\Z"), metadata={"description": "ISO 4217, such as EUR"})
    in_ = Float(
        required=True, data_key="in", validate=validate.Range(min=0, max=1_000_000), metadata={"description": "for a million tokens that are read"}
    )
    out = Float(required=True, validate=validate.Range(min=0, max=1_000_000), metadata={"description": "for a million tokens that are written"})


def _seconds(most: int) -> Float:
    return Float(validate=validate.Range(min=1, max=most), metadata={"description": "seconds"})


class TimeoutsIn(Schema):
    """How long the server is waited for; what is left out is as usual."""

    connect_s = _seconds(60)
    first_text_s = _seconds(1800)
    stall_s = _seconds(600)


class ConnectionPatch(Schema):
    name = FilledText(validate=validate.Length(min=1, max=80))
    preset = String(allow_none=True, validate=validate.OneOf(tuple(connections.presets())))
    base_url = FilledText(validate=validate.Length(min=1, max=500))
    key = Text(
        allow_none=True, validate=validate.Length(max=2000), load_only=True, metadata={"description": "Kept sealed and never shown; null: none."}
    )
    headers = Dict(
        keys=String(validate=validate.Regexp(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")),
        values=Text(validate=validate.Length(max=2000)),
        allow_none=True,
        load_only=True,
        validate=[validate.Length(max=_MOST_HEADERS), _check_headers],
        metadata={"description": "Sent besides; kept sealed and never shown."},
    )
    model = Text(allow_none=True, validate=validate.Length(max=200))
    prices = Nested(PricesIn, allow_none=True)
    timeouts = Nested(TimeoutsIn, allow_none=True)
    shared = Boolean(metadata={"description": "An administrator's that every member may write with."})


class ConnectionIn(ConnectionPatch):
    """A server to connect. With a preset, name and address may be left out."""


class CheckOut(Schema):
    """What the last check found."""

    state = String(required=True, validate=validate.OneOf(("running", "ready", "needs-key", "unreachable")))
    models = List(String(), required=True)
    latency_ms = Integer(required=True, allow_none=True, metadata={"description": "How long the answer took, in milliseconds."})
    problem = String(required=True, allow_none=True, metadata={"description": "The slug of what went wrong."})


class ConnectionOut(Schema):
    id = String(required=True)
    engine = String(required=True, metadata={"description": "What is chosen by: `openai:` and the id."})
    name = String(required=True)
    preset = String(required=True, allow_none=True)
    base_url = String(required=True, allow_none=True, metadata={"description": "null: another administrator's, who alone sees it."})
    host = String(required=True)
    place = String(required=True, validate=validate.OneOf(("here", "sent")))
    has_key = Boolean(required=True)
    has_headers = Boolean(required=True)
    model = String(required=True, allow_none=True)
    prices = Nested(PricesIn, required=True, allow_none=True)
    timeouts = Nested(TimeoutsIn, required=True, allow_none=True)
    shared = Boolean(required=True)
    own = Boolean(required=True)
    state = String(required=True, validate=validate.OneOf(("ready", "needs-key", "unreachable", "unchecked")))
    checked_at = String(required=True, allow_none=True)
    check = Nested(CheckOut, required=True, allow_none=True)


class PresetOut(Schema):
    """A kind of server that people use."""

    id = String(required=True)
    name = String(required=True)
    base_url = String(required=True)
    place = String(required=True, validate=validate.OneOf(("here", "sent")))
    needs_key = Boolean(required=True)
    takes_key = Boolean(required=True)
    key_url = String(required=True, allow_none=True)
    samplers = List(String(), required=True)


class CheckJobOut(Schema):
    """A check that has been asked for; the connection says what came of it."""

    id = String(required=True)
    state = String(required=True, validate=validate.OneOf(("queued", "running", "done", "failed")))


class TrialIn(EngineChoice):
    language = String(validate=validate.OneOf(LANGUAGES))


class TrialGenerationOut(Schema):
    id = String(required=True)
    events = String(required=True)


class TrialOut(Schema):
    """A taste: read along at `generation.events`, and stop it when it is enough."""

    story_id = String(required=True)
    generation = Nested(TrialGenerationOut, required=True)


def shown_prices(kept: dict[str, Any] | None) -> dict[str, Any] | None:
    """Prices as a row keeps them, by the schema's names."""
    return {"in_" if name == "in" else name: value for name, value in kept.items()} if kept else None
