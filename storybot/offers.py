"""Which engines can be chosen here, and which one a story gets. Knows the settings, never an engine itself."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from storybot.errors import Invalid
from storybot.models import Configuration
from storybot.settings import Settings
from storybot.stories import Choice

NAMES = ("storyteller", "openai")


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
    ]


def choose(settings: Settings, configuration: Configuration, wanted: dict[str, Any], kept: Choice | None = None) -> Choice:
    """The engine and model to write with: what the request says, else what the story has, else the reader's default,
    else the operator's; the story's and the reader's only where they are (still) set up here.

    Raises: Invalid where that engine is not set up here.
    """
    by_name = {one.name: one for one in offers(settings)}
    named: str | None = wanted.get("engine")
    if named is None and kept is not None and by_name[kept.engine].available:
        named = kept.engine
    own = named is None
    name = named or configuration.engine or settings.engine
    if own and not by_name[name].available:  # what was chosen once is not set up here any more
        name = settings.engine
    offer = by_name[name]
    if not offer.available:
        detail = f"The engine {name!r} is not set up on this server: choose another one, or set STORYBOT_OPENAI_BASE_URL and STORYBOT_OPENAI_MODEL."
        raise Invalid(detail, reason=offer.reason, errors=[{"pointer": "/engine", "detail": detail}])
    if name != "openai":
        return Choice(name)
    model = wanted.get("model") or (kept.model if kept and kept.engine == name else None) or (configuration.model if own else None)
    return Choice(name, model or offer.model)
