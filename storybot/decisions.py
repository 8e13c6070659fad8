"""The form "you decide": a passage ends with lines among which the reader decides how the story goes on.

Such a line is a paragraph of its own that begins with `→ `; the lines stand at the end of a passage. Pure; used by the
API, the context builder and the storyteller, so that every engine keeps the same convention.
"""

import re
from collections.abc import Sequence

from storybot.brief import Length

SIGN = "→"
#: How many passages a story of each length has; all but the last end with a decision.
PASSAGES: dict[Length, int] = {"short": 2, "medium": 4, "long": 5}
#: A next chapter after the end of such a story.
CHAPTER_PASSAGES = 2
_LINE = re.compile(rf"^{SIGN}\s*(\S.*?)\s*$")


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """A passage's text without the decision at its end, and the lines of that decision without their arrows.

    A text that is nothing but such lines is left as it is.
    """
    paragraphs = re.split(r"\n\s*\n|\n(?=\s*→)", text.rstrip())
    lines: list[str] = []
    while len(paragraphs) > 1 and (found := _LINE.match(paragraphs[-1].strip())):
        lines.insert(0, found[1])
        paragraphs.pop()
    return ("\n\n".join(paragraphs) if lines else text), tuple(lines)


def prose(text: str) -> str:
    """A passage's text without the decision at its end."""
    return split(text)[0]


def offered(text: str) -> tuple[str, ...]:
    """The lines of the decision at the end of a passage, without their arrows; empty where there is none."""
    return split(text)[1]


def stage(texts: Sequence[str], authors: Sequence[str], length: Length) -> tuple[int, int, bool]:
    """Where the next passage stands: its number from 0, of how many, and whether they are a later chapter.

    texts, authors: of the passages told so far, root first. A reader's own passage moves nothing on, nor does a passage
    that was stopped before its decision.
    """
    at, total, chapter = 0, PASSAGES[length], False
    for text, author in zip(texts, authors, strict=True):
        if offered(text):
            at = min(at + 1, total - 1)
        elif author == "engine" and at == total - 1:
            at, total, chapter = 0, CHAPTER_PASSAGES, True
    return at, total, chapter
