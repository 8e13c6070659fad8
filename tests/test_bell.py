"""The bell between processes: it wakes everybody of a kind, and nothing depends on it."""

from pathlib import Path

import pytest

from storybot.bell import Bell, ring


@pytest.fixture(params=["short", "long"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder for bells; the long one is far beyond what a socket's address can hold."""
    made = tmp_path if request.param == "short" else tmp_path.joinpath(*["a-quite-long-name-of-a-folder"] * 8)
    made.mkdir(parents=True, exist_ok=True)
    return made


def test_it_rings_for_all_of_its_kind_and_for_no_other(folder: Path) -> None:
    one, two, other = Bell(folder, "tails"), Bell(folder, "tails"), Bell(folder, "workers")
    try:
        ring(folder, "tails")
        assert one.wait(1)
        assert two.wait(1)
        assert not other.wait(0.001)
    finally:
        for bell in (one, two, other):
            bell.close()


def test_many_rings_wake_once(folder: Path) -> None:
    bell = Bell(folder, "tails")
    try:
        for _ in range(3000):  # more than a socket holds: ringing never waits
            ring(folder, "tails")
        assert bell.wait(1)
        assert not bell.wait(0.001)
        ring(folder, "tails")
        bell.hush()
        assert not bell.wait(0.001)
        ring(folder, "tails")
        assert bell.wait(1)
    finally:
        bell.close()


def test_a_bell_that_is_closed_leaves_nothing_behind(folder: Path) -> None:
    bell = Bell(folder, "tails")
    assert len(list((folder / "tails").iterdir())) == 1
    bell.close()
    assert list((folder / "tails").iterdir()) == []


def test_a_dead_bell_is_taken_down_and_the_others_ring(folder: Path) -> None:
    dead, living = Bell(folder, "tails"), Bell(folder, "tails")
    try:
        dead._socket.close()  # as when its process is killed: the name stays
        ring(folder, "tails")
        assert living.wait(1)
        assert [path.name for path in (folder / "tails").iterdir()] == [living._name]
    finally:
        dead.close()
        living.close()


def test_ringing_where_nobody_is_does_no_harm(folder: Path) -> None:
    ring(folder, "nobody")
    (folder / "tails").mkdir()
    ring(folder, "tails")
    assert list((folder / "tails").iterdir()) == []


def test_ringing_keeps_no_file_open(folder: Path) -> None:
    bell = Bell(folder, "tails")
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(20):
            ring(folder, "tails")
        assert len(list(Path("/proc/self/fd").iterdir())) == before
    finally:
        bell.close()
