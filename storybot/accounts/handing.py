"""Handing a browser to a child, and taking it back by the PIN or the password."""

from sqlalchemy.orm import Session

from storybot.accounts import attempts, passwords, sessions, sign_in
from storybot.accounts.attempts import Try
from storybot.accounts.models import Account
from storybot.accounts.problems import WrongCode
from storybot.accounts.sessions import Present
from storybot.db import writing
from storybot.errors import Conflict, Invalid
from storybot.models import ReaderProfile

#: What children try first: rows of the keys in either direction.
_ROWS = "01234567890123", "98765432109876"


def over(session: Session, present: Present, child: ReaderProfile) -> str:
    """Put the session into the child's hands; returns its new token. Expects a write transaction.

    Raises: Conflict where nothing would lead back.
    """
    account = session.get_one(Account, present.account_id)
    if account.parent_pin is None and account.password is None:
        raise Conflict("Set a PIN first: without one, and without a password, nothing leads back.")
    return sessions.hand_over(session, present.id, child.id)


def back(session: Session, present: Present, *, pin: str | None = None, password: str | None = None) -> str:
    """Put the session back into the grown-up's hands; returns its new token. After a PIN, what wants a fresh proof still
    wants one.

    Raises: WrongCode, WrongCredentials, TooManyAttempts, Invalid.
    """
    if password:
        sign_in.check_password(session, present.account_id, password)
    elif pin:
        _check_pin(session, present.account_id, pin)
    else:
        sentence = "Give the PIN or the password."
        raise Invalid(sentence, errors=[{"pointer": "/pin", "detail": sentence}])
    with writing(session):
        return sessions.take_back(session, present.id, fresh=password is not None)


def set_pin(session: Session, present: Present, pin: str | None) -> None:
    """Keep another PIN, or none. Raises: Invalid where a child would try it first."""
    if pin is not None and (len(set(pin)) == 1 or any(pin in row for row in _ROWS)):
        sentence = "Take one that is not so easy to guess."
        raise Invalid(sentence, errors=[{"pointer": "/pin", "detail": sentence}])
    kept = passwords.hashed(pin) if pin is not None else None
    with writing(session):
        session.get_one(Account, present.account_id).parent_pin = kept


def _check_pin(session: Session, account_id: str, pin: str) -> None:
    attempt = Try(attempts.PIN, account_id)
    with writing(session):
        attempts.count(session, attempt)
    if not passwords.matches(pin, session.get_one(Account, account_id).parent_pin):
        raise WrongCode("The PIN is wrong.")
    with writing(session):
        attempts.forget(session, attempt)
