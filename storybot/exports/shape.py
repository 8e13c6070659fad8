"""The shape of `storybot.json` in an archive; docs/your-data.md says it for people. Exports build it, imports check against it.

Text from an archive is untrusted: every length is bounded and no value nests deeper than the shape.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from storybot.brief import AgeBand, Brief, Language, Length

FORMAT = "storybot-archive"
VERSION = 1
CONTENT = "storybot.json"

_NO_NUL = r"^[^\x00]*\Z"
Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")]
Short = Annotated[str, Meta(max_length=200, pattern=_NO_NUL)]
EngineName = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[a-z0-9-]+(:[0-9a-f]{12})?\Z")]
Text = Annotated[str, Meta(max_length=1_000_000, pattern=_NO_NUL)]
Moment = Annotated[datetime, Meta(tz=True)]
Whole = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Big = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
#: Members of a problem object; nothing in it nests.
Fact = str | int | float | bool | None


class Configuration(Struct, frozen=True, kw_only=True):
    """The owner's defaults."""

    engine: EngineName | None
    model: Short | None
    language: Language | None
    theme: Literal["system", "paper", "night", "sepia"]
    age_band: AgeBand
    length: Length


class Prompt(Struct, frozen=True, kw_only=True):
    """A kept idea; `id` only serves the stories' `prompt_id`."""

    id: Big
    content: Text
    created_at: Moment
    deleted_at: Moment | None


class Generation(Struct, frozen=True, kw_only=True):
    """The facts about the run of an engine that wrote a passage; it has ended."""

    id: Id
    engine: EngineName
    model: Short | None
    seed: Big
    variant: Whole
    state: Literal["done", "stopped", "failed"]
    problem: dict[str, Fact] | None
    tokens: Whole
    tokens_in: Whole | None
    tokens_out: Whole | None
    created_at: Moment
    started_at: Moment | None
    first_text_at: Moment | None
    finished_at: Moment | None


class Passage(Struct, frozen=True, kw_only=True):
    """One node of a story's tree."""

    id: Id
    parent_id: Id | None
    source_id: Id | None
    next_id: Id | None
    author: Literal["engine", "reader"]
    action: Literal["begin", "continue", "retry", "edit", "write"]
    wish: Text | None
    text: Text
    created_at: Moment
    generation: Generation | None


class Story(Struct, frozen=True, kw_only=True):
    """One story: `passages` is the whole tree, oldest first; `steps` are the places that the head has been at and
    `step` is where in them it stands."""

    id: Id
    title: Annotated[str, Meta(max_length=500, pattern=_NO_NUL)]
    title_by: Literal["prompt", "engine", "reader"]
    language: Language
    brief: Brief
    prompt_id: Big | None
    engine: EngineName
    model: Short | None
    seed: Big
    head_id: Id
    step: Whole
    steps: Annotated[list[Id], Meta(min_length=1)]
    passages: Annotated[list[Passage], Meta(min_length=1)]
    created_at: Moment
    updated_at: Moment
    deleted_at: Moment | None


class Archive(Struct, frozen=True, kw_only=True):
    """All of `storybot.json`."""

    format: Literal["storybot-archive"]
    version: Literal[1]
    exported_at: Moment
    configuration: Configuration
    prompts: list[Prompt]
    stories: list[Story]


def digest(story: Story) -> str:
    """What a story is known by besides its id: 64 hex digits over all that it holds. `prompt_id` is left out, as it is
    another number wherever the story arrives."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(story, prompt_id=None))).hexdigest()


def exact(moment: datetime) -> datetime:
    """A time as archives have it: UTC, to the millisecond."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
