"""Signing up: make an account, confirm its address. Whether an address has an account is never told to whoever asks; its
owner is told by mail."""

from sqlalchemy.orm import Session

from storybot.accounts import attempts, invitations, passwords, people, security
from storybot.accounts.attempts import Try
from storybot.accounts.models import Account
from storybot.accounts.problems import InvitationInvalid, SignUpClosed
from storybot.accounts.setup import Accounts
from storybot.clock import now
from storybot.db import writing
from storybot.reader import everybody


def require_open(accounts: Accounts, invitation: str) -> None:
    """Refuse where this person may not sign up. Raises: SignUpClosed, InvitationInvalid."""
    if accounts.settings.sign_up == "closed":
        raise SignUpClosed("Its operator makes the accounts here: `storybot user add`.")
    if accounts.settings.sign_up == "invite" and not invitation:
        raise InvitationInvalid("One can sign up here by invitation only.")


def register(accounts: Accounts, session: Session, *, email: str, password: str, invitation: str, language: str, network: str) -> None:
    """Make an account, unless the address has one; either way its owner gets a mail. Where an address is signed up twice before
    it is confirmed, nobody knows whose password is its owner's: neither holds, and the mail leads to choosing one.

    Where no mail can be sent, whoever was invited needs no confirmation.

    Raises: Invalid, PasswordWeak, SignUpClosed, InvitationInvalid, NoMail, TooManyAttempts.
    """
    require_open(accounts, invitation)
    if not invitation:
        accounts.mailer.require()
    email = people.normalised(email)
    passwords.check(password, email)
    with writing(session):
        attempts.count(session, Try(attempts.SIGN_UP_FROM, network), Try(attempts.MAIL_TO, email))
    kept = passwords.hashed(password)
    with writing(session), everybody(session):
        invited = invitations.find(session, invitation, email) if invitation else None
        account = people.by_email(session, email)
        known = account is not None and (account.confirmed_at is not None or not account.active)
        if account is None:
            account = people.create(session, email, kept, language=language, confirmed=invited is not None and not accounts.settings.mails)
            if invited:
                invitations.take(invited, account)
        elif not known:
            people.change_password(session, account, None)
        whose = account.language or language
        letter, link = ("known", f"{accounts.settings.site}/sign-in") if known else _letter(accounts, account)
    accounts.mailer.send(email, letter, whose, link)


def send_again(accounts: Accounts, session: Session, *, email: str, language: str, network: str) -> None:
    """Send the mail that confirms an address once more, where there is something to confirm. Raises: Invalid, NoMail, TooManyAttempts."""
    accounts.mailer.require()
    email = people.normalised(email)
    with writing(session):
        attempts.count(session, Try(attempts.MAIL_FROM, network), Try(attempts.MAIL_TO, email))
    account = people.by_email(session, email)
    if account is not None and account.active and account.confirmed_at is None:
        letter, link = _letter(accounts, account)
        accounts.mailer.send(email, letter, account.language or language, link)


def confirm(session: Session, token: str) -> bool:
    """Follow the link of such a mail; whether it held."""
    with writing(session):
        account: Account | None = security.confirmed_by(token)
        if account is None or not account.active:
            return False
        account.confirmed_at = account.confirmed_at or now()
    return True


def _letter(accounts: Accounts, account: Account) -> tuple[str, str]:
    """Which mail shows that the address is theirs, and its link: a new password does so, too."""
    if account.password is None:
        return "reset", f"{accounts.settings.site}/reset?token={security.reset_token(account)}"
    return "confirm", f"{accounts.settings.api_site}/auth/confirm/{security.confirm_token(account)}"
