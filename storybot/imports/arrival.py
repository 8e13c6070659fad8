"""Puts what an archive holds beside what its new owner has. Nothing is overwritten and nothing doubled: what came
before is known by its id and digest. Each story is one short transaction, so that an import that breaks off is simply
begun again."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from storybot import models
from storybot.db import writing
from storybot.exports import archive as archives
from storybot.exports import shape
from storybot.exports.archive import Progress
from storybot.imports.archive import parents_first
from storybot.models import table
from storybot.trace import generate_trace_id


@dataclass
class Result:
    """What an import did: counts, and whether the archive's defaults were taken (only where none had been chosen)."""

    stories: int = 0
    stories_known: int = 0
    prompts: int = 0
    prompts_known: int = 0
    configuration_taken: bool = False


def take_in(database: Engine, owner_id: str, archive: shape.Archive, progress: Progress | None = None) -> Result:
    """Give all that a checked archive holds to this owner."""
    result = Result()
    with Session(database) as session, writing(session):
        result.configuration_taken = _take_configuration(session, owner_id, archive.configuration)
        prompt_ids = _take_prompts(session, owner_id, archive.prompts, result)
    for done, story in enumerate(archive.stories, start=1):
        arrived = _destined(database, owner_id, story)
        if arrived is None:
            result.stories_known += 1
        else:
            with Session(database) as session, writing(session):
                _insert(session, owner_id, arrived, prompt_ids.get(story.prompt_id) if story.prompt_id is not None else None)
            result.stories += 1
        if progress:
            progress(done, len(archive.stories))
    return result


def _take_configuration(session: Session, owner_id: str, wanted: shape.Configuration) -> bool:
    row = session.get_one(models.Configuration, owner_id)
    names = shape.Configuration.__struct_fields__
    defaults = {"theme": "system", "age_band": "6-8", "length": "short"}
    if any(getattr(row, name) != defaults.get(name) for name in names):
        return False
    for name in names:
        setattr(row, name, getattr(wanted, name))
    return True


def _take_prompts(session: Session, owner_id: str, prompts: list[shape.Prompt], result: Result) -> dict[int, int]:
    """The ids here of the archive's prompts."""
    rows = session.scalars(select(models.Prompt).where(models.Prompt.owner_id == owner_id))
    known = {(row.content, shape.exact(row.created_at)): row.id for row in rows}
    ids: dict[int, int] = {}
    for prompt in prompts:
        same = (prompt.content, prompt.created_at)
        if same in known:
            result.prompts_known += 1
        else:
            row = models.Prompt(owner_id=owner_id, content=prompt.content, created_at=prompt.created_at, deleted_at=prompt.deleted_at)
            session.add(row)
            session.flush()
            known[same] = row.id
            result.prompts += 1
        ids[prompt.id] = known[same]
    return ids


def _destined(database: Engine, owner_id: str, story: shape.Story) -> shape.Story | None:
    """The story under the ids that it gets here; None where it came before."""
    mark = shape.digest(story)
    there = archives.story(database, owner_id, story.id)
    if there is not None and shape.digest(there) == mark:
        return None
    renamed = _renamed(story, f"{owner_id}/{mark}")
    with Session(database) as session:
        if session.scalar(select(models.Story.id).where(models.Story.id == renamed.id)):
            return None
        return renamed if _any_id_taken(session, story) else story


def _any_id_taken(session: Session, story: shape.Story) -> bool:
    if session.scalar(select(models.Story.id).where(models.Story.id == story.id)):
        return True
    for start in range(0, len(story.passages), 500):
        some = story.passages[start : start + 500]
        in_passages = models.Passage.id.in_([passage.id for passage in some])
        in_generations = models.Generation.id.in_([passage.generation.id for passage in some if passage.generation])
        if session.scalar(select(models.Passage.id).where(in_passages).limit(1)):
            return True
        if session.scalar(select(models.Generation.id).where(in_generations).limit(1)):
            return True
    return False


def _renamed(story: shape.Story, salt: str) -> shape.Story:
    """The story under other ids, always the same ones for the same salt; they sort as the old ones did."""
    used = {story.id, *(one.id for one in story.passages), *(one.generation.id for one in story.passages if one.generation)}
    names: dict[str | None, str | None] = {None: None}
    names |= {old: _derived(old, rank, salt) for rank, old in enumerate(sorted(used))}
    replace = msgspec.structs.replace
    passages = [
        replace(
            one,
            id=names[one.id],
            parent_id=names[one.parent_id],
            source_id=names[one.source_id],
            next_id=names[one.next_id],
            generation=one.generation and replace(one.generation, id=names[one.generation.id]),
        )
        for one in story.passages
    ]
    steps = [names[step] for step in story.steps]
    return replace(story, id=names[story.id], head_id=names[story.head_id], steps=steps, passages=passages)


def _derived(old: str, rank: int, salt: str) -> str:
    """A UUIDv7 with the old one's time, then the rank (30 bits), then 44 bits of a hash. Source: RFC 9562, 5.7 and 6.2."""
    chance = int.from_bytes(hashlib.sha256(f"{salt}/{old}".encode()).digest()) & (2**44 - 1)
    low = (rank & (2**18 - 1)) << 44 | chance
    return str(UUID(int=(UUID(old).int >> 80) << 80 | 0x7 << 76 | (rank >> 18) << 64 | 0b10 << 62 | low))


def _insert(session: Session, owner_id: str, story: shape.Story, prompt_id: int | None) -> None:
    connection = session.connection()
    kept = {name: getattr(story, name) for name in story.__struct_fields__ if name not in {"brief", "steps", "passages", "prompt_id"}}
    connection.execute(insert(table(models.Story)), kept | {"owner_id": owner_id, "brief": story.brief.to_json(), "prompt_id": prompt_id})
    places = [{"story_id": story.id, "step": step, "head_id": head_id} for step, head_id in enumerate(story.steps)]
    connection.execute(insert(table(models.Step)), places)
    whose = {"owner_id": owner_id, "story_id": story.id}
    passages = [msgspec.structs.asdict(one) | whose for one in parents_first(story.passages)]
    for values in passages:
        del values["generation"]
    connection.execute(insert(table(models.Passage)), passages)
    generations = [_generation(one.generation, one) | whose for one in story.passages if one.generation]
    if generations:
        connection.execute(insert(table(models.Generation)), generations)


def _generation(row: shape.Generation, passage: shape.Passage) -> dict[str, object]:
    """The row of an ended generation whose whole text came as one piece."""
    pieces = [len(passage.text)] if passage.text else []
    ended = {"passage_id": passage.id, "piece_lengths": pieces, "last_seq": len(pieces), "trace_id": generate_trace_id()}
    facts: dict[str, object] = msgspec.structs.asdict(row) | ended
    return facts
