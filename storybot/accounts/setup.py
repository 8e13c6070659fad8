"""Wiring accounts into the app: called by `create_app` where they are on, and by nothing else."""

from dataclasses import dataclass

from flask import Flask

from storybot.accounts import keys
from storybot.accounts.gate import Gate
from storybot.accounts.keys import Keys
from storybot.db import db
from storybot.reader import guard
from storybot.settings import Settings


@dataclass(frozen=True, slots=True)
class Accounts:
    """What accounts hold besides the database."""

    settings: Settings
    keys: Keys
    gate: Gate


def register(app: Flask, settings: Settings) -> Accounts:
    """Let nobody in but who is signed in, and let everybody see only what is theirs.

    Raises: SettingsError when there is no usable secret.
    """
    secrets = keys.load(settings)
    gate = Gate(settings, secrets)
    guard(db.session)
    gate.register(app)
    return Accounts(settings, secrets, gate)
