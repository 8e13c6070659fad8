#!/usr/bin/python3
"""Backups on the server: make one, see whether the newest can be restored, restore one. Needs nothing but Debian's Python.

A backup is one file, `storybot-YYYYMMDDTHHMMSSZ.tar.gz`, readable for the service alone: the database (copied while it is
being written to), the keys of the data folder, and `manifest.json` with the checksums of both and the rows of each table.
"""

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PATTERN = "storybot-*.tar.gz"
STAMP = "storybot-%Y%m%dT%H%M%SZ.tar.gz"
DATABASE = "storybot.sqlite3"
DUMP = "storybot.pgdump"
MANIFEST = "manifest.json"
#: What else of the data folder is needed to read the database, and to keep sessions and links in mails.
KEYS = ("secret.key",)
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'"
#: What must stay free on the disk besides the backup itself.
ROOM_BYTES = 50_000_000


class BackupError(Exception):
    """Something is missing or broken; the message says what."""


def _folders() -> tuple[Path, Path, Path]:
    """Backups, data, code."""
    given = os.environ.get
    return (
        Path(given("BACKUP_DIR", "/var/backups/storybot")),
        Path(given("STORYBOT_DATA_DIR", "/var/lib/storybot")),
        Path(given("STORYBOT_CODE", "/srv/storybot/current")),
    )


def _storybot(*words: str, data: Path) -> None:
    """One of the program's own commands, with this data folder."""
    code = _folders()[2]
    variables = os.environ | {"STORYBOT_DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run([str(code / "venv/bin/python"), "-m", "storybot", *words], cwd=code, env=variables, capture_output=True, text=True)
    if found.returncode:
        raise BackupError(f"`storybot {' '.join(words)}` failed: {found.stderr.strip()[-500:]}")


def _sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _counts(database: Path) -> dict[str, int]:
    """Rows of each table. Raises: BackupError where the file is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check").fetchone()
            if said != "ok":
                raise BackupError(f"{database.name} is damaged: {said}")
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%'"
            )
            return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables.fetchall()}  # noqa: S608 - names of its own tables
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{database.name} is damaged: {error}") from error


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def make(now: datetime | None = None) -> Path:
    """Make a backup, copy it to the bucket where one is named, and remove those that are not kept any longer.

    Raises: BackupError.
    """
    backups, data, code = _folders()
    when = now or datetime.now(UTC)
    archive = backups / when.strftime(STAMP)
    with _workplace(backups) as folder:
        database = os.environ.get("STORYBOT_DATABASE_URL", "")
        if database.startswith("postgresql"):
            _dump(database, folder / DUMP)
            counts: dict[str, int] = {}
        else:
            _room(data / DATABASE, backups)
            _storybot("db", "backup", str(folder / DATABASE), data=data)
            counts = _counts(folder / DATABASE)
        for name in KEYS:
            if (data / name).is_file():
                shutil.copy(data / name, folder / name)
        files = sorted(file.name for file in folder.iterdir())
        manifest = {
            "made_at": when.isoformat(),
            "release": code.resolve().name,
            "rows": counts,
            "sha256": {name: _sum(folder / name) for name in files},
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        packed = folder / archive.name
        with tarfile.open(packed, "w:gz", compresslevel=6) as tar:
            for name in [MANIFEST, *files]:
                tar.add(folder / name, arcname=name, filter=_anonymous)
        packed.chmod(0o600)
        packed.rename(archive)
    _copy_away(archive)
    for old in expired([file.name for file in backups.glob(PATTERN)], *_kept()):
        (backups / old).unlink()
        print(f"removed {old}")
    print(f"{archive} {archive.stat().st_size / 1e6:.1f} MB, {counts.get('stories', 0)} stories")
    return archive


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _room(database: Path, backups: Path) -> None:
    needed = 2 * (database.stat().st_size if database.is_file() else 0) + ROOM_BYTES
    free = shutil.disk_usage(backups).free
    if free < needed:
        raise BackupError(f"{backups} has {free / 1e6:.0f} MB left, and a backup needs {needed / 1e6:.0f} MB: make room, or keep fewer.")


def _dump(url: str, target: Path) -> None:
    """A dump of a PostgreSQL database in its own format; the password stays out of the command line."""
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    found = subprocess.run(["pg_dump", "--format=custom", f"--file={target}"], env=os.environ | {"PGDATABASE": plain}, capture_output=True, text=True)
    if found.returncode:
        raise BackupError(f"pg_dump failed: {found.stderr.strip()[-500:]}")


def _kept() -> tuple[int, int, int]:
    return tuple(int(os.environ.get(f"BACKUP_KEEP_{name}", default)) for name, default in (("DAILY", 7), ("WEEKLY", 4), ("MONTHLY", 6)))  # type: ignore[return-value]


def expired(names: list[str], daily: int, weekly: int, monthly: int) -> list[str]:
    """Which of these backups are not kept: of each of the last so many days, weeks and months that have one, the newest is.

    The newest of all is always kept.
    """
    times = sorted(((datetime.strptime(name, STAMP).replace(tzinfo=UTC), name) for name in names), reverse=True)
    kept = {name for _, name in times[:1]}
    for count, period in ((daily, "%Y-%m-%d"), (weekly, "%G-%V"), (monthly, "%Y-%m")):
        newest: dict[str, str] = {}
        for time, name in times:
            newest.setdefault(time.strftime(period), name)
        kept |= set(list(newest.values())[:count])
    return sorted(name for _, name in times if name not in kept)


def _bucket() -> Any:
    import boto3  # Debian's python3-boto3, which is installed where a bucket is named

    return boto3.resource("s3").Bucket(os.environ["BACKUP_BUCKET"])


def _key(name: str) -> str:
    return "/".join(part for part in (os.environ.get("BACKUP_PREFIX", "").strip("/"), name) if part)


def _copy_away(archive: Path) -> None:
    if os.environ.get("BACKUP_BUCKET"):
        _bucket().upload_file(str(archive), _key(archive.name), ExtraArgs={"ServerSideEncryption": "AES256"})
        print(f"copied to s3://{os.environ['BACKUP_BUCKET']}/{_key(archive.name)}")


def fetch(name: str) -> Path:
    """Get a backup back from the bucket, where it does not lie here any more. Raises: BackupError."""
    backups = _folders()[0]
    target = backups / Path(name).name
    if not target.is_file() and os.environ.get("BACKUP_BUCKET"):
        with _workplace(backups) as folder:
            _bucket().download_file(_key(target.name), str(folder / target.name))
            (folder / target.name).chmod(0o600)
            (folder / target.name).rename(target)
    if not target.is_file():
        raise BackupError(f"There is no backup {target}: `backup.py list` shows those that there are.")
    return target


def names() -> list[str]:
    """The backups that lie here, oldest first."""
    return sorted(file.name for file in _folders()[0].glob(PATTERN))


def unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup and hold it against its manifest, which is returned. Raises: BackupError where it is not whole."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for entry in tar:
                if not entry.isfile() or entry.name not in (MANIFEST, DATABASE, DUMP, *KEYS):
                    raise BackupError(f"{archive.name} holds {entry.name!r}, which no backup does.")
                tar.extract(entry, folder, set_attrs=False)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise BackupError(f"{archive.name} is damaged: {error}") from error
    for name, expected in manifest["sha256"].items():
        if not (folder / name).is_file() or _sum(folder / name) != expected:
            raise BackupError(f"{archive.name} is damaged: {name} is not what it was.")
    return manifest


def check(name: str = "") -> None:
    """Restore a backup (default: the newest) beside everything, with the program as it is now, and compare. Raises: BackupError."""
    backups = _folders()[0]
    if not name and not names():
        raise BackupError(f"There is no backup in {backups} yet.")
    archive = fetch(name or names()[-1])
    with _workplace(backups) as folder:
        manifest = unpack(archive, folder)
        if (folder / DUMP).is_file():
            said = subprocess.run(["pg_restore", "--list", str(folder / DUMP)], capture_output=True, text=True)
            if said.returncode:
                raise BackupError(f"{archive.name} is damaged: {said.stderr.strip()[-500:]}")
            print(f"{archive.name}: pg_restore reads it, {len(said.stdout.splitlines())} entries")
            return
        if _counts(folder / DATABASE) != manifest["rows"]:
            raise BackupError(f"{archive.name} holds other rows than it says.")
        _storybot("db", "upgrade", data=folder)
        after = _counts(folder / DATABASE)
        for table in ("stories", "passages"):
            if after.get(table, 0) != manifest["rows"].get(table, 0):
                raise BackupError(f"{archive.name}: bringing it up to date changed the number of {table}.")
        print(f"{archive.name} can be restored: {after.get('stories', 0)} stories, {after.get('passages', 0)} passages, checksums and database whole")


def restore(name: str) -> None:
    """Put a backup in the place of the data (web and worker must not run); what was there is kept beside it. Raises: BackupError."""
    _, data, _ = _folders()
    archive = fetch(name)
    with _workplace(data) as folder:
        unpack(archive, folder)
        if (folder / DUMP).is_file():
            raise BackupError(f"{archive.name} is of a PostgreSQL database: restore it with pg_restore --clean --if-exists, as the runbook shows.")
        aside = data / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        aside.mkdir(mode=0o700)
        for old in [*data.glob(f"{DATABASE}*"), *(data / key for key in KEYS)]:
            if old.exists():
                old.rename(aside / old.name)
        for new in folder.iterdir():
            if new.name != MANIFEST:
                new.chmod(0o600)
                new.rename(data / new.name)
    _storybot("db", "upgrade", data=data)
    print(f"restored {archive.name}; what was there before is in {aside}")


def main() -> int:
    """The command line; returns the exit status."""
    options = argparse.ArgumentParser(description="Backups of Storybot's data.")
    verbs = options.add_subparsers(dest="verb", required=True)
    verbs.add_parser("make", help="make one now")
    verbs.add_parser("list", help="those that lie here")
    for verb, help_ in (("check", "whether it can be restored (default: the newest)"), ("restore", "put it in the place of the data")):
        verbs.add_parser(verb, help=help_).add_argument("name", nargs="?" if verb == "check" else None, default="")
    given = options.parse_args()
    try:
        if given.verb == "make":
            make()
        elif given.verb == "list":
            print("\n".join(names()) or "none yet")
        else:
            {"check": check, "restore": restore}[given.verb](given.name)
    except (BackupError, OSError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
