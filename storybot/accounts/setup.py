"""Wiring accounts into the app: called by `create_app` where they are on, and by nothing else."""

from dataclasses import dataclass

from flask import Flask, Response, g, request
from flask_security import Security

from storybot import family
from storybot.accounts import audit, keys, security
from storybot.accounts.gate import Gate
from storybot.accounts.keys import Keys
from storybot.accounts.mail import Mailer
from storybot.accounts.oidc import Provider
from storybot.accounts.passkeys import Passkeys
from storybot.accounts.traffic import Traffic
from storybot.accounts.two_step import TwoStep
from storybot.db import db
from storybot.errors import NotFound, answer
from storybot.quotas import Quotas
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
    quotas: Quotas
    traffic: Traffic


def register(app: Flask, settings: Settings) -> Accounts:
    """Let nobody in but who is signed in, and let everybody see only what is theirs.

    Raises: SettingsError when there is no usable secret.
    """
    secrets = keys.load(settings)
    gate = Gate(settings, secrets)
    guard(db.session)
    app.register_error_handler(NotFound, _say_why)
    audit.register(app)
    gate.register(app)  # before Flask-Security, whose own look at every request then finds all done
    wired = security.register(app, secrets)
    provider = Provider(settings, secrets) if settings.oidc_discovery_url else None
    quotas = Quotas(settings)
    traffic = Traffic(quotas)
    app.before_request(lambda: _note(traffic))
    two_step, passkeys = TwoStep(wired, secrets), Passkeys(settings, secrets)
    return Accounts(settings, secrets, gate, wired, Mailer(settings), two_step, passkeys, provider, quotas, traffic)


def _note(traffic: Traffic) -> None:
    if (reader := g.get("reader")) and request.endpoint:
        traffic.note(db.session().connection(), db.engine, reader.owner_id)


def _say_why(error: NotFound) -> Response:
    """Something is not there; a child is told where it only waits for a grown-up."""
    reader, named = g.get("reader"), request.view_args or {}
    if reader is None or reader.profile_id is None:
        return answer(error)
    ids = {name: named.get(name) for name in ("story_id", "generation_id")}
    return answer(family.explained(db.session(), reader, error=error, **ids))
