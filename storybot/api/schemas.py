"""The shapes that go in and out. Lengths come from the settings, so the OpenAPI document always says what holds."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, String
from flask import current_app
from marshmallow import ValidationError, post_dump, validate

from storybot.api.style_schemas import StyleIn
from storybot.brief import AGE_BANDS, FORMS, LANGUAGES, LENGTHS
from storybot.offers import PATTERN

#: The largest integer that both databases keep.
MAX_INTEGER = 2**63 - 1
STATES = ("queued", "writing", "done", "stopped", "failed")
THEMES = ("system", "paper", "night", "sepia")


class UpTo(validate.Length):
    """At most as many characters as the setting says."""

    def __init__(self, setting: str, *, at_least: int | None = None) -> None:
        self._setting = setting
        super().__init__(min=at_least)

    @property
    def max(self) -> int:
        limit: int = getattr(current_app.extensions["storybot"].settings, self._setting)
        return limit

    @max.setter
    def max(self, _value: int | None) -> None:
        """Length's constructor sets it; the setting decides."""


class Text(String):
    """Text that can be kept and sent: without NUL and without halves of surrogate pairs."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **more)
        if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise ValidationError("This text has characters in it that cannot be kept.")
        return text


class FilledText(Text):
    """Text with something other than white space in it; white space around it goes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more).strip()
        if not text:
            raise ValidationError("This must not be empty.")
        return text


def _short(chars: int = 200, **more: Any) -> Text:
    return Text(validate=validate.Length(max=chars), **more)


def _words(**more: Any) -> List[Any]:
    return List(FilledText(validate=validate.Length(max=100)), validate=validate.Length(max=12), **more)


def engine_name(**more: Any) -> String:
    """The name of an engine: one that is always there, or a connected server's."""
    described = {"description": "storyteller, openai, local, or `openai:` and the id of a connection"}
    return String(validate=validate.Regexp(PATTERN, error="This is no name of an engine."), metadata=described, **more)


class ProblemOut(Schema):
    """An error (RFC 9457); `type` ends in a slug of a closed set."""

    type = String(required=True)
    title = String(required=True)
    status = Integer(required=True)
    detail = String(required=True)
    instance = String()
    trace_id = String(allow_none=True)
    errors = List(Dict(keys=String(), values=String()), metadata={"description": "JSON pointers and what is wrong there"})

    @post_dump(pass_original=True)
    def _with_extensions(self, shown: dict[str, Any], original: dict[str, Any], **_more: Any) -> dict[str, Any]:
        return dict(original) | shown


class PromptIn(Schema):
    content = FilledText(required=True, validate=UpTo("prompt_chars", at_least=1))


class PromptOut(Schema):
    id = Integer(required=True)
    content = String(required=True)
    created_at = String(required=True)


class HeroIn(Schema):
    name = FilledText(required=True, validate=validate.Length(min=1, max=80))
    pronouns = _short(40, allow_none=True)
    age = Integer(strict=True, allow_none=True, validate=validate.Range(min=0, max=1000), metadata={"description": "in years"})
    looks = _short(allow_none=True)
    traits = _words()
    likes = _words()
    fears = _words()


class CompanionIn(Schema):
    name = FilledText(required=True, validate=validate.Length(min=1, max=80))
    kind = _short(80, allow_none=True)


def _private_names() -> Boolean:
    sentence = "Whether names are replaced before anything is sent to a server elsewhere; null: for children's stories only."
    return Boolean(allow_none=True, metadata={"description": sentence})


class BriefOut(Schema):
    prompt = String(required=True)
    language = String(required=True, validate=validate.OneOf(LANGUAGES))
    age_band = String(required=True, validate=validate.OneOf(AGE_BANDS))
    length = String(required=True, validate=validate.OneOf(LENGTHS))
    form = String(validate=validate.OneOf(FORMS), metadata={"description": "Where it is missing: `told`."})
    hero = Nested(HeroIn)
    companions = List(Nested(CompanionIn))
    place = String()
    tone = String()
    genre = String()
    moral = String()
    style = Nested(StyleIn)
    private_names = Boolean()


class EngineChoice(Schema):
    engine = engine_name(allow_none=True)
    model = _short(allow_none=True)


class StoryIn(EngineChoice):
    prompt = FilledText(validate=UpTo("prompt_chars", at_least=1), metadata={"description": "The idea; or give prompt_id."})
    prompt_id = Integer(strict=True, validate=validate.Range(min=1, max=MAX_INTEGER), metadata={"description": "A kept prompt instead of `prompt`."})
    language = String(validate=validate.OneOf(LANGUAGES))
    age_band = String(validate=validate.OneOf(AGE_BANDS))
    length = String(validate=validate.OneOf(LENGTHS), metadata={"description": "About 2, 5 or 10 minutes of reading."})
    form = String(
        validate=validate.OneOf(FORMS),
        metadata={
            "description": "`told` from beginning to end, or `choose`: passages end with lines that begin with `→ `, and the reader decides "
            "with one of them (without its arrow) as `wish` of `continue`."
        },
    )
    hero = Nested(HeroIn, allow_none=True)
    companions = List(Nested(CompanionIn), validate=validate.Length(max=6))
    genre = _short(allow_none=True)
    tone = _short(allow_none=True)
    moral = _short(allow_none=True)
    place = _short(allow_none=True)
    style = Nested(StyleIn, allow_none=True)
    private_names = _private_names()
    seed = Integer(strict=True, allow_none=True, validate=validate.Range(min=0, max=2**31 - 1))


class GenerationOut(Schema):
    id = String(required=True)
    story_id = String(required=True)
    passage_id = String(required=True)
    state = String(required=True, validate=validate.OneOf(("queued", "running", "done", "stopped", "failed")))
    engine = String(required=True)
    model = String(required=True, allow_none=True)
    events = String(required=True, metadata={"description": "Path of the event stream."})
    last_seq = Integer(required=True, metadata={"description": "Number of the last committed piece; 0: none yet."})
    thinks = Boolean(required=True, metadata={"description": "Whether the model is thinking and has not begun to write."})
    tokens = Integer(required=True)
    created_at = String(required=True)
    started_at = String(required=True, allow_none=True)
    first_text_at = String(required=True, allow_none=True)
    finished_at = String(required=True, allow_none=True)
    problem = Nested(ProblemOut, required=True, allow_none=True)


class StoryOut(Schema):
    id = String(required=True)
    title = String(required=True)
    language = String(required=True, validate=validate.OneOf(LANGUAGES))
    brief = Nested(BriefOut, required=True)
    state = String(required=True, validate=validate.OneOf(STATES), metadata={"description": "of the head passage"})
    head_id = String(required=True)
    engine = String(required=True)
    model = String(required=True, allow_none=True)
    seed = Integer(required=True)
    prompt_id = Integer(required=True, allow_none=True)
    profile_id = String(required=True, allow_none=True, metadata={"description": "The child whose story it is; null: the grown-up's."})
    waits_for_approval = Boolean(required=True, metadata={"description": "A grown-up has to look at it before the child sees it."})
    opening = String(required=True, metadata={"description": "The first characters of the branch's text."})
    word_count = Integer(required=True, metadata={"description": "of the branch being read"})
    can_undo = Boolean(required=True)
    can_redo = Boolean(required=True)
    created_at = String(required=True)
    updated_at = String(required=True)
    deleted_at = String(required=True, allow_none=True)
    generation = Nested(GenerationOut, required=True, allow_none=True, metadata={"description": "of the head passage"})


class StoryPatch(Schema):
    title = FilledText(validate=UpTo("title_chars", at_least=1))
    profile_id = String(
        validate=validate.Length(max=36), allow_none=True, metadata={"description": "Puts it on this child's shelf; null: on the grown-up's."}
    )


class ShelfQuery(Schema):
    limit = Integer(load_default=20, validate=validate.Range(min=1, max=100))
    after = String(validate=validate.Length(max=36), metadata={"description": "Id of the last story of the page before."})
    q = Text(load_default="", validate=validate.Length(max=200), metadata={"description": "Words that title or text must have."})
    bin = Boolean(load_default=False)
    profile = String(validate=validate.Length(max=36), metadata={"description": "Only the shelf of this child."})


class DeleteQuery(Schema):
    forever = Boolean(load_default=False)


class PassageOut(Schema):
    id = String(required=True)
    story_id = String(required=True)
    parent_id = String(required=True, allow_none=True)
    text = String(required=True, metadata={"description": "of an unfinished passage: exactly up to generation.last_seq"})
    author = String(required=True, validate=validate.OneOf(("engine", "reader")))
    action = String(required=True, validate=validate.OneOf(("begin", "continue", "retry", "edit", "write")))
    source_id = String(required=True, allow_none=True)
    wish = String(required=True, allow_none=True)
    state = String(required=True, validate=validate.OneOf(STATES))
    sibling_index = Integer(required=True, metadata={"description": "Which of its siblings it is, from 1."})
    sibling_count = Integer(required=True, metadata={"description": "How many versions stand here, itself included."})
    sibling_ids = List(String(), required=True)
    created_at = String(required=True)
    generation = Nested(GenerationOut, required=True, allow_none=True)


class PassageIn(EngineChoice):
    action = String(required=True, validate=validate.OneOf(("continue", "retry", "edit", "write")))
    passage_id = String(allow_none=True, validate=validate.Length(max=36), metadata={"description": "Default: the head."})
    wish = Text(allow_none=True, validate=UpTo("wish_chars"))
    text = Text(allow_none=True, validate=UpTo("text_chars"))


class HeadIn(Schema):
    action = String(required=True, validate=validate.OneOf(("undo", "redo", "choose")))
    passage_id = String(allow_none=True, validate=validate.Length(max=36), metadata={"description": "For `choose`."})


class IdempotencyHeader(Schema):
    idempotency_key = String(
        data_key="Idempotency-Key",
        validate=validate.Length(min=1, max=200),
        metadata={"description": "A repeat with the same key gives what the first one made."},
    )


class EventsQuery(Schema):
    after = Integer(validate=validate.Range(min=0, max=MAX_INTEGER), metadata={"description": "Resume after this piece."})


class LimitsOut(Schema):
    prompt_chars = Integer(required=True)
    text_chars = Integer(required=True)
    wish_chars = Integer(required=True)
    title_chars = Integer(required=True)
    import_bytes = Integer(required=True, metadata={"description": "Largest archive that can be imported, in bytes."})
    open_generations = Integer(required=True, allow_none=True, metadata={"description": "null: no limit"})


class ConfigurationIn(Schema):
    engine = engine_name(allow_none=True)
    model = _short(allow_none=True)
    style = Nested(StyleIn, allow_none=True)
    private_names = _private_names()
    fallbacks = List(
        engine_name(), allow_none=True, validate=validate.Length(max=10), metadata={"description": "Whom to offer after a failure, in order."}
    )
    language = String(validate=validate.OneOf(LANGUAGES), allow_none=True)
    theme = String(validate=validate.OneOf(THEMES))
    age_band = String(validate=validate.OneOf(AGE_BANDS))
    length = String(validate=validate.OneOf(LENGTHS))


class ConfigurationOut(Schema):
    engine = String(required=True, allow_none=True, metadata={"description": "null: the operator's default"})
    model = String(required=True, allow_none=True)
    language = String(required=True, allow_none=True)
    theme = String(required=True, validate=validate.OneOf(THEMES))
    age_band = String(required=True, validate=validate.OneOf(AGE_BANDS))
    length = String(required=True, validate=validate.OneOf(LENGTHS))
    style = Nested(StyleIn, required=True, allow_none=True, metadata={"description": "null: balanced"})
    private_names = Boolean(required=True, allow_none=True)
    fallbacks = List(String(), required=True, allow_none=True)
    default_engine = String(required=True)
    limits = Nested(LimitsOut, required=True)


class EngineOut(Schema):
    name = String(required=True, metadata={"description": "What is chosen by."})
    kind = String(required=True, validate=validate.OneOf(("storyteller", "openai", "local")))
    label = String(required=True, allow_none=True, metadata={"description": "What somebody called it: a connected server."})
    state = String(required=True, validate=validate.OneOf(("ready", "loading", "needs-key", "unreachable", "not-downloaded", "off", "unchecked")))
    available = Boolean(required=True)
    reason = String(required=True, allow_none=True)
    default = Boolean(required=True)
    model = String(required=True, allow_none=True)
    models = List(String(), required=True)
    place = String(required=True, validate=validate.OneOf(("here", "sent")), metadata={"description": "Whether the text stays on this machine."})
    host = String(required=True, allow_none=True, metadata={"description": "Where it is sent, or which server of this machine it is."})
    shared = Boolean(required=True, metadata={"description": "A server that an administrator connected for all."})


class HealthOut(Schema):
    status = String(required=True)
