"""Whose account it is when somebody comes from a provider: found by the provider's `sub`, connected while signed in, or
made anew where people may sign up. An address alone never opens an account that is there already."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storybot.accounts import changes, invitations, people, sign_up
from storybot.accounts.models import Account, Identity
from storybot.accounts.oidc import Arrival
from storybot.accounts.setup import Accounts
from storybot.db import writing
from storybot.errors import Invalid
from storybot.reader import everybody


class Refused(Exception):
    """Where in the page somebody ends, and why."""

    def __init__(self, why: str, path: str = "/sign-in") -> None:
        super().__init__(why)
        self.why, self.path = why, path


def account_of(accounts: Accounts, session: Session, arrival: Arrival, language: str) -> Account:
    """The account of whoever came. Raises: Refused, SignUpClosed, InvitationInvalid."""
    found = _known(session, arrival)
    return found or _made(accounts, session, arrival, language)


def connect(accounts: Accounts, session: Session, account_id: str, arrival: Arrival) -> None:
    """Connect the provider to the account that is signed in. Raises: Refused where it is another account's."""
    found = _known(session, arrival)
    if found is not None and found.id != account_id:
        raise Refused("taken", "/account")
    if found is None:
        with writing(session):
            session.add(Identity(account_id=account_id, issuer=arrival.issuer, subject=arrival.subject))
            account = session.get_one(Account, account_id)
        changes.tell(accounts, account)


def _known(session: Session, arrival: Arrival) -> Account | None:
    query = select(Account).join(Identity, Identity.account_id == Account.id)
    return session.scalar(query.where(Identity.issuer == arrival.issuer, Identity.subject == arrival.subject))


def _made(accounts: Accounts, session: Session, arrival: Arrival, language: str) -> Account:
    sign_up.require_open(accounts, arrival.luggage.invitation)
    if not arrival.email_verified:
        raise Refused("no-address")
    try:
        email = people.normalised(arrival.email or "")
    except Invalid:
        raise Refused("no-address") from None
    with writing(session), everybody(session):
        if people.by_email(session, email) is not None:
            raise Refused("known-address")
        invited = invitations.find(session, arrival.luggage.invitation, email) if arrival.luggage.invitation else None
        account = people.create(session, email, None, language=language, confirmed=True)
        if invited:
            invitations.take(invited, account)
        session.add(Identity(account_id=account.id, issuer=arrival.issuer, subject=arrival.subject))
    return account
