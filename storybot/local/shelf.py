"""The model folder: which models lie there, which the catalogue offers, and in what state each is."""

import contextlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storybot.local import gguf, memory, run
from storybot.local.catalogue import Entry, catalogue
from storybot.settings import Settings

SUFFIX = ".gguf"
_PART = re.compile(r"\.[0-9a-f]{16}\.part")
#: The longest name that fits into a story's row.
NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Model:
    """One model as a reader sees it.

    state: absent, partial (a part of it is downloaded), here, loading, ready (it is in memory), broken, or off (there is no llama.cpp
    to run it). reason: the slug of why it cannot be used (`model-broken`,
    `model-too-large`, `model-runtime-missing`), None where it can. size_bytes: of its file;
    memory_bytes: what it takes loaded, None where that is not known. fits: yes; tight (other programs are in the way); no.
    """

    name: str
    title: str
    state: str
    reason: str | None
    here: bool
    size_bytes: int | None
    memory_bytes: int | None
    fits: str | None
    entry: Entry | None


def installed() -> bool:
    """Whether llama.cpp is there to run a model."""
    return importlib.util.find_spec("xllamacpp") is not None


def files(folder: Path) -> dict[str, Path]:
    """The GGUF files of the model folder by name, in order; later parts of a model in several files are none of their own."""
    found = {}
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            name = path.name[: -len(SUFFIX)]
            fits = path.name.lower().endswith(SUFFIX) and 0 < len(name) <= NAME_CHARS and name.isprintable() and not name.startswith(".")
            if fits and path.is_file() and not _is_later_part(name):
                found[name] = path
    return found


def parts(folder: Path, name: str) -> list[Path]:
    """What has come of a model whose download is not done."""
    with contextlib.suppress(OSError):
        return [path for path in folder.iterdir() if _PART.fullmatch(path.name, 1 + len(name)) and path.name.startswith(f".{name}.")]
    return []


def _is_later_part(name: str) -> bool:
    parts = name.rsplit("-", 3)
    return len(parts) == 4 and parts[2] == "of" and parts[1].isdigit() and parts[3].isdigit() and int(parts[1]) > 1


def usable(settings: Settings) -> list[str]:
    """The names of the models that can be chosen: files of language models, where llama.cpp is there to run them."""
    return [one.name for one in models(settings) if one.state in ("here", "ready", "loading")] if installed() else []


def models(settings: Settings) -> list[Model]:
    """What the catalogue offers, smallest first, and what else lies in the folder."""
    return list(_models(settings))


def _models(settings: Settings) -> Iterator[Model]:
    there, offered = files(settings.models_path), catalogue(settings.models_path)
    runs = installed()
    total, free = memory.total(), memory.available()
    for name in [*offered, *(name for name in there if name not in offered)]:
        entry, path = offered.get(name), there.get(name)
        title, shape, size = name, None, None
        reason = None if runs else "model-runtime-missing"
        if entry:
            title, shape, size = entry.title, entry.shape, entry.size_bytes
        if path:
            try:
                head = gguf.read(path)
                shape, size = head.shape, path.stat().st_size
                title = entry.title if entry else head.title or name
                if not head.writes:
                    continue
            except (gguf.Broken, OSError):
                reason = "model-broken"
        running = run.look(settings.run_path, name)
        needed, fits = _memory(shape, size, settings.context_tokens, total, free) if shape and size else (None, None)
        if path and fits == "no" and reason is None:
            reason = "model-too-large"
        yield Model(
            name=name,
            title=title,
            state=_state(settings.models_path, name, path, reason, running),
            reason=reason,
            here=path is not None,
            size_bytes=size,
            memory_bytes=needed,
            fits="yes" if running else fits,
            entry=entry,
        )


def _memory(shape: memory.Shape, size: int, context_tokens: int, total: int, free: int) -> tuple[int, str]:
    needed = memory.needed(shape, size, slots=1, context_tokens=context_tokens)
    for fits, room in (("yes", free), ("tight", total - memory.RESERVE)):
        with contextlib.suppress(memory.TooLarge):
            memory.plan(shape, size, slots=1, context_tokens=context_tokens, free=room)
            return needed, fits
    return needed, "no"


def _state(folder: Path, name: str, path: Path | None, reason: str | None, running: run.Running | None) -> str:
    if path is None:
        return "partial" if parts(folder, name) else "absent"
    if reason == "model-broken":
        return "broken"
    if reason == "model-runtime-missing":
        return "off"
    if running is None:
        return "here"
    return "ready" if running.state == run.READY else "loading"
