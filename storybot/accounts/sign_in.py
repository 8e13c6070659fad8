"""Signing in, showing once more that it is you, and a new password for whoever forgot theirs.

An address without an account costs the same time and gets the same answer as a wrong password; only who knows the
password learns that an account is disabled or unconfirmed.
"""

from sqlalchemy.orm import Session

from storybot.accounts import attempts, passwords, people, security, sessions
from storybot.accounts.attempts import Try
from storybot.accounts.models import Account
from storybot.accounts.problems import AccountDisabled, LinkInvalid, NotConfirmed, WrongCredentials
from storybot.accounts.sessions import Place
from storybot.accounts.setup import Accounts
from storybot.clock import now
from storybot.db import writing


def require_usable(account: Account) -> None:
    """Raises: AccountDisabled, NotConfirmed."""
    if not account.active:
        raise AccountDisabled("An administrator has disabled this account.")
    if account.confirmed_at is None:
        raise NotConfirmed("Follow the link in the mail first, or have another one sent.")


def by_password(session: Session, *, email: str, password: str, network: str) -> Account:
    """Whose password this is. Raises: WrongCredentials, AccountDisabled, NotConfirmed, TooManyAttempts, Invalid."""
    email = people.normalised(email)
    tries = Try(attempts.SIGN_IN_FROM, network), Try(attempts.SIGN_IN_TO, email)
    with writing(session):
        attempts.count(session, *tries)
    account = people.by_email(session, email)
    kept = account.password if account else None
    if not passwords.matches(password, kept) or account is None:
        raise WrongCredentials("Address or password is wrong.")
    require_usable(account)
    renewed = passwords.hashed(password) if kept and passwords.wants_new_hash(kept) else kept
    with writing(session):
        attempts.take_back(session, tries[0])
        attempts.forget(session, tries[1])
        account.password = renewed
    return account


def begin(session: Session, account: Account, place: Place, *, remember: bool, second_step: bool, before: str | None = None) -> str:
    """Sign somebody in; returns the cookie's token. before: the browser's session until now, which ends. second_step:
    where the account wants one, it opens nothing until that is done."""
    with writing(session):
        if before:
            sessions.end(session, before)
        awaits = sessions.SECOND_FACTOR if second_step and account.has_totp else None
        return sessions.begin(session, account, place, remember=remember, awaits=awaits)


def check_code(accounts: Accounts, session: Session, account_id: str, code: str) -> None:
    """Take a code of two-step sign-in, or a recovery code. Raises: WrongCode, TooManyAttempts."""
    attempt = Try(attempts.CODE, account_id)
    with writing(session):
        attempts.count(session, attempt)
    with writing(session):
        accounts.two_step.check(session.get_one(Account, account_id), code)
        attempts.forget(session, attempt)


def check_password(session: Session, account_id: str, password: str) -> None:
    """Ask for the password once more. Raises: WrongCredentials, TooManyAttempts."""
    attempt = Try(attempts.CODE, account_id)
    with writing(session):
        attempts.count(session, attempt)
    if not passwords.matches(password, session.get_one(Account, account_id).password):
        raise WrongCredentials("The password is wrong.")
    with writing(session):
        attempts.forget(session, attempt)


def forgotten(accounts: Accounts, session: Session, *, email: str, language: str, network: str) -> None:
    """Send a link to a new password, where there is an account. Raises: Invalid, NoMail, TooManyAttempts."""
    accounts.mailer.require()
    email = people.normalised(email)
    with writing(session):
        attempts.count(session, Try(attempts.MAIL_FROM, network), Try(attempts.MAIL_TO, email))
    account = people.by_email(session, email)
    if account is not None and account.active:
        link = f"{accounts.settings.site}/reset?token={security.reset_token(account)}"
        accounts.mailer.send(email, "reset", account.language or language, link)


def reset(accounts: Accounts, session: Session, token: str, password: str) -> None:
    """A new password by such a link; every session ends, and the address is as good as confirmed.

    Raises: LinkInvalid, PasswordWeak.
    """
    passwords.check(password, _of_link(token).email)
    kept = passwords.hashed(password)
    with writing(session):
        account = _of_link(token)
        people.change_password(session, account, kept)
        account.confirmed_at = account.confirmed_at or now()
        sessions.end_all(session, account.id)
        attempts.forget(session, Try(attempts.SIGN_IN_TO, account.email))
        email, language = account.email, account.language
    accounts.mailer.send(email, "password", language, f"{accounts.settings.site}/forgotten")


def _of_link(token: str) -> Account:
    account = security.reset_by(token)
    if account is None or not account.active:
        raise LinkInvalid("This link was used, has run out, or there is a newer one.")
    return account
