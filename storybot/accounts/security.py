"""Flask-Security, wired to our tables and without its pages: its links, its two-step sign-in, its rules.

What it gives here: links in mails that hold for one account, one purpose and some time; codes of two-step sign-in with
their secrets encrypted. Sessions, the answers' shapes and the limits are ours. Source: Flask-Security 5.9, "Single page
applications".
"""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSession, SessionInterface
from flask_security import Security, Totp, UserDatastore
from flask_security.confirmable import confirm_email_token_status, generate_confirmation_token
from flask_security.recoverable import generate_reset_password_token, reset_password_token_status
from flask_security.utils import check_and_get_token_status
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from storybot.accounts.keys import Keys
from storybot.accounts.models import Account
from storybot.db import db

#: How long links hold. The mails say so too.
CONFIRM_WITHIN, RESET_WITHIN, ADDRESS_WITHIN = timedelta(days=2), timedelta(hours=1), timedelta(hours=2)


class Datastore(UserDatastore):
    """Flask-Security's view of our accounts; who calls it commits."""

    def __init__(self) -> None:
        super().__init__(Account, None)  # type: ignore[arg-type]

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Any:
        """The account whose one given column has this value."""
        [(name, value)] = wanted.items()
        return db.session().scalar(select(Account).where(getattr(Account, name) == value))

    def put(self, model: Any) -> Any:
        db.session().add(model)
        return model


class Codes(Totp):
    """Codes of two-step sign-in, none of which counts twice. Source: RFC 6238, 5.2."""

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.tf_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        user.tf_last_counter = tmatch.counter


class NoSession(SessionInterface):
    """Flask's own session is never kept: ours is a row."""

    def open_session(self, app: Flask, request: Any) -> SecureCookieSession:
        return SecureCookieSession()

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        """Nothing in it is worth keeping."""


def register(app: Flask, keys: Keys) -> Security:
    """Set Flask-Security up, without a single route."""
    app.config.update(
        SECRET_KEY=keys.of("links").hex(),
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - its name
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_HASHING_SCHEMES=["hex_sha512"],
        SECURITY_DEPRECATED_HASHING_SCHEMES=[],
        SECURITY_CONFIRMABLE=True,
        SECURITY_CONFIRM_EMAIL_WITHIN=CONFIRM_WITHIN,
        SECURITY_RECOVERABLE=True,
        SECURITY_RESET_PASSWORD_WITHIN=RESET_WITHIN,
        SECURITY_CHANGE_EMAIL_WITHIN=ADDRESS_WITHIN,
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_SECRETS={"1": keys.of("two-step sign-in").hex()},
        SECURITY_TOTP_ISSUER="Storybot",
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        WTF_CSRF_ENABLED=False,  # the gate does it
    )
    made = Security(app, Datastore(), register_blueprint=False, totp_cls=Codes)
    app.session_interface = NoSession()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    return made


def confirm_token(account: Account) -> str:
    """What a link to confirm an address carries."""
    return str(generate_confirmation_token(account))


def confirmed_by(token: str) -> Account | None:
    """The account whose address such a link confirms, while it holds."""
    expired, invalid, account = confirm_email_token_status(token)
    return None if expired or invalid else account


def reset_token(account: Account) -> str:
    """What a link to a new password carries; it holds until the password or the address changes."""
    return str(generate_reset_password_token(account))


def reset_by(token: str) -> Account | None:
    """The account that may have a new password by such a link."""
    expired, invalid, account = reset_password_token_status(token)
    return None if expired or invalid else account


def address_token(security: Security, account: Account, email: str) -> str:
    """What a link to another address carries."""
    serializer: URLSafeTimedSerializer = security.change_email_serializer
    return str(serializer.dumps([account.fs_uniquifier, email]))


def address_by(security: Security, token: str) -> tuple[Account, str] | None:
    """The account and its address to be, by such a link."""
    expired, invalid, content = check_and_get_token_status(token, "change_email", ADDRESS_WITHIN)
    if expired or invalid or not content:
        return None
    account: Any = security.datastore.find_user(fs_uniquifier=content[0])
    return (account, content[1]) if account else None
