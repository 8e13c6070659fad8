"""`storybot model …`: models on this machine from the command line, also while Storybot runs."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from storybot.local.pace import Pace

if TYPE_CHECKING:
    from storybot.local.catalogue import Entry
    from storybot.settings import Settings

#: Exit statuses for wrong settings, and for what was asked for and cannot be done. Source: sysexits.h.
EX_CONFIG, EX_DATAERR = 78, 65

#: How often the progress is shown, in seconds.
TELL_S = 0.5
_STATES = {"absent": "not downloaded", "partial": "half downloaded", "here": "ready", "ready": "in memory", "off": "no llama.cpp here"}


@click.group()
def model() -> None:
    """Models on this machine."""


@model.command("list")
def list_models() -> None:
    """Show which models there are, what they need, and which are here."""
    from storybot.local import shelf

    settings = _settings()
    click.echo(f"{'NAME':20} {'SIZE':>8} {'MEMORY':>8}  {'STATE':16} LICENCE")
    for one in shelf.models(settings):
        state = "does not fit" if one.fits == "no" else _STATES.get(one.state, one.state)
        licence = one.entry.licence if one.entry else ""
        click.echo(f"{one.name:20} {_gigabytes(one.size_bytes):>8} {_gigabytes(one.memory_bytes):>8}  {state:16} {licence}")
    click.echo(f"\nThe model folder is {settings.models_path}; any GGUF file in it can be used.")


@model.command()
@click.argument("name")
def pull(name: str) -> None:
    """Download NAME, or go on with its download; Ctrl-C stops it, and what has come is kept."""
    from storybot.errors import StorybotError
    from storybot.local import hub

    settings = _settings()
    entry = _entry(settings, name)
    meter = _Meter(sys.stdout.isatty())
    try:
        path = hub.pull(entry, settings.models_path, meter.tell)
    except StorybotError as error:
        meter.end()
        _refuse(error.detail)
    except KeyboardInterrupt:
        meter.end()
        _refuse(f"Stopped. What has come is kept; `storybot model pull {name}` goes on from there.")
    meter.end()
    click.echo(f"{path} is here. `storybot model use {name}` has it write your stories.")


@model.command()
@click.argument("name")
def rm(name: str) -> None:
    """Delete NAME from this machine."""
    from storybot.errors import StorybotError
    from storybot.local.removing import remove

    settings = _settings()
    try:
        freed = remove(settings.models_path, settings.run_path, name)
    except StorybotError as error:
        _refuse(error.detail)
    click.echo(f"{name} is deleted; {_gigabytes(freed)} are free again.")


@model.command()
@click.argument("name")
def use(name: str) -> None:
    """Have NAME write the stories that choose nothing else."""
    from storybot.local import shelf

    settings = _settings()
    if name not in shelf.files(settings.models_path):
        _refuse(f"{name} is not here: `storybot model pull {name}` downloads it, `storybot model list` shows what there is.")
    if settings.accounts == "on":
        click.echo(f"With accounts, the operator's settings decide: set STORYBOT_ENGINE=local and STORYBOT_LOCAL_MODEL={name}, and start again.")
        return
    _make_default(settings, name)
    click.echo(f"{name} writes your stories from now on.")


@model.command()
@click.argument("name")
@click.option("--port", default=0, show_default="a free one", type=click.IntRange(0, 65535), help="Port on loopback.")
@click.option("--slots", type=click.IntRange(1, 64), help="Stories at the same time.")
@click.option("--context", "context_tokens", type=click.IntRange(256), help="Context of each, in tokens.")
@click.option("--threads", type=click.IntRange(0, 512), help="Threads to compute with; 0: as many as there are cores.")
@click.option("--idle-s", default=0, type=click.IntRange(0), help="End after so many seconds without a story; 0: never.")
@click.option("--models", type=click.Path(path_type=Path), hidden=True)
@click.option("--run", "folder", type=click.Path(path_type=Path), hidden=True)
@click.option("--supervisor", "supervisor_pid", type=int, hidden=True)
def serve(
    name: str,
    port: int,
    slots: int | None,
    context_tokens: int | None,
    threads: int | None,
    idle_s: int,
    models: Path | None,
    folder: Path | None,
    supervisor_pid: int | None,
) -> None:
    """Run NAME in the foreground: an OpenAI-compatible server on loopback, which Storybot's workers find and use."""
    from storybot.cli import _follow
    from storybot.local import run, serve
    from storybot.local.cores import cores

    _follow(supervisor_pid)
    if models is None or folder is None or slots is None or context_tokens is None or threads is None:
        settings = _settings()
        models, folder = models or settings.models_path, folder or settings.run_path
        slots, context_tokens = slots or settings.local_slots, context_tokens or settings.context_tokens
        threads = settings.local_threads if threads is None else threads
    wishes = serve.Wishes(slots=slots, context_tokens=context_tokens, threads=threads or cores(), port=port, idle_s=idle_s)
    status = serve.serve(name, models, folder, wishes)
    refused = run.refusal(folder, name, os.getpid()) if status == serve.REFUSED else None
    if status == serve.TAKEN:
        click.echo(f"storybot: {name} is served by another process already.", err=True)
    elif refused:
        click.echo(f"storybot: {refused.detail}", err=True)
    sys.exit(status)


class _Meter:
    """Shows how far a download is: on one line of a terminal that changes, else on a line now and then."""

    def __init__(self, in_place: bool) -> None:
        self._in_place = in_place
        self._next = 0.0
        self._pace: Pace | None = None

    def tell(self, done: int, total: int) -> None:
        """done, total: in bytes."""
        moment = time.monotonic()
        if self._pace is None:
            self._pace = Pace(done)
        self._pace.count(done)
        if moment < self._next and done < total:
            return
        self._next = moment + (TELL_S if self._in_place else 20 * TELL_S)
        left = self._pace.seconds_left(total)
        rest = "" if left is None else f", {left // 60}:{left % 60:02} left"
        line = f"{done / max(total, 1):4.0%} of {_gigabytes(total)}, {self._pace.bytes_per_s / 1e6:.1f} MB/s{rest}"
        click.echo(f"\r{line:60}" if self._in_place else line, nl=not self._in_place)

    def end(self) -> None:
        """Leave the line."""
        if self._in_place:
            click.echo()


def _make_default(settings: "Settings", name: str) -> None:
    from sqlalchemy.orm import Session

    from storybot import schema
    from storybot.db import make_engine, writing
    from storybot.models import LOCAL_OWNER_ID, Configuration, insert_default_config

    schema.upgrade(settings)
    database = make_engine(settings.sqlalchemy_url)
    with Session(database) as session, writing(session):
        insert_default_config(session)
        session.flush()
        configuration = session.get_one(Configuration, LOCAL_OWNER_ID)
        configuration.engine, configuration.model = "local", name
    database.dispose()


def _entry(settings: "Settings", name: str) -> "Entry":
    from storybot.local.catalogue import catalogue

    offered = catalogue(settings.models_path)
    if name not in offered:
        _refuse(f"There is no model {name!r} to download: `storybot model list` shows which there are.")
    return offered[name]


def _gigabytes(size: int | None) -> str:
    return "?" if size is None else f"{size / 1e9:.2f} GB"


def _settings() -> "Settings":
    from storybot.settings import SettingsError, read_settings

    try:
        return read_settings()
    except SettingsError as error:
        click.echo(f"storybot: {error}", err=True)
        sys.exit(EX_CONFIG)


def _refuse(sentence: str) -> NoReturn:
    click.echo(f"storybot: {sentence}", err=True)
    sys.exit(EX_DATAERR)
