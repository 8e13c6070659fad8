"""A story as readable Markdown: the branch being read, below a front matter. Pure."""

import json
import re
import unicodedata

from storybot import decisions
from storybot.exports.shape import Passage, Story

_NAME_CHARS = 60


def file_name(number: int, title: str) -> str:
    """The story's name in the archive, such as `stories/0007-der-fuchs-im-schnee.md`: nothing in it can lead elsewhere."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title).lower())
    return f"stories/{number:04d}-{'-'.join(words)[:_NAME_CHARS].strip('-') or 'story'}.md"


def branch(story: Story) -> list[Passage]:
    """The passages from the root to the head."""
    by_id = {passage.id: passage for passage in story.passages}
    found: list[Passage] = []
    at: str | None = story.head_id
    while at is not None:
        found.append(by_id[at])
        at = by_id[at].parent_id
    return found[::-1]


def document(story: Story) -> str:
    """The whole file. Values of the front matter are JSON strings, which YAML reads too (YAML 1.2, 1.3)."""
    hero = story.brief.hero
    facts = {"title": story.title, "date": story.created_at.date().isoformat(), "language": story.language, "age": story.brief.age_band}
    if hero:
        facts["for"] = hero.name
    front = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items())
    text = "\n\n".join(decisions.prose(passage.text).strip() for passage in branch(story) if passage.text.strip())
    heading = " ".join(story.title.split())
    return f"---\n{front}\n---\n\n# {heading}\n\n{text}\n"
