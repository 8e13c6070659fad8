"""A copy of the database while it is being written to. Source: SQLite's online backup API."""

import sqlite3
from pathlib import Path
from urllib.parse import quote


class BackupError(Exception):
    """There is nothing to copy, or the copy may not be written there; the message says which."""


def back_up(database: Path, copy: Path) -> int:
    """Write a copy of the database, whole and checked, to a file that must not be there yet. Returns its size in bytes.

    Raises: BackupError.
    """
    if not database.is_file():
        raise BackupError(f"There is no database at {database} yet.")
    if copy.exists():
        raise BackupError(f"{copy} is there already: name a new file.")
    unfinished = copy.with_name(f".{copy.name}.unfinished")
    try:
        _copied(database, unfinished)
        unfinished.rename(copy)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"The copy could not be written to {copy}: {error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return copy.stat().st_size


def _copied(database: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    source, target = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True), sqlite3.connect(copy)
    try:
        source.backup(target, pages=4096, sleep=0.01)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    finally:
        target.close()
        source.close()
