"""The reader's defaults, and the engines that there are."""

from dataclasses import asdict
from typing import Any

from apiflask import APIBlueprint

from storybot import connections, offers
from storybot.api.request import configuration, connected, db_session, open_limit, reader, require_grown_up, runtime
from storybot.api.schemas import ConfigurationIn, ConfigurationOut, EngineOut
from storybot.db import writing
from storybot.errors import Invalid

blueprint = APIBlueprint("configuration", __name__)

_FIELDS = ("engine", "model", "language", "theme", "age_band", "length", "style", "private_names", "fallbacks")


def _shown() -> dict[str, Any]:
    settings, row = runtime().settings, configuration()
    limits = {name: getattr(settings, name) for name in ("prompt_chars", "text_chars", "wish_chars", "title_chars", "import_bytes")}
    shown = {field: getattr(row, field) for field in _FIELDS}
    shown["fallbacks"] = connections.prune(row.fallbacks, connected())
    if child_band := reader().age_band:
        shown["age_band"] = child_band
    return shown | {"default_engine": settings.engine, "limits": limits | {"open_generations": open_limit()}}


@blueprint.get("/configuration")
@blueprint.output(ConfigurationOut)
def get_configuration() -> Any:
    """The reader's defaults, and the limits that hold here."""
    return _shown()


@blueprint.patch("/configuration")
@blueprint.input(ConfigurationIn)
@blueprint.output(ConfigurationOut)
def change_configuration(json_data: dict[str, Any]) -> Any:
    """Change defaults; what is left out stays as it is."""
    require_grown_up()
    wanted = json_data.get("engine")
    if wanted and not any(offer.available for offer in offers.offers(runtime().settings, connected()) if offer.name == wanted):
        sentence = f"The engine {wanted!r} is not set up on this server."
        raise Invalid(sentence, errors=[{"pointer": "/engine", "detail": sentence}])
    with writing(db_session()):
        row = configuration()
        for field, value in json_data.items():
            setattr(row, field, value)
    return _shown()


@blueprint.get("/engines")
@blueprint.output(EngineOut(many=True))
def list_engines() -> Any:
    """The engines that the reader may use, whether they are set up here, and where the text goes."""
    return [asdict(offer) for offer in offers.allowed(runtime().settings, reader().engines, connected())]
