"""The shape of a writing style; the ranges are the engine's own."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Float, Integer, List, Nested, String
from marshmallow import validate

from storybot.brief import STYLES
from storybot.engines import style


def _number(name: str) -> Any:
    least, most = style.RANGES[name]
    fits = validate.Range(min=least, max=most)
    return Integer(strict=True, validate=fits) if name in style.WHOLE else Float(validate=fits)


SamplersIn: type[Schema] = Schema.from_dict(  # type: ignore[assignment]
    {name: _number(name) for name in style.RANGES}
    | {
        "stop": List(
            String(validate=validate.Length(min=1, max=style.STOP_CHARS)),
            validate=validate.Length(max=style.STOPS),
            metadata={"description": "Texts that end the story where the model writes one."},
        )
    },
    name="SamplersIn",
)


class StyleIn(Schema):
    """How freely a language model writes: a preset, and single samplers that are to be otherwise."""

    preset = String(load_default="balanced", validate=validate.OneOf(STYLES))
    samplers = Nested(SamplersIn)
