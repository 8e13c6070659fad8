"""What somebody who is signed in changes about their own account; each change of how one signs in is told by mail, and
gives the browser another cookie."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storybot.accounts import attempts, passwords, people, security, sessions, sign_in
from storybot.accounts.attempts import Try
from storybot.accounts.models import Account, Identity, Passkey
from storybot.accounts.problems import LastWayIn, WrongCredentials
from storybot.accounts.sessions import Present
from storybot.accounts.setup import Accounts
from storybot.clock import now
from storybot.db import writing
from storybot.errors import NotFound


def set_password(accounts: Accounts, session: Session, present: Present, password: str | None, new_password: str) -> str:
    """Another password, or a first one; every other session ends. Returns the new token.

    password: the one until now, where there is one. Raises: WrongCredentials, PasswordWeak, TooManyAttempts.
    """
    account = session.get_one(Account, present.account_id)
    if account.password is not None:
        if not password:
            raise WrongCredentials("The password until now is missing.")
        sign_in.check_password(session, account.id, password)
    passwords.check(new_password, account.email)
    kept = passwords.hashed(new_password)
    with writing(session):
        people.change_password(session, account, kept)
        sessions.end_all(session, account.id, but=present.id)
        token = sessions.renew(session, present.id)
    accounts.mailer.send(account.email, "password", account.language, f"{accounts.settings.site}/forgotten")
    return token


def ask_address(accounts: Accounts, session: Session, present: Present, email: str, network: str) -> None:
    """Send a link to a new address, and a note to the one until now; nothing changes before the link is followed.

    Raises: Invalid, NoMail, TooManyAttempts.
    """
    accounts.mailer.require()
    email = people.normalised(email)
    with writing(session):
        attempts.count(session, Try(attempts.MAIL_FROM, network), Try(attempts.MAIL_TO, email))
    account = session.get_one(Account, present.account_id)
    site, language = accounts.settings.site, account.language
    if people.by_email(session, email) is None:
        link = f"{accounts.settings.api_site}/auth/address/{security.address_token(accounts.security, account, email)}"
        accounts.mailer.send(email, "address", language, link)
    elif email != account.email:
        accounts.mailer.send(email, "known", None, f"{site}/sign-in")
    accounts.mailer.send(account.email, "address-asked", language, f"{site}/account")


def change_address(accounts: Accounts, session: Session, token: str) -> bool:
    """Follow such a link; whether it held. Links that were mailed before hold no more."""
    with writing(session):
        found = security.address_by(accounts.security, token)
        if found is None or not found[0].active or people.by_email(session, found[1]) is not None:
            return False
        account, before = found[0], found[0].email
        account.email, account.fs_uniquifier, account.confirmed_at = found[1], uuid.uuid4().hex, now()
    accounts.mailer.send(before, "address-changed", account.language)
    return True


def tell(accounts: Accounts, account: Account) -> None:
    """Tell somebody by mail that the way they sign in has changed."""
    accounts.mailer.send(account.email, "security", account.language, f"{accounts.settings.site}/account")


def passkey_of(session: Session, present: Present, passkey_id: str) -> Passkey:
    """The account's passkey. Raises: NotFound."""
    row = session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == present.account_id))
    if row is None:
        raise NotFound("There is no such passkey.")
    return row


def remove_passkey(session: Session, present: Present, passkey_id: str) -> None:
    """Forget a passkey. Expects a write transaction. Raises: NotFound, LastWayIn."""
    row = passkey_of(session, present, passkey_id)
    account = session.get_one(Account, present.account_id)
    ways = [select(func.count()).select_from(model).where(model.account_id == account.id) for model in (Passkey, Identity)]
    if account.password is None and sum(session.scalar(one) or 0 for one in ways) < 2:
        raise LastWayIn("Set a password or add another passkey first: nobody could sign in any more.")
    session.delete(row)
