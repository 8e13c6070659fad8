"""Reads an archive that a stranger may have made, and checks all of it before anything is taken in.

Nothing is ever unpacked onto the disk: only `storybot.json` is read, up to a limit, whatever its header says.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import msgspec

from storybot.exports import shape
from storybot.imports.refusals import TooLarge, Unreadable

#: Largest archive, and largest `storybot.json` in one, in bytes: it is held in memory while it is checked.
ARCHIVE_BYTES = 256 * 1024 * 1024
CONTENT_BYTES = 256 * 1024 * 1024
#: Most files in an archive.
FILES = 200_000
BRIEF_CHARS = 50_000
_YEARS = range(1970, 9999)


def read(path: Path, *, archive_bytes: int = ARCHIVE_BYTES, content_bytes: int = CONTENT_BYTES) -> shape.Archive:
    """What an archive holds, checked: stories are whole trees, heads and steps lead to passages of their own story.

    Raises: Unreadable, TooLarge.
    """
    if path.stat().st_size > archive_bytes:
        raise TooLarge(f"An archive may have {archive_bytes} bytes.", limit=archive_bytes)
    content = _content(path, content_bytes)
    try:
        archive = msgspec.json.decode(content, type=shape.Archive)
        _refuse_twins([story.id for story in archive.stories], "two stories have the same id")
        _refuse_twins([prompt.id for prompt in archive.prompts], "two ideas have the same id")
        for story in archive.stories:
            _check_story(story)
        for prompt in archive.prompts:
            _check_moments(prompt)
            if not prompt.content.strip():
                raise ValueError("an idea is empty")
    except (ValueError, RecursionError) as error:
        reason = str(error) if type(error) is ValueError or isinstance(error, msgspec.ValidationError) else "it is not the JSON of an archive"
        raise Unreadable(f"The archive cannot be read: {reason[:300]}.") from error
    return archive


def chars(archive: shape.Archive) -> int:
    """How many characters of text an archive holds: passages with their wishes, and ideas."""
    passages = (one for story in archive.stories for one in story.passages)
    return sum(len(one.text) + len(one.wish or "") for one in passages) + sum(len(one.content) for one in archive.prompts)


def _content(path: Path, most: int) -> bytes:
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            if len(names) > FILES:
                raise TooLarge(f"An archive may hold {FILES} files.", limit=FILES)
            if names.count(shape.CONTENT) != 1:
                raise Unreadable(f"The archive does not hold one {shape.CONTENT}.")
            if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name for name in names):
                raise Unreadable("A name in the archive leads out of it.")
            with packed.open(shape.CONTENT) as opened:
                content = opened.read(most + 1)
                if len(content) > most:
                    raise TooLarge(f"{shape.CONTENT} may have {most} bytes.", limit=most)
                return content
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        # RuntimeError: encrypted; the others: damage in many shapes
        raise Unreadable("The file is no zip file, or it is damaged.") from error


def _refuse_twins(values: list[Any], why: str) -> None:
    if len(set(values)) != len(values):
        raise ValueError(why)


def _check_moments(holder: msgspec.Struct) -> None:
    for name in holder.__struct_fields__:
        value = getattr(holder, name) if name.endswith("_at") else None
        if value is not None and (value.year not in _YEARS or value.utcoffset().total_seconds() or value.microsecond % 1000):
            raise ValueError(f"{name} is not a time in UTC, to the millisecond")


def _check_story(story: shape.Story) -> None:
    passages = {passage.id: passage for passage in story.passages}
    _refuse_twins([passage.id for passage in story.passages], "two passages have the same id")
    _refuse_twins([passage.generation.id for passage in story.passages if passage.generation], "two generations have the same id")
    for passage in story.passages:
        if not {passage.parent_id, passage.source_id, passage.next_id} <= {None, *passages}:
            raise ValueError("a passage names one that is not in its story")
        following = passages[passage.next_id] if passage.next_id else passage
        if following is not passage and following.parent_id != passage.id:
            raise ValueError("a passage reads on at one that does not follow it")
        _check_moments(passage)
        if passage.generation:
            _check_moments(passage.generation)
    if not {story.head_id, *story.steps} <= passages.keys():
        raise ValueError("a story's head or step is not in the story")
    if story.step >= len(story.steps) or story.steps[story.step] != story.head_id:
        raise ValueError("a story's step is not where its head is")
    _check_moments(story)
    _check_brief(story)
    parents_first(story.passages)


def _check_brief(story: shape.Story) -> None:
    encoded = msgspec.json.encode(story.brief)
    hero = story.brief.hero
    if len(encoded) > BRIEF_CHARS or b"\\u0000" in encoded or (hero and hero.age is not None and not 0 <= hero.age <= 1000):
        raise ValueError("a story's brief has values that cannot be kept")


def parents_first(passages: list[shape.Passage]) -> list[shape.Passage]:
    """The passages in an order in which each comes after its parent; otherwise as they came.

    Raises: ValueError where they do not form a tree.
    """
    children: dict[str | None, list[shape.Passage]] = {}
    for passage in passages:
        children.setdefault(passage.parent_id, []).append(passage)
    ordered, waiting = [], children.pop(None, [])
    while waiting:
        ordered += waiting
        waiting = [child for passage in waiting for child in children.get(passage.id, [])]
    if len(ordered) != len(passages):
        raise ValueError("a story's passages go round in a circle")
    return ordered
