"""A database as the first version left it: its tables at revision 0001, filled with plain SQL.

Plain SQL, and only columns of 0001: models move on, and what people have on their disks does not.
"""

import json
from typing import Any

from alembic import command
from sqlalchemy import Engine, text

from storybot import schema

OWNER = "00000000-0000-7000-8000-000000000001"
AT = "2026-01-02 03:04:05.678901"
#: Ids by what they stand for; they sort by time as the program's own do.
DRAGON, WHALE = "019b0000-0000-7000-8000-00000000000a", "019b0000-0000-7000-8000-00000000000b"
BEGIN, SECOND, EDITED, OPEN, LOST = (f"019b0000-0000-7000-8000-00000000010{number}" for number in range(5))
DRAGON_TEXT = "Es war einmal ein Drache – “grün” 🐉."
SECOND_TEXT = "Er flog davon."
OPEN_TEXT = "w1 w2 w3"


def _generation(number: int, story: str, passage: str, state: str, **more: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("model", "worker_id", "context", "problem", "tokens_in", "tokens_out", "piece_lengths", "started_at", "first_text_at", "finished_at")
    )
    return (
        empty
        | {"number": number, "id": f"019b0000-0000-7000-8000-00000000020{number}", "owner_id": OWNER, "story_id": story, "passage_id": passage}
        | {"engine": "openai", "seed": 7, "variant": 0, "state": state, "stop_requested": False, "trace_id": "a" * 32, "attempts": 0}
        | {"last_seq": 0, "tokens": 0, "created_at": AT}
        | more
    )


def _passage(id_: str, story: str, parent: str | None, words: str, **more: Any) -> dict[str, Any]:
    return (
        {"id": id_, "owner_id": OWNER, "story_id": story, "parent_id": parent, "source_id": None, "next_id": None}
        | {"author": "engine", "action": "begin", "wish": None, "text": words, "created_at": AT}
        | more
    )


def _story(id_: str, title: str, head: str, **more: Any) -> dict[str, Any]:
    brief = {"prompt": f"Prompt of {title}", "language": "de", "age_band": "6-8", "length": "short", "hero": {"name": "Mia"}}
    return (
        {"id": id_, "owner_id": OWNER, "title": title, "title_by": "reader", "language": "de", "brief": json.dumps(brief), "prompt_id": None}
        | {"engine": "openai", "model": None, "seed": 7, "head_id": head, "step": 0, "created_at": AT, "updated_at": AT, "deleted_at": None}
        | more
    )


def _pieces(generation: int, words: str, end: str | None) -> list[dict[str, Any]]:
    cut = [words[start : start + 3] for start in range(0, len(words), 3)]
    rows = [{"generation": generation, "seq": seq, "kind": "text", "text": piece} for seq, piece in enumerate(cut, 1)]
    return rows + ([{"generation": generation, "seq": len(cut) + 1, "kind": "end", "text": end}] if end else [])


BEGUN = _generation(1, DRAGON, BEGIN, "done", last_seq=2, tokens=9, finished_at=AT, piece_lengths=json.dumps([10, len(DRAGON_TEXT) - 10]))
WENT_ON = _generation(2, DRAGON, SECOND, "done", last_seq=5, finished_at=AT)
WRITING = _generation(3, WHALE, OPEN, "running", worker_id="019b0000-0000-7000-8000-0000000000ff", started_at=AT, first_text_at=AT)
PROBLEM = {"type": "urn:storybot:problem:engine-timeout", "title": "t", "status": 504, "detail": "d", "trace_id": "a" * 32}
FAILED = _generation(4, WHALE, LOST, "failed", finished_at=AT, problem=json.dumps(PROBLEM))

ROWS: dict[str, list[dict[str, Any]]] = {
    "owners": [{"id": OWNER, "kind": "local", "created_at": AT}],
    "configurations": [
        {"owner_id": OWNER, "engine": None, "model": None, "language": "de", "theme": "sepia", "age_band": "9-12", "length": "long"},
    ],
    "prompts": [
        {"id": 1, "owner_id": OWNER, "content": "Ein Drache", "created_at": AT, "deleted_at": None},
        {"id": 5, "owner_id": OWNER, "content": "Ein Wal", "created_at": AT, "deleted_at": None},
        {"id": 9, "owner_id": OWNER, "content": "Gelöscht", "created_at": AT, "deleted_at": AT},
    ],
    "stories": [_story(DRAGON, "Der Drache", EDITED, prompt_id=1, step=2), _story(WHALE, "Der Wal", OPEN, prompt_id=5)],
    "steps": [
        {"story_id": DRAGON, "step": 0, "head_id": BEGIN},
        {"story_id": DRAGON, "step": 1, "head_id": SECOND},
        {"story_id": DRAGON, "step": 2, "head_id": EDITED},
        {"story_id": WHALE, "step": 0, "head_id": OPEN},
    ],
    "passages": [
        _passage(BEGIN, DRAGON, None, DRAGON_TEXT, next_id=EDITED),
        _passage(SECOND, DRAGON, BEGIN, SECOND_TEXT, action="continue", wish="Er soll fliegen"),
        _passage(EDITED, DRAGON, BEGIN, "Er blieb.", author="reader", action="edit", source_id=SECOND),
        _passage(OPEN, WHALE, None, ""),
        _passage(LOST, WHALE, None, "Halb", action="retry", source_id=OPEN),
    ],
    "generations": [BEGUN, WENT_ON, WRITING, FAILED],
    "token_log": [*_pieces(WENT_ON["number"], SECOND_TEXT, "done"), *_pieces(WRITING["number"], OPEN_TEXT, None)],
    "workers": [{"id": WRITING["worker_id"], "host": "elsewhere", "pid": 4, "started_at": AT, "heartbeat_at": AT, "lost_at": None}],
    "idempotency_keys": [
        {"owner_id": OWNER, "key": "k", "fingerprint": "f" * 64, "story_id": DRAGON, "passage_id": BEGIN, "created_at": AT},
    ],
}


def fill(engine: Engine, url: str) -> None:
    """Bring an empty database to revision 0001 and fill it. url: the engine's, for the migrations."""
    command.upgrade(schema.config(url), "0001")
    with engine.connect().execution_options(storybot_write=True) as connection, connection.begin():
        for table, rows in ROWS.items():
            for row in rows:
                names = ", ".join(row)
                connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What the columns of 0001 hold now, by table, as text and sorted; for comparison before and after."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with engine.connect() as connection, connection.begin():
        for table, rows in ROWS.items():
            values = connection.execute(text(f"SELECT {', '.join(rows[0])} FROM {table}")).all()
            found[table] = sorted(tuple(str(value) for value in row) for row in values)
    return found
