"""A PostgreSQL server for a test: one that the environment names, or a temporary one from Debian's package."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.processes.harness import free_port
from tests.requirements import need

#: SQLAlchemy URL of a server whose user may create databases.
VARIABLE = "STORYBOT_TEST_POSTGRES_URL"
#: Nothing of it is worth keeping, so nothing waits for a disk.
OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@contextlib.contextmanager
def server_url() -> Iterator[str]:
    """The URL of a server, without a database: `postgresql://…`. Skips (in CI: fails) where there is none."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    need(programs, f"a PostgreSQL server: set {VARIABLE}, or install Debian's package `postgresql`")
    need(os.geteuid() != 0 or shutil.which("runuser"), "runuser, to start PostgreSQL as another user than root")
    with _cluster(programs[-1].parent) as url:
        yield url


@contextlib.contextmanager
def database_url(server: str, name: str) -> Iterator[str]:
    """The URL of a new, empty database on that server, dropped at the end."""
    with psycopg.connect(server, autocommit=True, dbname="postgres") as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True, dbname="postgres") as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@contextlib.contextmanager
def _cluster(programs: Path) -> Iterator[str]:
    # Not pytest's folder: another user could not enter it. A short path: a socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="storybot-pg-", dir="/tmp"))
    port = free_port()
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *words: str) -> None:
        done = subprocess.run([*as_user, str(programs / program), *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    data = folder / "data"
    try:
        run("initdb", "-D", str(data), "-U", "storybot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        # Its own log, as pg_ctl would wait for whoever holds this process's pipe.
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -p {port} {OPTIONS}", "start")
        try:
            yield f"postgresql://storybot@/?host={folder}&port={port}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
