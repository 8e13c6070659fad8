"""An upgrade keeps everything: a filled database of the first version, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import storybot.accounts.models  # noqa: F401 - fills the metadata
from storybot import schema
from storybot.db import Base, make_engine
from storybot.settings import Settings
from tests.processes import filled
from tests.processes.harness import Model, Program, Server, assert_numbered, call, environment
from tests.processes.postgres import database_url, server_url
from tests.processes.reader import stream


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server_url() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: once of each kind."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        yield f"sqlite:///{tmp_path / 'data' / 'storybot.sqlite3'}"
        return
    with database_url(request.getfixturevalue("postgres"), f"storybot_{abs(hash(tmp_path)):x}") as made:
        yield made


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(Settings(database_url=url, _env_file=None).sqlalchemy_url)  # type: ignore[call-arg]
    yield made
    made.dispose()


def _real_url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _assert_all_there(server: Server) -> None:
    """As its reader sees it: both stories whole, every version, undo, settings, prompts, and the streams."""
    whale, dragon = call(f"{server.url}/stories").json
    assert (dragon["id"], dragon["title"], dragon["can_undo"], dragon["can_redo"]) == (filled.DRAGON, "Der Drache", True, False)
    assert dragon["brief"]["hero"] == {"name": "Mia"}
    assert (whale["id"], whale["title"]) == (filled.WHALE, "Der Wal")
    assert server.text(filled.DRAGON) == f"{filled.DRAGON_TEXT}\n\nEr blieb."
    _, edited = call(f"{server.url}/stories/{filled.DRAGON}/passages").json
    assert edited["sibling_ids"] == [filled.SECOND, filled.EDITED]
    assert edited["source_id"] == filled.SECOND
    assert [prompt["id"] for prompt in call(f"{server.url}/prompts").json] == [5, 1]
    shown = call(f"{server.url}/configuration").json
    assert (shown["language"], shown["theme"], shown["age_band"], shown["length"]) == ("de", "sepia", "9-12", "long")
    for generation, whole in ((filled.BEGUN, filled.DRAGON_TEXT), (filled.WENT_ON, filled.SECOND_TEXT)):
        events = list(stream(f"{server.url}/generations/{generation['id']}/events"))
        assert "".join(event.data["text"] for event in events[:-1]) == whole
        assert [event.id for event in events] == [*range(1, generation["last_seq"] + 1), None]
        assert events[-1].name == "done"
    lost = call(f"{server.url}/generations/{filled.FAILED['id']}").json
    assert lost["problem"]["type"] == filled.PROBLEM["type"]
    assert call(f"{server.url}/prompts/9/restore", "POST").json["content"] == "Gelöscht"


def test_the_command_upgrades_a_filled_database_and_loses_nothing(tmp_path: Path, url: str, engine: Engine) -> None:
    filled.fill(engine, _real_url(engine))
    before = filled.content(engine)
    assert {table: len(rows) for table, rows in before.items()} == {table: len(rows) for table, rows in filled.ROWS.items()}
    env = environment(tmp_path / "data", DATABASE_URL=url)
    for _ in range(2):  # a second time there is nothing to do
        with Program(tmp_path, "storybot", "db", "upgrade", env=env) as upgrade:
            assert upgrade.wait() == 0, upgrade.output
        assert f"The database is at revision {schema.head()}." in upgrade.output
        assert schema.revision(engine) == schema.head()
        assert filled.content(engine) == before


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # the only one that web and worker take so far
def test_a_start_upgrades_it_too_and_goes_on_with_what_was_being_written(tmp_path: Path, engine: Engine) -> None:
    filled.fill(engine, _real_url(engine))
    with Model(tmp_path, words=10, rate=0) as model, Server(tmp_path / "data", **model.settings) as server:
        _assert_all_there(server)
        # Its worker is long dead; another one writes it to its end, after the text that it had.
        assert server.ended(filled.WRITING["id"])["state"] == "done"
        assert_numbered(server.text(filled.WHALE), 10)
        fresh = server.tell()
        assert server.ended(fresh["generation"]["id"])["state"] == "done"
        assert_numbered(server.text(fresh["id"]), 10)
        assert call(f"{server.url}/prompts", "POST", {"content": "Noch einer"}).json["id"] == 10


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    config = schema.config(_real_url(engine))
    command.upgrade(config, "head")
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    command.upgrade(config, "head")
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    assert schema.revision(engine) == schema.head()


def test_the_models_are_what_the_migrations_make(engine: Engine) -> None:
    command.upgrade(schema.config(_real_url(engine)), "head")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_there_is_one_head_and_a_way_down_from_each_revision() -> None:
    script = ScriptDirectory(str(schema.MIGRATIONS))
    assert len(script.get_heads()) == 1
    revisions = list(script.walk_revisions())
    assert revisions[-1].revision == "0001"
    for revision in revisions:
        assert callable(revision.module.downgrade)


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path, url: str, engine: Engine) -> None:
    filled.fill(engine, _real_url(engine))
    with engine.connect().execution_options(storybot_write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("CREATE TABLE schema_floor (revision VARCHAR(32))"))
        connection.execute(text("INSERT INTO schema_floor VALUES ('9999')"))
    before = filled.content(engine)
    env = environment(tmp_path / "data", DATABASE_URL=url)
    for words in (("db", "upgrade"), ("run",)) if url.startswith("sqlite") else (("db", "upgrade"),):
        with Program(tmp_path, "storybot", *words, env=env) as program:
            assert program.wait(20) == 78, program.output
        assert "Traceback" not in program.output
        assert "run the newer version" in program.output
    assert filled.content(engine) == before


def test_a_newer_database_whose_floor_lies_low_enough_is_worked_with_and_left_as_it_is(tmp_path: Path) -> None:
    with Model(tmp_path / "model", words=20, rate=500) as model:
        with Server(tmp_path / "data", LIMITS="off", **model.settings) as server:
            server.ended(server.tell()["generation"]["id"])
        engine = make_engine(Settings(data_dir=tmp_path / "data", _env_file=None).sqlalchemy_url)  # type: ignore[call-arg]
        assert schema.floor(engine) == "0005"
        with engine.connect().execution_options(storybot_write=True) as connection, connection.begin():
            connection.execute(text("ALTER TABLE stories ADD COLUMN of_the_future VARCHAR(10)"))
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with Program(tmp_path, "storybot", "db", "upgrade", env=environment(tmp_path / "data")) as program:
            assert program.wait(20) == 0, program.output
        with Server(tmp_path / "data", LIMITS="off", **model.settings) as server:
            story = server.tell()
            assert_numbered(server.text(story["id"]) if server.ended(story["generation"]["id"]) else "", 20)
            assert len(call(f"{server.url}/stories").json) == 2
        assert schema.revision(engine) == "9999"
        engine.dispose()


def test_every_migration_says_which_code_works_with_what_it_leaves() -> None:
    known = [script.revision for script in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()]
    for script in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions():
        if script.revision >= "0005":
            assert script.module.works_with in known
            assert script.module.works_with <= script.revision
