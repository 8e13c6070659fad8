"""`storybot user …`: accounts from the command line, for whoever runs the server. Works with accounts on and off, so that
the first administrator can be made before they are switched on. A password is typed or comes on stdin, never as an argument.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storybot.settings import Settings

#: Exit status for wrong settings and an unfit database, and for what was asked for and cannot be done. Source: sysexits.h.
EX_CONFIG, EX_DATAERR = 78, 65


@click.group()
def user() -> None:
    """People with accounts."""


@user.command()
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make them an administrator; the first one takes over what the local owner had.")
@click.option("--language", type=click.Choice(["de", "en"]), help="Language of their mails.")
def add(email: str, admin: bool, language: str | None) -> None:
    """Make an account for EMAIL. Its password is asked for; where there is no terminal, it is the first line of stdin."""
    password = _password()  # before the database is held: nobody types fast
    with _database() as (session, _settings):
        from storybot.accounts import passwords, people
        from storybot.accounts.models import ADMIN, MEMBER

        address = people.normalised(email)
        passwords.check(password, address)
        people.create(session, address, passwords.hashed(password), role=ADMIN if admin else MEMBER, language=language, confirmed=True)
        click.echo(f"{address} can sign in now{' and is an administrator' if admin else ''}.")


@user.command("list")
def list_users() -> None:
    """Show all accounts, oldest first."""
    with _database() as (session, _settings):
        from storybot.accounts import people
        from storybot.clock import iso

        for account in people.listed(session):
            state = "disabled" if not account.active else "unconfirmed" if account.confirmed_at is None else "active"
            click.echo(f"{account.email}\t{account.role}\t{state}\t{iso(account.last_seen_at) or 'never seen'}")


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Let EMAIL in no more; their sessions end at once, and everything of theirs stays."""
    _change(email, "disable", "is disabled")


@user.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let EMAIL in again."""
    _change(email, "enable", "can sign in again")


@user.command("make-admin")
@click.argument("email")
def make_admin(email: str) -> None:
    """Make EMAIL an administrator; the first one takes over what the local owner had."""
    _change(email, "promote", "is an administrator")


@user.command("make-member")
@click.argument("email")
def make_member(email: str) -> None:
    """Make the administrator EMAIL a member."""
    _change(email, "demote", "is a member")


@user.command()
@click.argument("email", required=False)
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True, help="How long it holds.")
def invite(email: str | None, days: int) -> None:
    """Print a link with which one person may sign up; with EMAIL, only that address."""
    with _database() as (session, settings):
        from datetime import timedelta

        from storybot.accounts import invitations, people

        _row, token = invitations.make(session, None, people.normalised(email) if email else None, timedelta(days=days))
        click.echo(f"{settings.site}/sign-up?invitation={token}")


def _change(email: str, how: str, said: str) -> None:
    with _database() as (session, _settings):
        from storybot.accounts import people

        account = people.get(session, email)
        getattr(people, how)(session, account)
        click.echo(f"{account.email} {said}.")


@contextmanager
def _database() -> "Iterator[tuple[Session, Settings]]":
    """One write transaction on an up-to-date database; what it refuses ends the program with its sentence."""
    from sqlalchemy.orm import Session

    from storybot import schema
    from storybot.db import make_engine, writing
    from storybot.errors import StorybotError
    from storybot.settings import SettingsError, read_settings

    try:
        settings = read_settings()
        schema.upgrade(settings)
    except (SettingsError, schema.SchemaError) as error:
        _refuse(str(error), EX_CONFIG)
    engine = make_engine(settings.sqlalchemy_url)
    try:
        with Session(engine, expire_on_commit=False) as session, writing(session):
            yield session, settings
    except StorybotError as error:
        _refuse(error.detail)
    finally:
        engine.dispose()


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        _refuse("The password is missing: give it as the first line of stdin.")
    return line


def _refuse(sentence: str, status: int = EX_DATAERR) -> NoReturn:
    click.echo(f"storybot: {sentence}", err=True)
    sys.exit(status)
