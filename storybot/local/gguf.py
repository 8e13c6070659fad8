"""The head of a GGUF file: enough of it to know what the model is and what memory it takes. Reads no weights.

Source: ggml, docs/gguf.md (versions 2 and 3, little endian).
"""

import functools
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from storybot.local.memory import Shape

_MAGIC = b"GGUF"
_TEXT, _LIST = 8, 9
#: How each type of value is laid out, by its number.
_FORMATS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
#: The longest key, text and list, and the most keys, that are believed.
_MOST_TEXT, _MOST_LIST, _MOST_KEYS = 16 * 1024**2, 16 * 1024**2, 100_000
#: Lists are kept as far as this, and counted beyond.
_KEPT = 4096


class Broken(Exception):
    """It is no GGUF file, or its head is damaged."""


@dataclass(frozen=True, slots=True)
class Head:
    """architecture: such as `llama`; title: what the file says that it is called."""

    architecture: str
    title: str | None
    shape: Shape

    @property
    def writes(self) -> bool:
        """Whether it is a language model at all: an image encoder and the like are none."""
        return self.architecture not in ("clip", "") and self.shape.layers > 0


def read(path: Path) -> Head:
    """The head of a file, remembered until the file changes. Raises: Broken, OSError."""
    about = path.stat()
    return _read(path, about.st_mtime_ns, about.st_size)


@functools.lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Head:
    with path.open("rb") as file:
        try:
            return _head(_values(file))
        except (struct.error, UnicodeDecodeError, TypeError, ValueError, OverflowError) as error:
            raise Broken(str(error)) from error


def _values(file: IO[bytes]) -> dict[str, Any]:
    """What the head says by key, up to the vocabulary's first list, behind which only its other lists follow."""
    magic, version, _tensors, count = struct.unpack("<4sIQQ", file.read(24))
    if magic != _MAGIC or version not in (2, 3) or count > _MOST_KEYS:
        raise Broken("it does not begin as a GGUF file does")
    found: dict[str, Any] = {}
    for _ in range(count):
        key = _text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        if key == "tokenizer.ggml.tokens" and kind == _LIST and "general.architecture" in found:
            _kind, found[key] = struct.unpack("<IQ", file.read(12))
            if f"{found['general.architecture']}.block_count" in found:
                break
            file.seek(-12, 1)
            _value(file, kind)
            continue
        found[key] = _value(file, kind)
    return found


def _value(file: IO[bytes], kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind == _LIST:
        inner, length = struct.unpack("<IQ", file.read(12))
        if length > _MOST_LIST:
            raise Broken("a list is too long")
        kept = []
        for at in range(length):
            one = _value(file, inner)
            if at < _KEPT:
                kept.append(one)
        return kept
    layout = _FORMATS.get(kind)
    if layout is None:
        raise Broken("a value is of no known type")
    return struct.unpack(layout, file.read(struct.calcsize(layout)))[0]


def _text(file: IO[bytes]) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > _MOST_TEXT:
        raise Broken("a text is too long")
    read = file.read(length)
    if len(read) < length:
        raise Broken("it ends early")
    return read.decode("utf-8", "replace")


def _head(values: dict[str, Any]) -> Head:
    architecture = str(values.get("general.architecture", ""))

    def number(name: str, default: int = 0) -> int:
        value = values.get(f"{architecture}.{name}", default)
        return int(max(value, default=0) if isinstance(value, list) else value)

    heads = number("attention.head_count", 1) or 1
    size = number("embedding_length") // heads
    window = number("attention.sliding_window")
    vocabulary = values.get("tokenizer.ggml.tokens", 0)
    title = values.get("general.name")
    return Head(
        architecture=architecture,
        title=title if isinstance(title, str) and title else None,
        shape=Shape(
            layers=number("block_count"),
            kv_heads=number("attention.head_count_kv", heads),
            key_size=number("attention.key_length", size),
            value_size=number("attention.value_length", size),
            vocabulary=vocabulary if isinstance(vocabulary, int) else len(vocabulary),
            window=window,
            # Which layers look at everything stands in no key; of Gemma 3 each sixth does. Elsewhere all are counted whole.
            global_every=6 if window and architecture == "gemma3" else 1,
            context_tokens=number("context_length") or None,
        ),
    )
