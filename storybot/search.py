"""Words in stories: which of these stories have all of them in their title or in a text.

SQLite does it in a thread with a connection of its own, which no other greenlet waits for, in C alone, and no longer
than `LIMIT_S`. A library of some ten thousand stories is looked through in about a second.
"""

import sqlite3
import time
from collections.abc import Sequence
from itertools import islice
from urllib.parse import quote

from sqlalchemy.orm import Session

from storybot.errors import SearchTooLong
from storybot.off_loop import OffLoop

#: Stories that are looked through at a time.
BATCH = 400
#: After so long a search is given up, in seconds.
LIMIT_S = 5.0
#: SQLite asks that often whether to go on, in steps of its virtual machine.
_STEPS = 10_000

_threads = OffLoop(2)


def matching(session: Session, ids: Sequence[str], words: str, limit: int) -> list[str]:
    """Up to `limit` of these stories, in this order, that have all words in their title or their passages.

    Letters match in any case; every other sign is looked for as it is. Only what is committed is found.

    Raises: SearchTooLong.
    """
    database = session.get_bind().engine.url.database or ""
    conditions = _conditions(words)
    deadline = time.monotonic() + LIMIT_S
    found: list[str] = []
    rest = iter(ids)
    while len(found) < limit and (batch := list(islice(rest, BATCH))):
        try:
            hits = _threads.do(_hits, database, batch, conditions, deadline)
        except sqlite3.OperationalError as error:
            if time.monotonic() < deadline:
                raise
            raise SearchTooLong("This search took too long: look for fewer or longer words.") from error
        found += [one for one in batch if one in hits]
    return found[:limit]


def _conditions(words: str) -> list[tuple[str, list[str]]]:
    """For each word the condition on a column {0}, and its values; the longest, which few texts have, first."""
    wanted = sorted({word.lower() for word in words.split()}, key=lambda word: (-len(word), word))
    return [_condition(word) for word in wanted]


def _condition(word: str) -> tuple[str, list[str]]:
    # LIKE is fast and knows case in ASCII only, so it lets any letter pass where others stand and GLOB, which is slow, has a second look.
    like = "".join("_" if ord(sign) > 127 else f"\\{sign}" if sign in "\\%_" else sign for sign in word)
    if word.isascii():
        return "{0} LIKE ? ESCAPE '\\'", [f"%{like}%"]
    return "({0} LIKE ? ESCAPE '\\' AND {0} GLOB ?)", [f"%{like}%", f"*{''.join(map(_either, word))}*"]


def _either(sign: str) -> str:
    """The sign in both cases, as GLOB writes it."""
    upper = sign.upper()
    both = sign + (upper if len(upper) == 1 and upper != sign else "")
    return f"[{both}]" if len(both) > 1 or sign in "*?[" else sign


def _hits(database: str, ids: list[str], conditions: list[tuple[str, list[str]]], deadline: float) -> set[str]:
    connection = sqlite3.connect(f"file:{quote(database)}?mode=ro", uri=True, timeout=1)
    try:
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        sql, values = _query(len(ids), conditions)
        return {row[0] for row in connection.execute(sql, [*ids, *values])}
    finally:
        connection.close()


def _query(count: int, conditions: list[tuple[str, list[str]]]) -> tuple[str, list[str]]:
    parts, values = [], []
    for condition, given in conditions:
        in_text = f"EXISTS (SELECT 1 FROM passages WHERE passages.story_id = stories.id AND {condition.format('passages.text')})"  # noqa: S608 - values are bound
        parts.append(f"({condition.format('stories.title')} OR {in_text})")
        values += [*given, *given]
    return f"SELECT id FROM stories WHERE id IN ({', '.join('?' * count)}) AND {' AND '.join(parts)}", values  # noqa: S608 - values are bound
