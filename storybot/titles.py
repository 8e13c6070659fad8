"""A title for a story that has none yet, made from its prompt."""

import re

#: Longer titles are cut at a word.
MAX_CHARS = 60


def title_from_prompt(prompt: str) -> str:
    """The prompt's first sentence, without its full stop, cut at a word; never empty where the prompt is not."""
    line = " ".join(prompt.split())
    first = re.split(r"(?<=[.!?…])\s", line, maxsplit=1)[0].rstrip(".").strip(" \"“”„'")
    if len(first) > MAX_CHARS:
        cut = first[:MAX_CHARS].rsplit(" ", 1)[0] or first[:MAX_CHARS]
        first = cut.rstrip(",;:–- ") + " …"
    return first[:1].upper() + first[1:] if first else line[:MAX_CHARS]
