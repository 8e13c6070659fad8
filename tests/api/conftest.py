"""What the API's tests share: other apps over the same database, and how a problem is read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from storybot.app import create_app
from storybot.db import db
from storybot.settings import Settings, read_settings


@pytest.fixture
def another_app(settings: Settings, database: Engine) -> Iterator[Callable[..., APIFlask]]:
    """An app over the same database with other settings: `another_app(requests_per_minute=3)`."""
    made: list[APIFlask] = []

    def make(**changes: Any) -> APIFlask:
        same = {name: getattr(settings, name) for name in ("data_dir", "web_dist", "requests_per_minute")}
        app = create_app(read_settings(**same | changes))
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def another(another_app: Callable[..., APIFlask]) -> Callable[..., FlaskClient]:
    """A client of such an app."""
    return lambda **changes: another_app(**changes).test_client()
