"""Quotas hold for many at the same moment, on SQLite and on PostgreSQL: of ten that want the last three, three get them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import schema
from storybot.accounts import people
from storybot.db import make_engine
from storybot.errors import QuotaExceeded
from storybot.models import Usage
from storybot.quotas import Quotas
from storybot.settings import Settings, read_settings
from tests.processes.postgres import database_url, server_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a server with an up-to-date database: once of each kind."""
    if request.param == "sqlite":
        yield _upgraded(data_dir=tmp_path)
        return
    with server_url() as server, database_url(server, "storybot_quotas") as url:
        yield _upgraded(data_dir=tmp_path, database_url=url)


def _upgraded(**given: object) -> Settings:
    made = read_settings(accounts="on", quota_stories=3, quota_running=3, quota_uploads=30, **given)
    schema.upgrade(made)
    return made


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = make_engine(settings.sqlalchemy_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("what", ["stories", "uploads"])
def test_the_last_ones_are_given_out_once(settings: Settings, engine: Engine, what: str) -> None:
    with Session(engine) as session, session.begin():
        owner_id = people.create(session, "anna@example.com", None).owner_id

    def ask(_number: int) -> str:
        """As a process of its own would: nothing is shared but the database. Returns the quota that refused it."""
        quotas = Quotas(settings)
        try:
            with engine.connect().execution_options(storybot_write=True) as connection, connection.begin():
                if what == "stories":
                    quotas.allow_writing(connection, owner_id, stories=1)
                else:
                    quotas.allow_upload(connection, owner_id, 10)
        except QuotaExceeded as refusal:
            return str(refusal.facts["quota"])
        return ""

    with ThreadPoolExecutor(10) as threads:
        refused_by = list(threads.map(ask, range(10)))
    assert sorted(refused_by) == ["", "", "", *[what] * 7]
    with Session(engine) as session:
        row = session.scalars(select(Usage)).one()
    assert (row.stories, row.uploads) == ((3, 0) if what == "stories" else (0, 30))
