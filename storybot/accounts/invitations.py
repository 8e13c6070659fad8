"""Invitations: a link with which one person may sign up. Everything here expects a write transaction."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storybot.accounts.models import Account, Invitation
from storybot.accounts.problems import InvitationInvalid
from storybot.accounts.sessions import digest, new_token
from storybot.clock import now
from storybot.errors import NotFound

LASTS = timedelta(days=14)


def make(session: Session, by: str | None, email: str | None = None, lasts: timedelta = LASTS) -> tuple[Invitation, str]:
    """A new invitation and its token, which is never seen again. by: an account's id; email: only this (normalised) address may use it."""
    token = new_token()
    row = Invitation(token_hash=digest(token), email=email, invited_by=by, expires_at=now() + lasts)
    session.add(row)
    session.flush()
    return row, token


def listed(session: Session) -> list[Invitation]:
    """All invitations, newest first."""
    return list(session.scalars(select(Invitation).order_by(Invitation.id.desc())))


def withdraw(session: Session, invitation_id: str) -> None:
    """It holds no more. Raises: NotFound."""
    row = session.get(Invitation, invitation_id)
    if row is None:
        raise NotFound("There is no such invitation.")
    session.delete(row)


def find(session: Session, token: str, email: str) -> Invitation:
    """The invitation, for somebody with this address. Raises: InvitationInvalid."""
    row = session.scalar(select(Invitation).where(Invitation.token_hash == digest(token)).with_for_update())
    if row is None or row.used_at is not None or row.expires_at <= now() or row.email not in {None, email}:
        raise InvitationInvalid("This invitation was used, has run out, was withdrawn, or is for another address.")
    return row


def take(row: Invitation, account: Account) -> None:
    """Somebody has used it."""
    row.used_by, row.used_at = account.id, now()
