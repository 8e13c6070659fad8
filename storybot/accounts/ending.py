"""The end of an account: everything of its owner that erasing left, its sessions and passkeys, and the owner.

Called by whoever erases, in a process without Flask.
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storybot.accounts.models import ADMIN, Account, Invitation
from storybot.errors import Conflict
from storybot.models import LOCAL_OWNER_ID, Owner, Prompt, ReaderProfile, Story, Usage


def require_may_end(session: Session, account_id: str) -> None:
    """Refuse where others would be left without an administrator. Raises: Conflict."""
    account = session.get_one(Account, account_id)
    others = select(Account.id).where(Account.id != account.id)
    admins = others.where(Account.role == ADMIN, Account.disabled_at.is_(None))
    if account.role == ADMIN and session.scalar(others.limit(1)) and not session.scalar(admins.limit(1)):
        raise Conflict("This is the only administrator: make another one first.")


def end(session: Session, owner_id: str) -> None:
    """Delete the account of this owner with everything that is left of them; nothing where there is none. The local
    owner's row stays, as a server without accounts needs it. Expects a write transaction."""
    account = session.scalar(select(Account).where(Account.owner_id == owner_id))
    if account is None:
        return
    session.execute(delete(Invitation).where(Invitation.email == account.email))
    session.execute(delete(Account).where(Account.id == account.id))  # sessions, passkeys and identities go with it
    for model in (Story, Prompt, ReaderProfile, Usage):
        session.execute(delete(model).where(model.owner_id == owner_id))
    if owner_id != LOCAL_OWNER_ID:
        session.execute(delete(Owner).where(Owner.id == owner_id))
