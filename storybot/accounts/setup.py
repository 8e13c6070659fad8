"""Wiring accounts into the app: called by `create_app` where they are on, and by nothing else."""

from dataclasses import dataclass

from flask import Flask
from flask_security import Security

from storybot.accounts import keys, security
from storybot.accounts.gate import Gate
from storybot.accounts.keys import Keys
from storybot.accounts.mail import Mailer
from storybot.accounts.oidc import Provider
from storybot.accounts.passkeys import Passkeys
from storybot.accounts.two_step import TwoStep
from storybot.db import db
from storybot.reader import guard
from storybot.settings import Settings


@dataclass(frozen=True, slots=True)
class Accounts:
    """What accounts hold besides the database."""

    settings: Settings
    keys: Keys
    gate: Gate
    security: Security
    mailer: Mailer
    two_step: TwoStep
    passkeys: Passkeys
    provider: Provider | None


def register(app: Flask, settings: Settings) -> Accounts:
    """Let nobody in but who is signed in, and let everybody see only what is theirs.

    Raises: SettingsError when there is no usable secret.
    """
    secrets = keys.load(settings)
    gate = Gate(settings, secrets)
    guard(db.session)
    gate.register(app)  # before Flask-Security, whose own look at every request then finds all done
    wired = security.register(app, secrets)
    provider = Provider(settings, secrets) if settings.oidc_discovery_url else None
    return Accounts(settings, secrets, gate, wired, Mailer(settings), TwoStep(wired, secrets), Passkeys(settings, secrets), provider)
