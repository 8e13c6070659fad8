"""The shapes of models on this machine and of what was used."""

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, String
from marshmallow import validate

from storybot.api.schemas import ProblemOut


class PullOut(Schema):
    """A download; sizes in bytes."""

    state = String(required=True, validate=validate.OneOf(("queued", "running", "done", "failed", "cancelled")))
    done = Integer(required=True)
    total = Integer(required=True, allow_none=True, metadata={"description": "null: not known yet"})
    bytes_per_s = Integer(required=True, allow_none=True)
    seconds_left = Integer(required=True, allow_none=True)
    problem = Nested(ProblemOut, required=True, allow_none=True)


class ModelOut(Schema):
    """A model that is on this machine or can be."""

    name = String(required=True)
    title = String(required=True)
    state = String(required=True, validate=validate.OneOf(("ready", "loading", "not-downloaded", "broken", "off")))
    reason = String(required=True, allow_none=True, metadata={"description": "The slug of why it cannot be used."})
    here = Boolean(required=True)
    size_bytes = Integer(required=True, allow_none=True)
    memory_bytes = Integer(required=True, allow_none=True, metadata={"description": "What it takes when it is loaded, about."})
    fits = String(required=True, allow_none=True, validate=validate.OneOf(("yes", "tight", "no")))
    licence = String(required=True, allow_none=True)
    languages = List(String(), required=True)
    about = Dict(
        required=True, allow_none=True, keys=String(), values=String(), metadata={"description": "What it is like for stories, by language."}
    )
    pull = Nested(PullOut, required=True, allow_none=True)


class UsedQuery(Schema):
    months = Integer(load_default=12, validate=validate.Range(min=1, max=60), metadata={"description": "How many months back, this one among them."})


class CostOut(Schema):
    currency = String(required=True)
    micros = Integer(required=True, metadata={"description": "millionths"})


class UsedMonthOut(Schema):
    """What one storyteller took in one month (UTC)."""

    month = String(required=True, metadata={"description": "such as 2026-05"})
    engine = String(required=True)
    label = String(required=True, allow_none=True, metadata={"description": "What its connection is called; null: it is none, or gone."})
    generations = Integer(required=True)
    tokens_in = Integer(required=True)
    tokens_out = Integer(required=True)
    estimated = Boolean(required=True, metadata={"description": "Whether some of the tokens are only estimated."})
    seconds = Integer(required=True, metadata={"description": "From the claim to the end, of all together."})
    costs = List(Nested(CostOut), required=True)
