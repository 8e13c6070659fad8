"""What one story is to be: the brief, as plain values.

A brief is made by the API from what the reader chose, is kept with the story as JSON, and is read by the
context builder and by the engines. It knows no database, no HTTP and no language model.
"""

from typing import Any, Literal

import msgspec

Language = Literal["de", "en"]
AgeBand = Literal["3-5", "6-8", "9-12", "adult"]
Length = Literal["short", "medium", "long"]
Form = Literal["told", "choose"]
Preset = Literal["steady", "balanced", "wild"]

LANGUAGES: tuple[Language, ...] = ("de", "en")
AGE_BANDS: tuple[AgeBand, ...] = ("3-5", "6-8", "9-12", "adult")
LENGTHS: tuple[Length, ...] = ("short", "medium", "long")
#: `told` from beginning to end, or in passages after each of which the reader decides (see `decisions`).
FORMS: tuple[Form, ...] = ("told", "choose")
STYLES: tuple[Preset, ...] = ("steady", "balanced", "wild")

#: Words to aim for: 2, 5 and 10 minutes of reading aloud at about 125 words a minute.
WORDS_BY_LENGTH: dict[Length, int] = {"short": 250, "medium": 600, "long": 1200}


class Hero(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whom the story is about: everything but the name may be left out.

    `pronouns` is `she`, `he`, `they`, `sie`, `er` or free text; `age` is in years.
    """

    name: str
    pronouns: str | None = None
    age: int | None = None
    looks: str | None = None
    traits: tuple[str, ...] = ()
    likes: tuple[str, ...] = ()
    fears: tuple[str, ...] = ()


class Companion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Someone who comes along: a name and, if known, what they are ("a hedgehog")."""

    name: str
    kind: str | None = None


class Style(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How freely a model writes: a named preset, and single samplers by their names that are to be otherwise."""

    preset: Preset = "balanced"
    samplers: dict[str, Any] = {}


class Brief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one story is to be; free texts are as the reader wrote them (untrusted).

    private_names: whether names stay on this machine (None: by the age band and where the text goes).
    """

    prompt: str
    language: Language = "en"
    age_band: AgeBand = "6-8"
    length: Length = "short"
    form: Form = "told"
    hero: Hero | None = None
    companions: tuple[Companion, ...] = ()
    place: str | None = None
    tone: str | None = None
    genre: str | None = None
    moral: str | None = None
    style: Style | None = None
    private_names: bool | None = None

    @property
    def words(self) -> int:
        """How many words the whole story should have, about."""
        return WORDS_BY_LENGTH[self.length]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; fields that were left out stay out."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        # Named even where they are the defaults, so that a kept brief never changes its meaning.
        return built | {"language": self.language, "age_band": self.age_band, "length": self.length}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Brief":
        """The brief that `to_json` kept.

        Raises: msgspec.ValidationError where a field has the wrong type or value.
        """
        return msgspec.convert(kept, cls)
