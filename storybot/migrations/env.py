"""Alembic's environment: run by `storybot db upgrade` (with a URL) and by Flask-Migrate (with a running app)."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

import storybot.accounts.models
import storybot.schema  # noqa: F401 - its own table
from storybot.db import Base, make_engine


def _url() -> str:
    url: str | None = context.config.attributes.get("url")
    return url or current_app.config["SQLALCHEMY_DATABASE_URI"]


def _run(connection: Connection | None) -> None:
    context.configure(
        connection=connection,
        url=None if connection else _url(),
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="storybot.models.",
        literal_binds=connection is None,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _run(None)
else:
    engine = make_engine(_url())
    try:
        with engine.connect() as opened:
            _run(opened.execution_options(storybot_write=True))
    finally:
        engine.dispose()
