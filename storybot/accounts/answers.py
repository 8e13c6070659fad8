"""What the page is told about who is signed in: the session object of GET /auth/session."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storybot.accounts.models import Account, Passkey
from storybot.accounts.sessions import Present
from storybot.clock import iso
from storybot.models import ReaderProfile
from storybot.settings import Settings

Shown = dict[str, Any]


def session_object(session: Session, settings: Settings, present: Present | None, csrf: str) -> Shown:
    """How one may sign in here, who is signed in, and the token for requests that change something."""
    return {
        "accounts": "on",
        "sign_up": settings.sign_up,
        "oidc": [{"name": settings.oidc_name, "label": settings.oidc_label}] if settings.oidc_discovery_url else [],
        "mail": settings.mails,
        "account": account(session, present) if present and not present.awaits else None,
        "csrf": csrf,
    }


def account(session: Session, present: Present) -> Shown:
    """The account that a session is of; in a child's hands, only what the child's page needs."""
    row = session.get_one(Account, present.account_id)
    profiles = [profile(one) for one in session.scalars(select(ReaderProfile).order_by(ReaderProfile.id))]
    child = present.profile_id is not None
    return {
        "id": row.id,
        "email": row.email,
        "role": "member" if child else row.role,
        "language": row.language,
        "confirmed": row.confirmed_at is not None,
        "has_password": row.password is not None,
        "has_totp": row.has_totp,
        "has_pin": row.parent_pin is not None,
        "passkeys": [] if child else passkeys(session, row.id),
        "profile": next((one for one in profiles if one["id"] == present.profile_id), None),
        "profiles": profiles,
    }


def profile(row: ReaderProfile) -> Shown:
    """A child's profile, as the session object names it."""
    return {"id": row.id, "name": row.name, "age_band": row.age_band, "needs_approval": row.needs_approval}


def passkeys(session: Session, account_id: str) -> list[Shown]:
    """An account's passkeys, oldest first."""
    return [passkey(row) for row in session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id))]


def passkey(row: Passkey) -> Shown:
    """One passkey."""
    return {"id": row.id, "name": row.name, "created_at": iso(row.created_at), "last_used_at": iso(row.last_used_at)}
