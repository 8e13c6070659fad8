"""The catalogue: instruct models that tell stories well, from a data file beside this module."""

import functools
import logging
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storybot.local.memory import Shape

log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model that can be downloaded.

    name: what the file is called in the model folder, without `.gguf`; parameters: in thousand millions; repo, file, revision:
    where it lies at the hub; size_bytes, sha256: what it is there, None where the hub's own word has to do; about: what it is
    like for stories, one text a language.
    """

    name: str
    title: str
    parameters: float
    repo: str
    file: str
    revision: str
    size_bytes: int | None
    sha256: str | None
    licence: str
    languages: tuple[str, ...]
    shape: Shape
    about: dict[str, str]


#: What comes with Storybot, and what an operator's own list in the model folder is called.
_OWN = Path(__file__).with_name("catalogue.toml")
ADDED = "catalogue.toml"


class Wrong(ValueError):
    """An operator's own list cannot be read; the message says what is wrong with it."""


def catalogue(folder: Path) -> dict[str, Entry]:
    """All entries by name, smallest first: those that come with Storybot, then those of `catalogue.toml` in the model folder,
    which win over others of the same name. A list that cannot be read is logged and left out."""
    added = folder / ADDED
    try:
        return _read(_OWN, 0) | _read(added, added.stat().st_mtime_ns)
    except FileNotFoundError:
        return _read(_OWN, 0)
    except (Wrong, OSError) as error:
        log.warning("the list of models in the model folder cannot be read", extra={"reason": str(error)})
        return _read(_OWN, 0)


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> dict[str, Entry]:
    try:
        return {one["name"]: _entry(**one) for one in tomllib.loads(path.read_text(encoding="utf-8"))["model"]}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, KeyError, AttributeError) as error:
        raise Wrong(f"{path}: {error}") from error


def _entry(
    *,
    name: str,
    repo: str,
    file: str,
    shape: dict[str, int],
    title: str = "",
    parameters: float = 0.0,
    revision: str = "main",
    size_bytes: int | None = None,
    sha256: str | None = None,
    licence: str = "",
    languages: Sequence[str] = (),
    about: dict[str, str] | None = None,
) -> Entry:
    if not _NAME.fullmatch(name):
        raise KeyError(f"{name!r} is no name for a file: letters, digits, dots, dashes and underscores")
    return Entry(
        name=name,
        title=title or name,
        parameters=float(parameters),
        repo=repo,
        file=file,
        revision=revision,
        size_bytes=size_bytes,
        sha256=sha256.lower() if sha256 else None,
        licence=licence,
        languages=tuple(languages),
        shape=Shape(
            layers=shape["layers"],
            kv_heads=shape["kv_heads"],
            key_size=shape["head_size"],
            value_size=shape["head_size"],
            vocabulary=shape["vocabulary"],
            window=shape.get("window", 0),
            global_every=shape.get("global_every", 1),
        ),
        about=about or {},
    )
