"""Accounts as such: make one, find one, its role, disabling it. Everything here expects a write transaction.

The first administrator takes over what the local owner had, so that switching accounts on loses nothing.
"""

import secrets
import uuid

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Update, delete, select, update
from sqlalchemy.orm import Session

from storybot.accounts import sessions
from storybot.accounts.models import ADMIN, MEMBER, Account, Role
from storybot.clock import now
from storybot.errors import Conflict, Invalid, NotFound
from storybot.ids import new_id
from storybot.models import (
    LOCAL_OWNER_ID,
    Configuration,
    Connection,
    Generation,
    IdempotencyKey,
    Owner,
    Passage,
    Prompt,
    ReaderProfile,
    Story,
    Usage,
    insert_default_config,
)

#: What of a person's rows moves when another owner takes them; the rest can be made anew.
_MOVED = (Prompt, Story, Passage, Generation, ReaderProfile, Connection)
_LEFT = (IdempotencyKey, Usage, Configuration)


def normalised(email: str) -> str:
    """The address as it is kept: one spelling for each. What stands before the @ is ASCII, as few mail servers take
    anything else and letters that look alike would make another address. Raises: Invalid."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, globally_deliverable=False, allow_smtputf8=False)
        return checked.normalized.lower()
    except EmailNotValidError:
        sentence = "This is not a mail address."
        raise Invalid(sentence, errors=[{"pointer": "/email", "detail": sentence}]) from None


def by_email(session: Session, email: str) -> Account | None:
    """The account with this (normalised) address."""
    return session.scalar(select(Account).where(Account.email == email))


def get(session: Session, email: str) -> Account:
    """The account with this address, as somebody typed it. Raises: Invalid, NotFound."""
    account = by_email(session, normalised(email))
    if account is None:
        raise NotFound("There is no account with this address.")
    return account


def create(
    session: Session, email: str, password: str | None, *, role: Role = MEMBER, language: str | None = None, confirmed: bool = False
) -> Account:
    """A new account with an owner of its own. email: normalised; password: its hash, None where there is another way in.

    Raises: Conflict where the address has one already.
    """
    if by_email(session, email) is not None:
        raise Conflict("There is an account with this address already.")
    owner = Owner(id=new_id(), kind="account")
    session.add(owner)
    session.flush()
    session.add(Configuration(owner_id=owner.id, language=language))
    account = Account(
        owner_id=owner.id,
        email=email,
        password=password,
        language=language,
        fs_uniquifier=uuid.uuid4().hex,
        fs_webauthn_user_handle=secrets.token_hex(32),
        confirmed_at=now() if confirmed else None,
    )
    session.add(account)
    session.flush()
    if role == ADMIN:
        promote(session, account)
    return account


def listed(session: Session) -> list[Account]:
    """All accounts, oldest first."""
    return list(session.scalars(select(Account).order_by(Account.id)))


def promote(session: Session, account: Account) -> None:
    """Make somebody an administrator; the first one takes over what the local owner had."""
    account.role = ADMIN
    session.flush()
    if session.scalar(select(Account.id).where(Account.owner_id == LOCAL_OWNER_ID)) is None:
        _take_over_local(session, account)


def demote(session: Session, account: Account) -> None:
    """Make an administrator a member. Raises: Conflict for the last one."""
    _refuse_last_admin(session, account)
    account.role = MEMBER
    session.flush()


def disable(session: Session, account: Account) -> None:
    """Let somebody in no more; their sessions end at once, and everything of theirs stays. Raises: Conflict for the last administrator."""
    _refuse_last_admin(session, account)
    account.disabled_at = account.disabled_at or now()
    sessions.end_all(session, account.id)
    session.flush()


def enable(session: Session, account: Account) -> None:
    """Let somebody in again."""
    account.disabled_at = None
    session.flush()


def change_password(session: Session, account: Account, password: str | None) -> None:
    """Keep another password (its hash; None: nobody can sign in with one); links that were mailed before hold no more."""
    account.password = password
    account.fs_uniquifier = uuid.uuid4().hex
    session.flush()


def _refuse_last_admin(session: Session, account: Account) -> None:
    others = select(Account.id).where(Account.role == ADMIN, Account.disabled_at.is_(None), Account.id != account.id)
    if account.role == ADMIN and account.active and session.scalar(others.limit(1)) is None:
        raise Conflict("This is the only administrator: make another one first.")


def _take_over_local(session: Session, account: Account) -> None:
    insert_default_config(session)
    session.flush()
    own = account.owner_id
    for model in _MOVED:
        moved: Update = update(model).where(model.owner_id == own).values(owner_id=LOCAL_OWNER_ID)
        session.execute(moved)
    for left in _LEFT:
        session.execute(delete(left).where(left.owner_id == own))
    account.owner_id = LOCAL_OWNER_ID
    session.flush()
    session.execute(delete(Owner).where(Owner.id == own))
