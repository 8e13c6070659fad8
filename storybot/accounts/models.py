"""The tables of accounts: who may sign in, with what, and who is signed in where.

An account belongs to an owner, whose rows everything else is. A table here has no `Owned` rows: whoever signs in is
nobody yet, so these are looked up by address, token or credential.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storybot.clock import now
from storybot.db import Base
from storybot.ids import new_id
from storybot.models import Id, UtcDateTime

Role = Literal["member", "admin"]
MEMBER: Role = "member"
ADMIN: Role = "admin"


def _of_account() -> Mapped[str]:
    return mapped_column(Id, ForeignKey("accounts.id", ondelete="CASCADE"), index=True)


def _by_account() -> Mapped[str | None]:
    return mapped_column(Id, ForeignKey("accounts.id", ondelete="SET NULL"))


class Account(Base):
    """Somebody who may sign in. The names that begin with fs, tf and mf are Flask-Security's.

    `password` is an argon2id hash, NULL where there are only passkeys or a provider. Changing `fs_uniquifier` makes every
    link that was mailed before worthless. `tf_last_counter` is the time step of the last code, so that none counts twice.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("owners.id", ondelete="CASCADE"), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16), default=MEMBER)
    language: Mapped[str | None] = mapped_column(String(8))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSON)
    parent_pin: Mapped[str | None] = mapped_column(Text)
    quotas: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def active(self) -> bool:
        """Whether it may sign in."""
        return self.disabled_at is None

    @property
    def has_totp(self) -> bool:
        """Whether signing in by password takes a second step."""
        return self.tf_primary_method is not None


class Passkey(Base):
    """A WebAuthn credential. `sign_count` only ever grows, unless somebody copied it."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = _of_account()
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Identity(Base):
    """Who somebody is at an OpenID Connect provider: `subject` never changes there, an address may."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="uq_identities_issuer_subject"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = _of_account()
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SignIn(Base):
    """One browser that is signed in. The cookie holds a secret of which only the digest is kept here.

    `awaits` names what is still missing (second-factor); until then it opens nothing. `fresh_at`: when whoever holds it
    last proved who they are. `profile_id`: it was handed to this child; deleting the profile ends it, so that no child
    ever becomes the grown-up. `ip` and `user_agent` are shortened.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    account_id: Mapped[str] = _of_account()
    profile_id: Mapped[str | None] = mapped_column(Id, ForeignKey("reader_profiles.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    remember: Mapped[bool] = mapped_column(Boolean, default=False)
    awaits: Mapped[str | None] = mapped_column(String(16))
    ip: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    fresh_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invitation(Base):
    """A link with which one person may sign up; with an address, only with that one."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    invited_by: Mapped[str | None] = _by_account()
    used_by: Mapped[str | None] = _by_account()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Attempt(Base):
    """How often something was tried that must not be tried often; `key` is what, by whom or on whom, as a digest."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Spent(Base):
    """Something that counts once: the digest of what was used, kept until it would be worthless anyway."""

    __tablename__ = "spent"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
