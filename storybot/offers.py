"""Which engines can be chosen here, and which one a story gets. Knows the settings and what is connected, never an engine itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from storybot import connections
from storybot.errors import Invalid, ProfileNotAllowed
from storybot.local import run, shelf
from storybot.models import Configuration, Connection
from storybot.settings import Settings, is_loopback
from storybot.stories import Choice

NAMES = ("storyteller", "openai", "local")
#: What an engine's name may be: one of the three, or a connected server's.
PATTERN = r"(storyteller|openai|local|openai:[0-9a-f]{12})\Z"
#: What makes models on this machine usable, by whether llama.cpp is there.
_LOCAL_HOW = {True: "download a model (`storybot model pull`)", False: "install llama.cpp (`pip install xllamacpp`)"}
#: States of a check in which a server can write.
_USABLE = ("ready", "unchecked")


@dataclass(frozen=True, slots=True)
class Offer:
    """One engine as a reader sees it.

    name: what is chosen by. label: what somebody called it (a connected server), None for the three that are always there.
    state: ready, loading, needs-key, unreachable, not-downloaded, off, or unchecked. reason: the slug of why it cannot be
    used, None where it can. place: `here` where the text stays on this machine, otherwise `sent` to `host`.
    shared: an administrator's, whose address only they see.
    """

    name: str
    kind: str
    label: str | None
    state: str
    available: bool
    reason: str | None
    default: bool
    model: str | None
    models: tuple[str, ...]
    place: str
    host: str | None
    shared: bool = False


def offers(settings: Settings, connected: Sequence[Connection] = ()) -> list[Offer]:
    """Every engine, whether it can be used or not; connected: the servers that this reader may write with."""
    storyteller = Offer("storyteller", "storyteller", None, "ready", True, None, settings.engine == "storyteller", None, (), "here", None)
    return [storyteller, _operators(settings), _local(settings), *(_connected(row) for row in connected)]


def _operators(settings: Settings) -> Offer:
    configured = bool(settings.openai_base_url and settings.openai_model)
    host = urlsplit(settings.openai_base_url).hostname if settings.openai_base_url else None
    return Offer(
        "openai",
        "openai",
        None,
        "ready" if configured else "off",
        configured,
        None if configured else "engine-not-configured",
        settings.engine == "openai",
        settings.openai_model,
        (settings.openai_model,) if settings.openai_model else (),
        "here" if host and _is_here(host) else "sent",
        host,
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ((host[:1].isdigit() or ":" in host) and is_loopback(host))
    except (OSError, UnicodeError):
        return False


def _local(settings: Settings) -> Offer:
    here = tuple(shelf.usable(settings))
    model = settings.local_model if settings.local_model in here else next(iter(here), None)
    state = "not-downloaded" if not here else "loading" if model and run.is_loading(settings.run_path, model) else "ready"
    reason = None if here else "model-missing"
    if not shelf.installed():
        state, reason = "off", "model-runtime-missing"
    return Offer("local", "local", None, state, bool(here), reason, settings.engine == "local", model, here, "here", None)


def _connected(row: Connection) -> Offer:
    state = connections.state(row)
    reason = None
    if state not in _USABLE:
        reason = "engine-key-missing" if state == "needs-key" and row.secret is None else (row.check or {}).get("problem") or "engine-unreachable"
    elif not row.model:
        state, reason = "unchecked", "engine-model-unknown"
    found = tuple((row.check or {}).get("models", ()))
    models = found if not row.model or row.model in found else (row.model, *found)
    # What was out of reach once may be back: only what cannot work is refused beforehand.
    available = bool(row.model) and state != "needs-key"
    place = "here" if connections.is_here(row) else "sent"
    return Offer(
        connections.reference(row), "openai", row.name, state, available, reason, False, row.model, models, place, connections.host(row), row.shared
    )


def allowed(settings: Settings, engines: Collection[str] | None, connected: Sequence[Connection] = ()) -> list[Offer]:
    """The engines that somebody may use who may use only these (None: any)."""
    return [one for one in offers(settings, connected) if engines is None or one.name in engines]


def choose(
    settings: Settings,
    configuration: Configuration,
    wanted: dict[str, Any],
    kept: Choice | None = None,
    engines: Collection[str] | None = None,
    connected: Sequence[Connection] = (),
) -> Choice:
    """The engine and model to write with: what the request says, else what the story has, else the reader's default,
    else the operator's; the story's and the reader's only where they are (still) set up here. engines: the only ones that
    a child may use (None: any); what was chosen by others gives way to the first of them.

    Raises: Invalid where that engine is not set up here, ProfileNotAllowed where the child asks for another.
    """
    by_name = {one.name: one for one in offers(settings, connected)}
    named: str | None = wanted.get("engine")
    if named is not None and engines is not None and named not in engines:
        raise ProfileNotAllowed("This storyteller is not for this child.")
    usable = [one.name for one in by_name.values() if one.available and (engines is None or one.name in engines)]
    if named is None and kept is not None and kept.engine in usable:
        named = kept.engine
    own = named is None
    name = named or configuration.engine or settings.engine
    if own and name not in usable:  # what was chosen once is not set up here any more, or not for this child
        name = settings.engine if engines is None or settings.engine in usable else next(iter(usable), "")
        if not name:
            raise ProfileNotAllowed("None of the storytellers that are for this child is set up on this server.")
    offer = by_name.get(name)
    if offer is None or not offer.available:
        raise _unavailable(name, offer)
    if name == "storyteller":
        return Choice(name)
    model = wanted.get("model") or (kept.model if kept and kept.engine == name else None) or (configuration.model if own else None)
    return Choice(name, model or offer.model)


def _unavailable(name: str, offer: Offer | None) -> Invalid:
    if name.startswith(connections.PREFIX):
        how = "give it a key or a model, or check it" if offer else "connect it again"
    else:
        how = _LOCAL_HOW[shelf.installed()] if name == "local" else "set STORYBOT_OPENAI_BASE_URL and STORYBOT_OPENAI_MODEL"
    detail = f"The engine {name!r} is not set up on this server: choose another one, or {how}."
    reason = offer.reason if offer else "engine-not-configured"
    return Invalid(detail, reason=reason, errors=[{"pointer": "/engine", "detail": detail}])
