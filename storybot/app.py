"""create_app(): the wiring of the web side, in order."""

import logging
import os
from typing import TYPE_CHECKING

from apiflask import APIFlask
from flask import Flask
from flask_cors import CORS
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy import event
from werkzeug.middleware.proxy_fix import ProxyFix

from storybot import __version__
from storybot.api import (
    configuration,
    connections,
    documents,
    generations,
    health,
    jobs,
    models,
    page,
    passages,
    prompts,
    session,
    stories,
    trials,
    usage,
)
from storybot.api.request import Runtime
from storybot.bell import ring
from storybot.db import db, engine_options
from storybot.errors import invalid, register_error_handlers
from storybot.prefix import Prefix
from storybot.requests import register_request_hooks
from storybot.schema import MIGRATIONS
from storybot.settings import WORKER_BELL, Settings
from storybot.tail import Tail

if TYPE_CHECKING:
    from storybot.accounts.setup import Accounts

log = logging.getLogger(__name__)

#: What a page on another origin may send, and may read of an answer.
ALLOWED_HEADERS = ("Content-Type", "Accept", "Authorization", "X-Trace-Id", "traceparent", "Idempotency-Key", "Last-Event-ID", "X-Requested-With")
EXPOSED_HEADERS = ("X-Trace-Id", "traceparent", "Location", "Link", "Retry-After")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BLUEPRINTS = (prompts, stories, passages, generations, configuration, connections, trials, models, usage, jobs, session, health, documents, page)


def create_app(settings: Settings) -> APIFlask:
    """The Flask app: the API at the root and below the prefix, and the built page."""
    app = APIFlask(
        "storybot",
        title="Storybot",
        version=__version__,
        json_errors=False,
        spec_path=None,
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]
    )
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.sqlalchemy_url, cooperative=True),
        MAX_CONTENT_LENGTH=settings.body_bytes,
        **documents.OPENAPI,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    settings.data_path.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    _offer_migrations(app)
    with app.app_context():
        engine = db.engine
    event.listen(db.session, "after_commit", lambda _session: ring(settings.bells_path, WORKER_BELL))
    app.error_processor(lambda error: invalid(error.detail, error.message))  # type: ignore[arg-type]
    register_error_handlers(app)
    register_request_hooks(app, settings)
    app.extensions["storybot"] = Runtime(settings, Tail(engine, settings.bells_path), _accounts(app, settings))
    initialize_routes(app, settings)
    if not settings.cors_at_gateway:
        CORS(
            app,
            origins=list(settings.page_origins),
            methods=list(METHODS),
            allow_headers=[*ALLOWED_HEADERS, *(["X-CSRF-Token"] if settings.accounts == "on" else [])],
            supports_credentials=settings.accounts == "on",
            expose_headers=list(EXPOSED_HEADERS),
            max_age=3600,
            always_send=False,
        )
    _limit(app, settings)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    app.wsgi_app = Prefix(app.wsgi_app, settings.api_prefix)  # type: ignore[method-assign]
    return app


def initialize_routes(app: APIFlask, settings: Settings) -> None:
    """Register every resource."""
    for module in BLUEPRINTS:
        app.register_blueprint(module.blueprint)
    if settings.accounts == "on":
        from storybot.api import account, admin, oidc, profiles, sign_in

        for module in (sign_in, account, oidc, profiles, admin):
            app.register_blueprint(module.blueprint)


def _accounts(app: Flask, settings: Settings) -> "Accounts | None":
    if settings.accounts == "off":
        return None
    from storybot.accounts import setup  # loads what nobody needs who has no accounts

    return setup.register(app, settings)


def _offer_migrations(app: Flask) -> None:
    """Give `flask db` its commands; who serves does without Alembic, which takes a tenth of a second to load."""
    if os.environ.get("FLASK_RUN_FROM_CLI"):
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(MIGRATIONS))


def _network() -> str:
    """Whom a request counts for beyond this machine: a household has 2^64 addresses of IPv6."""
    from storybot.accounts.attempts import network

    return network(get_remote_address())


def _limit(app: Flask, settings: Settings) -> None:
    if not settings.limited:
        log.warning("request and generation limits are off: for load tests on loopback only")
        return
    Limiter(
        get_remote_address if settings.accounts == "off" else _network,
        app=app,
        application_limits=[f"{settings.requests_per_minute} per minute"],
        storage_uri="memory://",
        headers_enabled=False,
    )
