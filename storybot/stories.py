"""The tree of a story: create, go on, retry, edit, write, undo, redo, choose; and the shelf of stories.

Nothing is overwritten: every action adds passages and moves the head; undo and redo walk the places where the head has
been. Each function that changes something expects a write transaction (`db.writing`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storybot import generations, search
from storybot.brief import Brief
from storybot.clock import now
from storybot.db import insert_rows
from storybot.errors import Conflict, InTheBin, Invalid, NotFound, NothingToRedo, NothingToUndo, StillWriting
from storybot.ids import new_id
from storybot.models import OPEN_STATES, TRIAL, Generation, Passage, Step, Story, Token, table
from storybot.titles import title_from_prompt

_stories, _generations, _tokens = table(Story), table(Generation), table(Token)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which engine is to write: its name, and the model where it has several."""

    engine: str
    model: str | None = None


class Begun(NamedTuple):
    """A story that has just been begun."""

    story: Story
    first: Passage
    generation: Generation


def create(
    session: Session, owner_id: str, brief: Brief, choice: Choice, *, prompt_id: int | None = None, seed: int | None = None, **shelf: Any
) -> Begun:
    """A new story with an empty first passage and the generation that is to write it. shelf: `profile_id` and
    `approved_at`, where it is a child's; `trial`, where it is on none."""
    first_id = new_id()
    story = Story(
        id=new_id(),
        owner_id=owner_id,
        title=title_from_prompt(brief.prompt),
        language=brief.language,
        brief=brief.to_json(),
        prompt_id=prompt_id,
        engine=choice.engine,
        model=choice.model,
        seed=seed if seed is not None else secrets.randbelow(2**31),
        head_id=first_id,
        **shelf,
    )
    passage = Passage(id=first_id, owner_id=owner_id, story_id=story.id, author="engine", action="begin")
    step = Step(story_id=story.id, step=0, head_id=first_id)
    generation = generations.queue_up(story, passage, engine=choice.engine, model=choice.model, seed=story.seed, variant=0)
    insert_rows(session, story, passage, step, generation)
    return Begun(story, passage, generation)


def find_to_change(session: Session, owner_id: str, story_id: str) -> Story:
    """The story, where its passages may be changed. Raises: NotFound, InTheBin."""
    story = find(session, owner_id, story_id)
    if story.deleted_at is not None:
        raise InTheBin("This story lies in the bin: take it out first.")
    return story


def find(session: Session, owner_id: str, story_id: str) -> Story:
    """The story, also from the bin. Raises: NotFound."""
    story = session.scalar(select(Story).where(Story.id == story_id, Story.owner_id == owner_id))
    if story is None:
        raise NotFound("There is no such story.")
    return story


def shelf(
    session: Session, owner_id: str, *, limit: int, after: str | None = None, words: str = "", in_bin: bool = False, profile_id: str | None = None
) -> list[Story]:
    """Up to `limit` stories, newest first, those older than the story `after`; `words` must all occur in title or text;
    profile_id: only those of this child.

    Raises: SearchTooLong.
    """
    is_there = [Story.owner_id == owner_id, Story.trial.is_(False), Story.deleted_at.is_not(None) if in_bin else Story.deleted_at.is_(None)]
    if after:
        is_there.append(Story.id < after)
    if profile_id:
        is_there.append(Story.profile_id == profile_id)
    if words.strip():
        ids = session.scalars(select(Story.id).where(*is_there).order_by(Story.id.desc())).all()
        is_there.append(Story.id.in_(search.matching(session, ids, words, limit)))
    return list(session.scalars(select(Story).where(*is_there).order_by(Story.id.desc()).limit(limit)))


def rename(story: Story, title: str) -> None:
    """Give the story the reader's title."""
    story.title, story.title_by, story.updated_at = title, "reader", now()


def into_bin(session: Session, story: Story) -> None:
    """Put the story into the bin; what is being written for it is stopped."""
    generations.stop_story(session, story.id)
    story.deleted_at = story.deleted_at or now()


def restore(story: Story) -> None:
    """Take the story out of the bin."""
    story.deleted_at = None


def delete_for_ever(session: Session, story: Story) -> None:
    """Delete the story with everything in it.

    Raises: StillWriting; for a story in the bin only in the moment that stopping takes.
    """
    numbers = select(Generation.number).where(Generation.story_id == story.id)
    if session.scalar(numbers.where(Generation.state.in_(OPEN_STATES)).limit(1)):
        if story.deleted_at is None:
            raise StillWriting("This story is still being written: put it into the bin first, then delete it.")
        raise StillWriting("The writing of this story is being stopped: try again in a moment.", retry_after_s=1)
    session.execute(delete(Token).where(Token.generation.in_(numbers)))
    session.delete(story)


def forget_trials(connection: Connection, before: datetime) -> None:
    """Delete the trials that began before this and are not being written, with everything in them."""
    theirs = connection.scalars(select(_stories.c.id).where(TRIAL, _stories.c.created_at < before).limit(100)).all()
    for story_id in theirs:
        runs = connection.execute(select(_generations.c.number, _generations.c.state).where(_generations.c.story_id == story_id)).all()
        if any(run.state in OPEN_STATES for run in runs):
            continue
        connection.execute(delete(_tokens).where(_tokens.c.generation.in_([run.number for run in runs])))
        connection.execute(delete(_stories).where(_stories.c.id == story_id))


def path(session: Session, leaf_id: str) -> list[Passage]:
    """The passages from the root to `leaf_id`."""
    return paths(session, [leaf_id])[leaf_id]


def paths(session: Session, leaf_ids: Sequence[str]) -> dict[str, list[Passage]]:
    """The passages from the root to each leaf, by leaf; two queries however many leaves."""
    if not leaf_ids:
        return {}
    up = select(Passage.id, Passage.parent_id).where(Passage.id.in_(leaf_ids)).cte("up", recursive=True)
    up = up.union(select(Passage.id, Passage.parent_id).join(up, Passage.id == up.c.parent_id))
    by_id = {passage.id: passage for passage in session.scalars(select(Passage).where(Passage.id.in_(select(up.c.id))))}
    return {leaf_id: _walked_up(by_id, leaf_id) for leaf_id in leaf_ids}


def _walked_up(by_id: dict[str, Passage], leaf_id: str) -> list[Passage]:
    found: list[Passage] = []
    at: str | None = leaf_id
    while at is not None and at in by_id:
        found.append(by_id[at])
        at = by_id[at].parent_id
    return found[::-1]


def siblings(session: Session, passages: list[Passage]) -> dict[str | None, list[str]]:
    """The ids of the children of each passage's parent, oldest first, by parent id (None: the roots)."""
    by_parent: dict[str | None, list[str]] = {}
    if not passages:
        return by_parent
    parents = [passage.parent_id for passage in passages if passage.parent_id]
    query = select(Passage.id, Passage.parent_id).where(
        Passage.story_id == passages[0].story_id, or_(Passage.parent_id.in_(parents), Passage.parent_id.is_(None))
    )
    for passage_id, parent_id in session.execute(query.order_by(Passage.id)):
        by_parent.setdefault(parent_id, []).append(passage_id)
    return by_parent


def passage_of(session: Session, story: Story, passage_id: str | None) -> Passage:
    """The passage of this story, the head where none is named. Raises: NotFound."""
    passage = session.get(Passage, passage_id or story.head_id)
    if passage is None or passage.story_id != story.id:
        raise NotFound("This story has no such passage.")
    return passage


def go_on(session: Session, story: Story, after: Passage, choice: Choice, wish: str | None = None) -> Passage:
    """A new passage after `after`, to be written by an engine. Raises: StillWriting."""
    _refuse_open(session, after)
    return _commission(session, story, choice, parent_id=after.id, action="continue", wish=wish)


def retry(session: Session, story: Story, passage: Passage, choice: Choice, wish: str | None = None) -> Passage:
    """Another version of `passage` beside it, to be written by an engine. Raises: StillWriting."""
    _refuse_open(session, passage)
    return _commission(session, story, choice, parent_id=passage.parent_id, action="retry", source_id=passage.id, wish=wish or passage.wish)


def following_chars(session: Session, story: Story, passage: Passage) -> int:
    """Characters of what follows `passage` on the branch being read: an edit keeps copies of it."""
    branch = path(session, story.head_id)
    places = [one.id for one in branch]
    follows = branch[places.index(passage.id) + 1 :] if passage.id in places else []
    return sum(len(one.text) + len(one.wish or "") for one in follows)


def edit(session: Session, story: Story, passage: Passage, text: str) -> Passage:
    """The reader's version of `passage` beside it; what follows on the branch being read is carried over as copies.

    Raises: StillWriting (also when what follows is being written), Conflict where the text is the same.
    """
    branch = path(session, story.head_id)
    places = [one.id for one in branch]
    follows = branch[places.index(passage.id) + 1 :] if passage.id in places else []
    _refuse_open(session, passage, *follows)
    if text == passage.text:
        raise Conflict("The text is what it was: there is nothing to change.")
    edited = _passage(story, parent_id=passage.parent_id, author="reader", action="edit", source_id=passage.id, text=text)
    added = [edited]
    for one in follows:
        added.append(_passage(story, parent_id=added[-1].id, author=one.author, action=one.action, source_id=one.id, wish=one.wish, text=one.text))
    insert_rows(session, *added)
    _move(session, story, added[-1].id)
    return edited


def write(session: Session, story: Story, after: Passage, text: str) -> Passage:
    """The reader's own passage after `after`. Raises: StillWriting."""
    _refuse_open(session, after)
    passage = _add(session, story, parent_id=after.id, author="reader", action="write", text=text)
    _move(session, story, passage.id)
    return passage


def choose(session: Session, story: Story, passage: Passage) -> None:
    """Read on at `passage`: the head goes to the leaf that was last read below it."""
    leaf = passage
    while (following := _followed(session, leaf)) is not None:
        leaf = following
    if leaf.id != story.head_id:
        _move(session, story, leaf.id)


def undo(session: Session, story: Story) -> None:
    """The head goes back to where it was. Raises: NothingToUndo."""
    if story.step == 0:
        raise NothingToUndo("This is how the story began: there is nothing to undo.")
    _stand_at(session, story, story.step - 1)


def redo(session: Session, story: Story) -> None:
    """The head goes forward again. Raises: NothingToRedo."""
    if not can_redo(session, story):
        raise NothingToRedo("Nothing was undone: there is nothing to redo.")
    _stand_at(session, story, story.step + 1)


def can_redo(session: Session, story: Story) -> bool:
    """Whether something was undone and nothing done since."""
    return session.get(Step, (story.id, story.step + 1)) is not None


def _commission(session: Session, story: Story, choice: Choice, *, parent_id: str | None, action: str, **more: str | None) -> Passage:
    tries = session.scalar(
        select(func.count())
        .select_from(Passage)
        .where(Passage.story_id == story.id, Passage.parent_id == parent_id if parent_id else Passage.parent_id.is_(None))
    )
    passage = _add(session, story, parent_id=parent_id, author="engine", action=action, **more)
    session.add(generations.queue_up(story, passage, engine=choice.engine, model=choice.model, seed=story.seed, variant=tries or 0))
    _move(session, story, passage.id)
    return passage


def _add(session: Session, story: Story, *, parent_id: str | None, author: str, action: str, **more: str | None) -> Passage:
    passage = _passage(story, parent_id=parent_id, author=author, action=action, **more)
    session.add(passage)
    session.flush()
    return passage


def _passage(story: Story, *, parent_id: str | None, author: str, action: str, **more: str | None) -> Passage:
    return Passage(id=new_id(), owner_id=story.owner_id, story_id=story.id, parent_id=parent_id, author=author, action=action, **more)


def _refuse_open(session: Session, *passages: Passage) -> None:
    is_open = Generation.state.in_(OPEN_STATES)
    passage_id = session.scalar(select(Generation.passage_id).where(Generation.passage_id.in_([one.id for one in passages]), is_open).limit(1))
    if passage_id is not None:
        raise StillWriting("This passage is still being written: stop it, or wait until it has ended.", passage_id=passage_id)


def _followed(session: Session, passage: Passage) -> Passage | None:
    return session.get(Passage, passage.next_id) if passage.next_id and passage.next_id != passage.id else None


def _move(session: Session, story: Story, leaf_id: str) -> None:
    session.execute(delete(Step).where(Step.story_id == story.id, Step.step > story.step))
    session.add(Step(story_id=story.id, step=story.step + 1, head_id=leaf_id))
    session.flush()
    _stand_at(session, story, story.step + 1)


def _stand_at(session: Session, story: Story, step: int) -> None:
    place = session.get_one(Step, (story.id, step))
    story.step, story.head_id, story.updated_at = step, place.head_id, now()
    following = story.head_id  # of itself: reading stops here, also when something follows that was undone
    for passage_id, next_id in _ids_up(session, story):
        if next_id != following:
            session.execute(update(Passage).where(Passage.id == passage_id).values(next_id=following))
        following = passage_id


def _ids_up(session: Session, story: Story) -> list[tuple[str, str | None]]:
    """Ids of the passages from the head to the root, each with where to go on reading below it."""
    session.flush()
    rows = session.execute(select(Passage.id, Passage.parent_id, Passage.next_id).where(Passage.story_id == story.id))
    by_id = {row.id: row for row in rows}
    found, at = [], by_id.get(story.head_id)
    while at is not None:
        found.append((at.id, at.next_id))
        at = by_id.get(at.parent_id)
    return found


def require_text(text: str | None) -> str:
    """The text that `edit` and `write` need. Raises: Invalid."""
    if not text or not text.strip():
        raise Invalid("The text must not be empty.", errors=[{"pointer": "/text", "detail": "The text must not be empty."}])
    return text.strip()
