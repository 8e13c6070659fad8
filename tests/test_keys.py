"""The server's secret: made once, read by nobody else, and one key for each purpose."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storybot.accounts import keys
from storybot.accounts.keys import Keys
from storybot.settings import SettingsError, read_settings


def test_it_is_made_at_the_first_start_and_kept(tmp_path: Path) -> None:
    settings = read_settings(data_dir=tmp_path, accounts="on")
    first = keys.load(settings)
    path = tmp_path / keys.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) >= 64
    assert keys.load(settings).sign("csrf", "x") == first.sign("csrf", "x")
    assert [one.name for one in tmp_path.iterdir()] == [keys.FILE]


def test_processes_that_start_together_have_one(tmp_path: Path) -> None:
    settings = read_settings(data_dir=tmp_path, accounts="on")
    with ThreadPoolExecutor(8) as threads:
        made = [one.sign("csrf", "x") for one in threads.map(lambda _number: keys.load(settings), range(32))]
    assert len(set(made)) == 1
    assert [one.name for one in tmp_path.iterdir()] == [keys.FILE]


def test_one_that_is_set_is_taken_and_none_is_made(tmp_path: Path) -> None:
    settings = read_settings(data_dir=tmp_path, accounts="on", secret_key="a secret of thirty-two characters")
    assert keys.load(settings).sign("csrf", "x") == Keys("a secret of thirty-two characters").sign("csrf", "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short\n", "ü".encode() * 40])
def test_one_that_is_worthless_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / keys.FILE).write_bytes(content)
    with pytest.raises(SettingsError, match="STORYBOT_SECRET_KEY is not set"):
        keys.load(read_settings(data_dir=tmp_path, accounts="on"))


def test_each_purpose_has_a_key_of_its_own() -> None:
    made, other = Keys("x" * 32), Keys("y" * 32)
    assert len({made.of("csrf"), made.of("links"), other.of("csrf")}) == 3
    assert made.sign("csrf", "a") != made.sign("links", "a")
    assert made.sign("csrf", "a") != made.sign("csrf", "b")
