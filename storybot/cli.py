"""The command line: `storybot run | web | worker | user add | model pull | db upgrade | db backup | check-settings | openapi`.

Commands import what they need when they run: `web` must patch the standard library before anything else is loaded, and
`run` only watches over the others, so it loads next to nothing.
"""

import gc
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from storybot import __version__
from storybot.accounts.commands import user
from storybot.local.commands import model

#: Exit status for wrong settings and an unfit database. Source: sysexits.h, EX_CONFIG.
EX_CONFIG = 78


@click.group()
@click.version_option(__version__, prog_name="storybot")
def main() -> None:
    """A prompt becomes a story that streams, is kept, and is never lost."""
    gc.set_threshold(100_000, 20, 20)  # loading modules makes no garbage that is worth looking for


main.add_command(user)
main.add_command(model)


@main.command()
def run() -> None:
    """Start everything on this machine: the page, the API and a worker."""
    from storybot import supervisor

    sys.exit(supervisor.run(_settings()))


@main.command()
@click.option("--fd", type=int, help="A listening socket that is open already.")
@click.option("--upgrade", is_flag=True, help="Bring the database up to date first.")
@click.option("--supervisor", "supervisor_pid", type=int, help="End when this parent process ends.")
def web(fd: int | None, upgrade: bool, supervisor_pid: int | None) -> None:
    """Serve the page and the API."""
    from gevent import monkey

    monkey.patch_all()
    _follow(supervisor_pid)
    from storybot import logs, schema, web
    from storybot.settings import SettingsError

    settings = _settings()
    logs.setup_loggers(settings, "web", stdout=not sys.stdout.isatty())
    _collect_less()
    try:
        if upgrade:
            schema.upgrade(settings)
        web.serve(settings, fd)
    except (schema.SchemaError, SettingsError) as error:
        _refuse(str(error))


@main.command()
@click.option("--wait", is_flag=True, help="Wait until somebody else has brought the database up to date.")
@click.option("--supervisor", "supervisor_pid", type=int, help="End when this parent process ends.")
def worker(wait: bool, supervisor_pid: int | None) -> None:
    """Write the stories that wait."""
    _follow(supervisor_pid)
    from storybot import logs, schema, working
    from storybot.settings import SettingsError

    settings = _settings()
    logs.setup_loggers(settings, "worker", stdout=not sys.stdout.isatty())
    _collect_less()
    try:
        working.work(settings, wait_for_schema=wait)
    except (schema.SchemaError, SettingsError) as error:
        _refuse(str(error))


@main.command(hidden=True)
@click.argument("job_id")
@click.option("--supervisor", "supervisor_pid", type=int, help="End when this parent process ends.")
def job(job_id: str, supervisor_pid: int | None) -> None:
    """Do one long job (the worker's clerk calls this)."""
    _follow(supervisor_pid)
    from storybot import chores, logs

    settings = _settings()
    logs.setup_loggers(settings, "clerk", stdout=False)
    chores.work(settings, job_id)


@main.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database up to date; an old one keeps all that is in it."""
    from storybot import schema

    settings = _settings()
    try:
        schema.upgrade(settings)
    except schema.SchemaError as error:
        _refuse(str(error))
    click.echo(f"The database is at revision {schema.head()}.")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database into FILE, also while Storybot runs."""
    from sqlalchemy import make_url

    from storybot.backup import BackupError, back_up

    url = make_url(_settings().sqlalchemy_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        _refuse("This database is no SQLite file: use its own tool, such as pg_dump.")
    try:
        size = back_up(Path(url.database), file)
    except BackupError as error:
        _refuse(str(error))
    click.echo(f"{file}: {size / 1e6:.1f} MB. To go back to it, stop Storybot and put it in the place of {url.database}.")


@db.command("new-migration")
@click.argument("message")
def new_migration(message: str) -> None:
    """Write a migration for what changed in the models (for developers); read it before you keep it."""
    from storybot import schema

    schema.new_migration(_settings(), message)


@main.command("check-settings")
@click.option("--example", is_flag=True, help="Print a commented .env file with every setting instead.")
def check_settings(example: bool) -> None:
    """Show every setting, or say which one is wrong."""
    if example:
        from storybot.settings import example as made

        click.echo(made(), nl=False)
        return
    settings = _settings()
    for name in type(settings).model_fields:
        shown = re.sub("://[^@/]*@", "://…@", str(getattr(settings, name)))  # no password of a URL
        click.echo(f"STORYBOT_{name.upper()}={shown}")


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of a server with accounts, which has every route."""
    import warnings

    from storybot.api.documents import openapi as document
    from storybot.app import create_app

    app = create_app(_settings(accounts="on", secret_key="-" * 32))  # nobody ever signs in here
    with app.app_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # apispec notices the twin that the document is freed of
        click.echo(json.dumps(document(app), indent=2, ensure_ascii=False))


def _settings(**fixed: Any) -> "Settings":  # type: ignore[name-defined]  # noqa: F821
    from storybot.settings import SettingsError, read_settings

    try:
        return read_settings(**fixed)
    except SettingsError as error:
        _refuse(str(error))


def _refuse(sentence: str) -> NoReturn:
    click.echo(f"storybot: {sentence}", err=True)
    sys.exit(EX_CONFIG)


def _collect_less() -> None:
    """What is loaded stays, so the garbage collector need not walk over it again and again (gc.freeze, Python docs);
    what a request or a piece of text leaves behind is freed by its reference counts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _follow(supervisor_pid: int | None) -> None:
    """End with the supervisor, however it ends. Source: prctl(2), PR_SET_PDEATHSIG (Linux)."""
    if supervisor_pid is None or not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != supervisor_pid:
        sys.exit(1)  # it ended before we could ask to be told
