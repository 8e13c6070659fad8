"""Which engines can be chosen here, and which one a story gets. Knows the settings, never an engine itself."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from storybot.errors import Invalid, ProfileNotAllowed
from storybot.local import shelf
from storybot.models import Configuration
from storybot.settings import Settings
from storybot.stories import Choice

NAMES = ("storyteller", "openai", "local")


@dataclass(frozen=True, slots=True)
class Offer:
    """One engine as a reader sees it. `host`: where the text goes; None: it stays on this machine.

    reason: why it cannot be used (`engine-not-configured`), None where it can.
    """

    name: str
    available: bool
    reason: str | None
    default: bool
    model: str | None
    models: tuple[str, ...]
    host: str | None


def offers(settings: Settings) -> list[Offer]:
    """Every engine, whether it can be used or not."""
    configured = bool(settings.openai_base_url and settings.openai_model)
    host = urlsplit(settings.openai_base_url).hostname if settings.openai_base_url else None
    models = (settings.openai_model,) if settings.openai_model else ()
    here = tuple(shelf.usable(settings))
    local = settings.local_model if settings.local_model in here else next(iter(here), None)
    return [
        Offer("storyteller", True, None, settings.engine == "storyteller", None, (), None),
        Offer(
            "openai",
            configured,
            None if configured else "engine-not-configured",
            settings.engine == "openai",
            settings.openai_model,
            models,
            host,
        ),
        Offer("local", bool(here), None if here else "model-missing", settings.engine == "local", local, here, None),
    ]


def allowed(settings: Settings, engines: Collection[str] | None) -> list[Offer]:
    """The engines that somebody may use who may use only these (None: any)."""
    return [one for one in offers(settings) if engines is None or one.name in engines]


def choose(
    settings: Settings, configuration: Configuration, wanted: dict[str, Any], kept: Choice | None = None, engines: Collection[str] | None = None
) -> Choice:
    """The engine and model to write with: what the request says, else what the story has, else the reader's default,
    else the operator's; the story's and the reader's only where they are (still) set up here. engines: the only ones that
    a child may use (None: any); what was chosen by others gives way to the first of them.

    Raises: Invalid where that engine is not set up here, ProfileNotAllowed where the child asks for another.
    """
    by_name = {one.name: one for one in offers(settings)}
    named: str | None = wanted.get("engine")
    if named is not None and engines is not None and named not in engines:
        raise ProfileNotAllowed("This storyteller is not for this child.")
    usable = [one.name for one in allowed(settings, engines) if one.available]
    if named is None and kept is not None and kept.engine in usable:
        named = kept.engine
    own = named is None
    name = named or configuration.engine or settings.engine
    if own and name not in usable:  # what was chosen once is not set up here any more, or not for this child
        name = settings.engine if engines is None or settings.engine in usable else next(iter(usable), "")
        if not name:
            raise ProfileNotAllowed("None of the storytellers that are for this child is set up on this server.")
    offer = by_name[name]
    if not offer.available:
        how = "download a model (`storybot model pull`)" if name == "local" else "set STORYBOT_OPENAI_BASE_URL and STORYBOT_OPENAI_MODEL"
        detail = f"The engine {name!r} is not set up on this server: choose another one, or {how}."
        raise Invalid(detail, reason=offer.reason, errors=[{"pointer": "/engine", "detail": detail}])
    if name == "storyteller":
        return Choice(name)
    model = wanted.get("model") or (kept.model if kept and kept.engine == name else None) or (configuration.model if own else None)
    return Choice(name, model or offer.model)
