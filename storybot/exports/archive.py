"""Writes everything of one owner into a zip file: `storybot.json` and readable stories. Nothing is held in memory but
one story at a time, and each is read in a transaction of its own, so that nobody waits for an export."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import generations, models
from storybot.brief import Brief
from storybot.clock import now
from storybot.exports import markdown, shape
from storybot.models import OPEN_STATES

T = TypeVar("T", bound=msgspec.Struct)

#: Told after each unit of work: how many are done, of how many.
Progress = Callable[[int, int], None]


def export(database: Engine, owner_id: str, to: Path, progress: Progress | None = None) -> int:
    """Write the archive to `to`, which is there only when it is whole. Returns how many stories it holds.

    What is being written goes in with the text that it has, as stopped. A story that is deleted meanwhile is left out.
    """
    part = to.with_name(to.name + ".part")
    try:
        with part.open("wb") as target, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            count = _write(database, owner_id, packed, progress or (lambda _done, _total: None))
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return count


def _write(database: Engine, owner_id: str, packed: zipfile.ZipFile, progress: Progress) -> int:
    with Session(database) as session:
        configuration, prompts = _configuration(session, owner_id), _prompts(session, owner_id)
        story_ids = list(
            session.scalars(select(models.Story.id).where(models.Story.owner_id == owner_id, models.Story.trial.is_(False)).order_by(models.Story.id))
        )
    head = {"format": shape.FORMAT, "version": shape.VERSION, "exported_at": shape.exact(now()), "configuration": configuration, "prompts": prompts}
    total, count = 2 * len(story_ids), 0
    with packed.open(shape.CONTENT, "w", force_zip64=True) as content:
        content.write(msgspec.json.encode(head)[:-1] + b',"stories":[')
        for done, story_id in enumerate(story_ids, start=1):
            if found := story(database, owner_id, story_id):
                content.write((b",\n" if count else b"\n") + msgspec.json.encode(found))
                count += 1
            progress(done, total)
        content.write(b"]}")
    for number, story_id in enumerate(story_ids, start=1):
        found = story(database, owner_id, story_id)
        if found and found.deleted_at is None:
            packed.writestr(markdown.file_name(number, found.title), markdown.document(found))
        progress(len(story_ids) + number, total)
    return count


def _configuration(session: Session, owner_id: str) -> shape.Configuration:
    row = session.get_one(models.Configuration, owner_id)
    return msgspec.convert({name: getattr(row, name) for name in shape.Configuration.__struct_fields__}, shape.Configuration)


def _prompts(session: Session, owner_id: str) -> list[shape.Prompt]:
    rows = session.scalars(select(models.Prompt).where(models.Prompt.owner_id == owner_id).order_by(models.Prompt.id))
    return [_row(shape.Prompt, row) for row in rows]


def story(database: Engine, owner_id: str, story_id: str) -> shape.Story | None:
    """One story of this owner as archives have it; None where there is no such story."""
    with Session(database) as session:
        row = session.scalar(select(models.Story).where(models.Story.id == story_id, models.Story.owner_id == owner_id))
        if row is None:
            return None
        steps = select(models.Step.head_id).where(models.Step.story_id == story_id).order_by(models.Step.step)
        by_passage = {one.passage_id: one for one in session.scalars(select(models.Generation).where(models.Generation.story_id == story_id))}
        passages = session.scalars(select(models.Passage).where(models.Passage.story_id == story_id).order_by(models.Passage.id))
        shown = [_passage(session, passage, by_passage.get(passage.id)) for passage in passages]
        return _row(shape.Story, row, brief=Brief.from_json(row.brief), steps=list(session.scalars(steps)), passages=shown)


def _passage(session: Session, row: models.Passage, wrote: models.Generation | None) -> shape.Passage:
    if wrote is None:
        return _row(shape.Passage, row, generation=None)
    is_open = wrote.state in OPEN_STATES
    text = generations.written(session.connection(), wrote.number)[0] if is_open else row.text
    problem = {name: value for name, value in (wrote.problem or {}).items() if isinstance(value, str | int | float | None)}
    facts = _row(shape.Generation, wrote, state="stopped" if is_open else wrote.state, problem=problem if wrote.problem else None)
    # Engines are not asked whether their text has signs that JSON's readers, and imports, refuse.
    return _row(shape.Passage, row, text=text.replace("\x00", ""), generation=facts)


def _row(kind: type[T], row: object, **more: Any) -> T:
    values = {name: more[name] if name in more else getattr(row, name) for name in kind.__struct_fields__}
    return kind(**{name: shape.exact(value) if name.endswith("_at") and value is not None else value for name, value in values.items()})
