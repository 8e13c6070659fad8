"""Deletes everything that one owner has, for good. The owner's row and the defaults' stay: an account is its owner's to end."""

import time

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from storybot import generations, stories
from storybot.db import writing
from storybot.errors import StillWriting
from storybot.exports.archive import Progress
from storybot.models import Configuration, Connection, Generation, IdempotencyKey, Prompt, Story

#: How long a worker may take to stop what it writes, and how often one looks, in seconds.
STOP_S = 30.0
LOOK_S = 0.05


def erase(database: Engine, owner_id: str, progress: Progress | None = None, *, stop_s: float = STOP_S) -> int:
    """Delete all stories (the bin's too), ideas and connected servers of this owner and set the configuration to its defaults.

    What is being written is stopped first. Each story is one short transaction; where it breaks off, calling it again
    goes on. Returns how many stories there were. Raises: StillWriting when a worker has not stopped after `stop_s` seconds.
    """
    with Session(database) as session, writing(session):
        story_ids = list(session.scalars(select(Story.id).where(Story.owner_id == owner_id)))
        for story_id in session.scalars(
            select(Generation.story_id).where(Generation.owner_id == owner_id, Generation.state.in_(("queued", "running")))
        ):
            generations.stop_story(session, story_id)
    deadline = time.monotonic() + stop_s
    for done, story_id in enumerate(story_ids, start=1):
        while not _erased(database, owner_id, story_id, last_try=time.monotonic() >= deadline):
            time.sleep(LOOK_S)
        if progress:
            progress(done, len(story_ids))
    with Session(database) as session, writing(session):
        session.execute(delete(Prompt).where(Prompt.owner_id == owner_id))
        session.execute(delete(Connection).where(Connection.owner_id == owner_id))
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.owner_id == owner_id))
        session.execute(delete(Configuration).where(Configuration.owner_id == owner_id))
        session.add(Configuration(owner_id=owner_id))
    return len(story_ids)


def _erased(database: Engine, owner_id: str, story_id: str, *, last_try: bool) -> bool:
    try:
        with Session(database) as session, writing(session):
            story = session.scalar(select(Story).where(Story.id == story_id, Story.owner_id == owner_id))
            if story is not None:
                stories.delete_for_ever(session, story)
    except StillWriting:
        if last_try:
            raise
        return False
    return True
