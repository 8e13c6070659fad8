"""What is sealed says nothing, and only the server's own secret opens it."""

from pathlib import Path

import pytest

from storybot.sealed import Seal, Unreadable
from storybot.settings import read_settings

VALUES = {"key": "sk-abc", "headers": {"X-Org": "Größe"}}


def _seal(folder: Path, secret: str | None = None) -> Seal:
    return Seal(read_settings(data_dir=folder, secret_key=secret))


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    sealed = _seal(tmp_path).seal(VALUES)
    assert "sk-abc" not in sealed
    assert _seal(tmp_path).open(sealed) == VALUES
    assert _seal(tmp_path).seal(VALUES) != sealed


def test_without_a_secret_one_is_made_that_only_its_owner_reads(tmp_path: Path) -> None:
    _seal(tmp_path)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("spoil", [lambda sealed: sealed[:-2] + "AA", lambda _sealed: "", lambda _sealed: "ü", lambda sealed: sealed[:20]])
def test_what_was_changed_is_not_read(tmp_path: Path, spoil: "object") -> None:
    seal = _seal(tmp_path)
    with pytest.raises(Unreadable):
        seal.open(spoil(seal.seal(VALUES)))  # type: ignore[operator]


def test_another_secret_opens_nothing(tmp_path: Path) -> None:
    sealed = _seal(tmp_path, "a" * 32).seal(VALUES)
    with pytest.raises(Unreadable):
        _seal(tmp_path, "b" * 32).open(sealed)
