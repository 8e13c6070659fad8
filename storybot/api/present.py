"""Rows as the objects that the API gives out: stories, passages, generations, prompts.

What a list needs is fetched for the whole list; only a passage that is being written costs a query of its own.
"""

from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storybot import decisions, generations, stories
from storybot.clock import iso
from storybot.models import OPEN_STATES, Generation, Passage, Prompt, Step, Story, Token

#: Characters of the branch's text that a story's card shows.
OPENING_CHARS = 240

#: Of so many branches it is kept what their cards show.
GISTS = 20_000

Shown = dict[str, Any]


class Gist(NamedTuple):
    """What a story's card shows of its branch."""

    opening: str
    word_count: int


_gists: dict[str, Gist] = {}


def prompt(row: Prompt) -> Shown:
    """A prompt, in the seed's shape."""
    return {"id": row.id, "content": row.content, "created_at": iso(row.created_at)}


def generation(session: Session, row: Generation, last_seq: int | None = None) -> Shown:
    """A generation; `last_seq` where the caller knows it already."""
    if last_seq is None:
        last_seq = row.last_seq
        if row.state in OPEN_STATES:
            query = select(func.max(Token.seq)).where(Token.generation == row.number, Token.kind == generations.TEXT)
            last_seq = session.scalar(query) or 0
    return {
        "id": row.id,
        "story_id": row.story_id,
        "passage_id": row.passage_id,
        "state": row.state,
        "engine": row.engine,
        "model": row.model,
        "events": url_for("generations.events", generation_id=row.id),
        "last_seq": last_seq,
        "thinks": row.state == "running" and row.thinking_s is not None and not last_seq,
        "tokens": row.tokens,
        "created_at": iso(row.created_at),
        "started_at": iso(row.started_at),
        "first_text_at": iso(row.first_text_at),
        "finished_at": iso(row.finished_at),
        "problem": row.problem,
    }


def story(session: Session, row: Story) -> Shown:
    """One story."""
    return shelf(session, [row])[0]


def begun(session: Session, made: stories.Begun) -> Shown:
    """A story that has just been begun: everything about it is known already."""
    return _story(session, made.story, Gist("", 0), made.generation, can_redo=False, last_seq=0)


def shelf(session: Session, rows: list[Story]) -> list[Shown]:
    """Stories, each with the generation of its head and the opening of its branch."""
    by_head = generations.of_passages(session, [row.head_id for row in rows])
    redoable = _redoable(session, rows)
    gists = _gists_of(session, by_head, [row.head_id for row in rows])
    return [_story(session, row, gists[row.head_id], by_head.get(row.head_id), row.id in redoable) for row in rows]


def _gists_of(session: Session, by_head: dict[str, Generation], head_ids: list[str]) -> dict[str, Gist]:
    """What cards show of the branches that end at these heads; texts are read only of those that are not known yet."""
    found = {head_id: _gists[head_id] for head_id in head_ids if head_id in _gists}
    for head_id, branch in stories.paths(session, [one for one in head_ids if one not in found]).items():
        of_head = by_head.get(head_id)
        text = "\n\n".join(decisions.prose(text) for passage in branch if (text := _text(session, passage, of_head)[0]))
        found[head_id] = Gist(text[:OPENING_CHARS], len(text.split()))
        if of_head is None or of_head.state not in OPEN_STATES:  # what is finished never changes
            _gists[head_id] = found[head_id]
    while len(_gists) > GISTS:
        del _gists[next(iter(_gists))]
    return found


def _story(session: Session, row: Story, gist: Gist, of_head: Generation | None, can_redo: bool, last_seq: int | None = None) -> Shown:
    return {
        "id": row.id,
        "title": row.title,
        "language": row.language,
        "brief": row.brief,
        "state": _state(of_head),
        "head_id": row.head_id,
        "engine": row.engine,
        "model": row.model,
        "seed": row.seed,
        "prompt_id": row.prompt_id,
        "profile_id": row.profile_id,
        "waits_for_approval": row.profile_id is not None and row.approved_at is None,
        "opening": gist.opening,
        "word_count": gist.word_count,
        "can_undo": row.step > 0,
        "can_redo": can_redo,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "deleted_at": iso(row.deleted_at),
        "generation": generation(session, of_head, last_seq) if of_head else None,
    }


def _redoable(session: Session, rows: list[Story]) -> set[str]:
    query = select(Step.story_id).join(Story, Story.id == Step.story_id).where(Story.id.in_([row.id for row in rows]), Step.step == Story.step + 1)
    return set(session.scalars(query))


def _state(of_passage: Generation | None) -> str:
    if of_passage is None:
        return "done"
    return "writing" if of_passage.state == "running" else of_passage.state


def _text(session: Session, row: Passage, of_passage: Generation | None) -> tuple[str, int | None]:
    if of_passage is not None and of_passage.passage_id == row.id and of_passage.state in OPEN_STATES:
        return generations.written(session.connection(), of_passage.number)
    return row.text, None


def branch(session: Session, row: Story) -> list[Shown]:
    """The passages from the root to the head."""
    return passages(session, stories.path(session, row.head_id))


def passages(session: Session, rows: list[Passage]) -> list[Shown]:
    """Passages of one story, each with its siblings and its generation."""
    by_passage = generations.of_passages(session, [row.id for row in rows])
    by_parent = stories.siblings(session, rows)
    return [_passage(session, row, by_passage.get(row.id), by_parent[row.parent_id]) for row in rows]


def _passage(session: Session, row: Passage, of_passage: Generation | None, sibling_ids: list[str]) -> Shown:
    text, last_seq = _text(session, row, of_passage)
    return {
        "id": row.id,
        "story_id": row.story_id,
        "parent_id": row.parent_id,
        "text": text,
        "author": row.author,
        "action": row.action,
        "source_id": row.source_id,
        "wish": row.wish,
        "state": _state(of_passage),
        "sibling_index": sibling_ids.index(row.id) + 1,
        "sibling_count": len(sibling_ids),
        "sibling_ids": sibling_ids,
        "created_at": iso(row.created_at),
        "generation": generation(session, of_passage, last_seq) if of_passage else None,
    }
