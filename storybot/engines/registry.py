"""Which engines there are, and how each is made from the settings; an engine's module loads when it is first used."""

from collections.abc import Callable, Mapping
from importlib import import_module

from storybot.engines.contract import Engine
from storybot.settings import Settings


def engines(settings: Settings) -> Mapping[str, Callable[[], Engine]]:
    """A maker for each engine, by name; `openai:` is that of connected servers, whose names begin so."""
    return {
        "storyteller": lambda: _storyteller(settings),
        "openai": lambda: _openai(settings),
        "openai:": _connected,
        "local": lambda: _local(settings),
    }


def _storyteller(settings: Settings) -> Engine:
    made: Engine = import_module("storybot.engines.storyteller").Storyteller(pace=settings.storyteller_pace)
    return made


def _openai(settings: Settings) -> Engine:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
    made: Engine = import_module("storybot.engines.openai").OpenAIEngine(settings.openai_base_url or "", key, settings.openai_model)
    return made


def _connected() -> Engine:
    made: Engine = import_module("storybot.engines.connected").ConnectedEngine()
    return made


def _local(settings: Settings) -> Engine:
    made: Engine = import_module("storybot.engines.local").LocalEngine(settings)
    return made
