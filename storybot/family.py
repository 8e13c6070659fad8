"""Children inside somebody's account: their profiles, their shelves, and what a grown-up has to look at first.

What a child sees is `reader`'s matter; here is what it may do. An age band is for a child of that age and for older ones.
Functions that change something expect a write transaction.
"""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storybot import stories
from storybot.brief import AGE_BANDS
from storybot.clock import now
from storybot.errors import Conflict, NeedsApproval, NotFound, ProfileNotAllowed, StillWriting
from storybot.models import OPEN_STATES, Generation, ReaderProfile, Story
from storybot.reader import Reader, everybody

#: Profiles that one account may have.
MOST = 20
#: Stories that are shown to be approved at a time; the next ones come up when these are done.
SHOWN_WAITING = 100


def age_bands(band: str) -> tuple[str, ...]:
    """The age bands that are for a child of this one, the youngest first."""
    return AGE_BANDS[: AGE_BANDS.index(band) + 1]


def check_age_band(reader: Reader, band: str | None) -> None:
    """Raises: ProfileNotAllowed where this child may not have stories for that age."""
    if reader.age_band and band and band not in age_bands(reader.age_band):
        raise ProfileNotAllowed("Stories for that age are not for this child.")


def profiles(session: Session, owner_id: str) -> list[ReaderProfile]:
    """All children of an owner, oldest profile first."""
    return list(session.scalars(select(ReaderProfile).where(ReaderProfile.owner_id == owner_id).order_by(ReaderProfile.id)))


def find(session: Session, owner_id: str, profile_id: str) -> ReaderProfile:
    """The profile. Raises: NotFound."""
    row = session.scalar(select(ReaderProfile).where(ReaderProfile.id == profile_id, ReaderProfile.owner_id == owner_id))
    if row is None:
        raise NotFound("There is no such profile.")
    return row


def add(session: Session, owner_id: str, **given: Any) -> ReaderProfile:
    """A new profile. given: the columns. Raises: Conflict where there are too many."""
    count = session.scalar(select(func.count()).select_from(ReaderProfile).where(ReaderProfile.owner_id == owner_id)) or 0
    if count >= MOST:
        raise Conflict(f"There are {MOST} profiles already: delete one first.", limit=MOST)
    row = ReaderProfile(owner_id=owner_id, **given)
    session.add(row)
    session.flush()
    return row


def remove(session: Session, row: ReaderProfile) -> None:
    """Delete a profile: the sessions that were handed to it end, and its stories stay with the grown-up."""
    session.execute(update(Story).where(Story.profile_id == row.id, Story.owner_id == row.owner_id).values(profile_id=None, approved_at=None))
    session.delete(row)
    session.flush()


# Approving


def shelf_of(reader: Reader) -> dict[str, Any]:
    """The columns of a new story that say whose shelf it is for; what a child tells without asking counts as approved."""
    if reader.profile_id is None:
        return {}
    return {"profile_id": reader.profile_id, "approved_at": None if reader.needs_approval else now()}


def written_on(session: Session, story: Story) -> None:
    """An engine is to write more of the story, whoever asked for it: where its child needs approval, it waits again."""
    if story.profile_id and session.scalar(select(ReaderProfile.needs_approval).where(ReaderProfile.id == story.profile_id)):
        story.approved_at = None


def waiting(session: Session, owner_id: str) -> list[Story]:
    """The first `SHOWN_WAITING` stories that a grown-up has to look at, newest first."""
    children = select(ReaderProfile.id).where(ReaderProfile.owner_id == owner_id, ReaderProfile.needs_approval)
    query = select(Story).where(Story.owner_id == owner_id, Story.deleted_at.is_(None), Story.approved_at.is_(None), Story.profile_id.in_(children))
    return list(session.scalars(query.order_by(Story.id.desc()).limit(SHOWN_WAITING)))


def approve(session: Session, story: Story) -> None:
    """From now on the child sees it. Raises: Conflict where it is no child's, StillWriting."""
    _require_childs(story)
    is_open = select(Generation.id).where(Generation.story_id == story.id, Generation.state.in_(OPEN_STATES))
    if session.scalar(is_open.limit(1)) is not None:
        raise StillWriting("This story is still being written: read it whole before the child does.")
    story.approved_at = story.approved_at or now()


def refuse(session: Session, story: Story) -> None:
    """It is not for the child: it goes into the grown-up's bin. Raises: Conflict where it is no child's."""
    _require_childs(story)
    give(session, story, None)
    stories.into_bin(session, story)


def give(session: Session, story: Story, profile_id: str | None) -> None:
    """Put the story on this child's shelf (which approves it), or on the grown-up's (None). Raises: NotFound, StillWriting."""
    if profile_id is None:
        story.profile_id = story.approved_at = None
    else:
        story.profile_id = find(session, story.owner_id, profile_id).id
        approve(session, story)


def _require_childs(story: Story) -> None:
    if story.profile_id is None:
        raise Conflict("This story is on no child's shelf.")


def find_own(session: Session, reader: Reader, story_id: str) -> Story:
    """The story that the reader made before. Raises: NotFound, NeedsApproval."""
    try:
        return stories.find(session, reader.owner_id, story_id)
    except NotFound as error:
        raise explained(session, reader, story_id=story_id, generation_id=None, error=error) from None


def explained(session: Session, reader: Reader, *, story_id: str | None, generation_id: str | None, error: NotFound) -> NotFound | NeedsApproval:
    """Why a child does not find something: where it is its own and only waits for a grown-up, that is said."""
    if not reader.needs_approval or not (story_id or generation_id):
        return error
    with everybody(session):
        own = select(Story.id).where(Story.profile_id == reader.profile_id, Story.owner_id == reader.owner_id, Story.approved_at.is_(None))
        if generation_id:
            own = own.join(Generation, Generation.story_id == Story.id).where(Generation.id == generation_id)
        else:
            own = own.where(Story.id == story_id)
        found = session.scalar(own)
    return NeedsApproval("A grown-up has to look at this story first: then it is on your shelf.") if found else error
