"""Backups by themselves: which are kept, that a damaged one is noticed, and a copy in a bucket."""

import json
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.host import backup
from storybot import schema
from storybot.settings import read_settings
from tests.processes.harness import ROOT

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with two ideas in it, and the program that made it."""
    data, code = tmp_path / "data", tmp_path / "code"
    schema.upgrade(read_settings(data_dir=data))
    with sqlite3.connect(data / backup.DATABASE) as database:
        database.execute("CREATE TABLE kept (text TEXT)")
        database.executemany("INSERT INTO kept VALUES (?)", [("one",), ("two",)])
    database.close()
    (data / "secret.key").write_text("k" * 64)
    code.mkdir()
    (code / "venv").symlink_to(sys.prefix)
    (code / "storybot").symlink_to(ROOT / "storybot")
    for name, value in {"BACKUP_DIR": tmp_path / "backups", "STORYBOT_DATA_DIR": data, "STORYBOT_CODE": code}.items():
        monkeypatch.setenv(name, str(value))
    return tmp_path


def _texts(file: Path) -> list[str]:
    database = sqlite3.connect(file)
    try:
        return [text for (text,) in database.execute("SELECT text FROM kept ORDER BY text")]
    finally:
        database.close()


def test_there_and_back(place: Path) -> None:
    made = backup.make(NOON)
    assert made.name == "storybot-20261123T120000Z.tar.gz"
    assert made.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(place / "data" / backup.DATABASE) as database:
        database.execute("INSERT INTO kept VALUES ('three')")
    database.close()
    (place / "data/secret.key").write_text("another")
    backup.check()
    backup.restore(made.name)
    assert _texts(place / "data" / backup.DATABASE) == ["one", "two"]
    assert (place / "data/secret.key").read_text() == "k" * 64
    [aside] = (place / "data").glob("before-restore-*")
    assert _texts(aside / backup.DATABASE) == ["one", "three", "two"]
    assert [path.name for path in (place / "backups").iterdir()] == [made.name], "nothing unfinished is left"


def _rewritten(archive: Path, change: dict[str, bytes]) -> None:
    folder = archive.parent / "unpacked"
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    for name, content in change.items():
        (folder / name).write_bytes(content)
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)


@pytest.mark.parametrize(
    "change", [{"secret.key": b"other"}, {backup.DATABASE: b"no database"}, {backup.MANIFEST: b"{"}, {"../evil": b""}, {"more": b""}]
)
def test_a_damaged_one_is_noticed_and_changes_nothing(place: Path, change: dict[str, bytes]) -> None:
    made = backup.make(NOON)
    _rewritten(made, change) if "../evil" not in change else _with_a_way_out(made)
    with pytest.raises(backup.BackupError, match=r"damaged|no backup does"):
        backup.check(made.name)
    with pytest.raises(backup.BackupError):
        backup.restore(made.name)
    assert _texts(place / "data" / backup.DATABASE) == ["one", "two"]


def _with_a_way_out(archive: Path) -> None:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(__file__, arcname="../evil")


def test_a_torn_one_is_noticed(place: Path) -> None:
    made = backup.make(NOON)
    made.write_bytes(made.read_bytes()[:-3000])
    with pytest.raises(backup.BackupError, match="damaged"):
        backup.check()


def test_a_full_disk_is_noticed_before(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "ROOM_BYTES", 10**18)
    with pytest.raises(backup.BackupError, match="make room"):
        backup.make(NOON)
    assert backup.names() == []


def test_those_that_are_kept() -> None:
    names = [(NOON - timedelta(days=day, hours=hour)).strftime(backup.STAMP) for day in range(400) for hour in (0, 6)]
    gone = backup.expired(names, 7, 4, 6)
    kept = sorted(set(names) - set(gone))
    days = [datetime.strptime(name, backup.STAMP).replace(tzinfo=UTC) for name in kept]
    assert kept[-1] == NOON.strftime(backup.STAMP)
    assert len({day.date() for day in days}) == len(days), "one a day"
    assert sum(day > NOON - timedelta(days=7) for day in days) == 7
    assert len({day.strftime("%Y-%m") for day in days}) == 6
    assert len(days) <= 7 + 4 + 6
    assert backup.expired(names[:1], 1, 0, 0) == []


def test_a_new_one_takes_the_place_of_an_old_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in (("DAILY", 2), ("WEEKLY", 0), ("MONTHLY", 0)):
        monkeypatch.setenv(f"BACKUP_KEEP_{name}", str(count))
    for day in range(4):
        backup.make(NOON + timedelta(days=day))
    assert backup.names() == ["storybot-20261125T120000Z.tar.gz", "storybot-20261126T120000Z.tar.gz"]


def test_a_copy_goes_to_the_bucket_and_comes_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3 = pytest.importorskip("boto3")
    from moto import mock_aws

    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BACKUP_BUCKET", "copies")
    monkeypatch.setenv("BACKUP_PREFIX", "my/site")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="copies", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        made = backup.make(NOON)
        shown = client.head_object(Bucket="copies", Key=f"my/site/{made.name}")
        assert shown["ServerSideEncryption"] == "AES256"
        made.unlink()
        backup.check(made.name)
        assert made.is_file()
        with tarfile.open(made) as tar:
            manifest = tar.extractfile(backup.MANIFEST)
            assert manifest is not None
            assert json.load(manifest)["rows"]["kept"] == 2
    monkeypatch.delenv("BACKUP_BUCKET")
    with pytest.raises(backup.BackupError, match="There is no backup"):
        backup.fetch("storybot-20200101T000000Z.tar.gz")
