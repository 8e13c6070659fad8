"""The shapes of long jobs."""

from apiflask import Schema
from apiflask.fields import Boolean, Float, Integer, Nested, String
from marshmallow import validate

from storybot.api.schemas import ProblemOut


class EraseIn(Schema):
    """Says that it is meant."""

    confirm = String(required=True, validate=validate.Equal("delete"), metadata={"enum": ["delete"]})


class JobResultOut(Schema):
    """What came of it, in counts: of an export `stories` and `bytes`; of an import what is new (`stories`, `prompts`), what was
    there already (`stories_known`, `prompts_known`) and whether the defaults were taken; of an erasure `stories`."""

    stories = Integer(required=True)
    bytes = Integer()
    prompts = Integer()
    stories_known = Integer()
    prompts_known = Integer()
    configuration_taken = Boolean()


class JobOut(Schema):
    """A long job."""

    id = String(required=True)
    kind = String(required=True, validate=validate.OneOf(("export", "import", "erase")))
    state = String(required=True, validate=validate.OneOf(("queued", "running", "done", "failed")))
    progress = Float(required=True, metadata={"description": "How far it is, from 0 to 1.", "minimum": 0, "maximum": 1})
    result = Nested(JobResultOut, required=True, allow_none=True)
    problem = Nested(ProblemOut, required=True, allow_none=True)
    file = String(required=True, allow_none=True, metadata={"description": "Where an export that is done can be downloaded."})
    created_at = String(required=True)
    finished_at = String(required=True, allow_none=True)
    expires_at = String(required=True, allow_none=True, metadata={"description": "When it is forgotten, and its file deleted."})
