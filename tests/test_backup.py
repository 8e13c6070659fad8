"""A copy of the database that is whole, whatever is written meanwhile."""

import sqlite3
import threading
from pathlib import Path

import pytest

from storybot.backup import BackupError, back_up


@pytest.fixture
def live(tmp_path: Path) -> Path:
    path = tmp_path / "a # folder?" / "storybot.sqlite3"
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE pairs (a INTEGER, b INTEGER)")
    connection.executemany("INSERT INTO pairs VALUES (?, ?)", [(n, n) for n in range(20_000)])
    connection.commit()
    connection.close()
    return path


def test_a_copy_made_while_it_is_written_to_is_whole(live: Path, tmp_path: Path) -> None:
    over = threading.Event()

    def write() -> None:
        connection = sqlite3.connect(live, isolation_level=None)
        while not over.is_set():
            connection.execute("BEGIN")
            connection.execute("UPDATE pairs SET a = a + 1")
            connection.execute("UPDATE pairs SET b = b + 1")
            connection.execute("COMMIT")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        size = back_up(live, tmp_path / "copy")
    finally:
        over.set()
        writer.join()
    assert size == (tmp_path / "copy").stat().st_size
    assert not (tmp_path / "copy-wal").exists()
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    copy = sqlite3.connect(tmp_path / "copy")
    assert copy.execute("SELECT count(*), sum(a = b) FROM pairs").fetchone() == (20_000, 20_000)
    copy.close()


def test_nothing_is_written_over(live: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(BackupError, match="name a new file"):
        back_up(live, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "mine"


def test_what_cannot_be_copied_says_why_and_leaves_nothing(live: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        back_up(tmp_path / "nothing", tmp_path / "copy")
    with pytest.raises(BackupError, match="could not be written"):
        back_up(live, tmp_path / "nowhere" / "copy")
    live.write_bytes(b"no database at all" * 1000)
    with pytest.raises(BackupError, match="could not be written"):
        back_up(live, tmp_path / "copy")
    assert {path.name for path in tmp_path.iterdir()} == {live.parent.name}
