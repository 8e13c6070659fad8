"""Kept prompts: story ideas for later."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storybot.clock import now
from storybot.errors import NotFound
from storybot.models import Prompt

_MAX_ID = 2**63 - 1


def kept(session: Session, owner_id: str) -> list[Prompt]:
    """All kept prompts, newest first."""
    query = select(Prompt).where(Prompt.owner_id == owner_id, Prompt.deleted_at.is_(None)).order_by(Prompt.id.desc())
    return list(session.scalars(query))


def add(session: Session, owner_id: str, content: str) -> Prompt:
    """Keep a prompt."""
    prompt = Prompt(owner_id=owner_id, content=content)
    session.add(prompt)
    session.flush()
    return prompt


def find(session: Session, owner_id: str, prompt_id: int, *, deleted: bool = False) -> Prompt:
    """The prompt, also a deleted one where `deleted` says so. Raises: NotFound."""
    prompt = None
    if prompt_id <= _MAX_ID:
        prompt = session.scalar(select(Prompt).where(Prompt.id == prompt_id, Prompt.owner_id == owner_id))
    if prompt is None or (prompt.deleted_at is not None and not deleted):
        raise NotFound("There is no such prompt.")
    return prompt


def remove(session: Session, owner_id: str, prompt_id: int) -> None:
    """Delete a prompt so that it can be restored. Raises: NotFound."""
    find(session, owner_id, prompt_id).deleted_at = now()


def restore(session: Session, owner_id: str, prompt_id: int) -> Prompt:
    """Bring a deleted prompt back. Raises: NotFound."""
    prompt = find(session, owner_id, prompt_id, deleted=True)
    prompt.deleted_at = None
    return prompt
