"""The download from a hub that redirects, breaks off, lies and fills the disk: the file is right or absent, never half."""

import hashlib
import multiprocessing
import random
import resource
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storybot.local import hub as downloading
from storybot.local.catalogue import Entry
from storybot.local.memory import Shape
from storybot.local.problems import PullBusy, PullChecksum, PullNoSpace, PullNotFound, PullRefused, PullUnreachable
from storybot.local.shelf import parts
from tests.fakes.hub import Fault, Hub

CONTENT = random.Random(1).randbytes(300_000)
AT = "someone/model/file.gguf"


def _entry(**changed: Any) -> Entry:
    facts: dict[str, Any] = {
        "name": "tale-1b",
        "title": "Tale 1B",
        "parameters": 1.0,
        "repo": "someone/model",
        "file": "file.gguf",
        "revision": "main",
        "size_bytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "licence": "",
        "languages": (),
        "shape": Shape(1, 1, 1, 1, 1),
        "about": {},
    }
    return Entry(**facts | changed)


def _pull(hub: Hub, folder: Path, entry: Entry | None = None, progress: Any = lambda _done, _total: None) -> Path:
    return downloading.pull(entry or _entry(), folder, progress, endpoint=hub.endpoint, pauses_s=(0.0,))


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_it_comes_whole_and_says_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with Hub({AT: CONTENT}) as hub:
        path = _pull(hub, tmp_path, progress=lambda *step: told.append(step))
    assert path.read_bytes() == CONTENT
    assert _left(tmp_path) == ["tale-1b.gguf"]
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert told == sorted(told)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, len(CONTENT) // 4), min_size=1, max_size=4), whole=st.booleans())
def test_breaks_at_any_byte_do_no_harm(tmp_path: Path, cuts: list[int], whole: bool) -> None:
    folder = tmp_path / "models"
    shutil.rmtree(folder, ignore_errors=True)
    with Hub({AT: CONTENT}) as hub:
        hub.faults.extend([*(Fault(cut=cut) for cut in cuts), *([Fault(whole=True)] if whole else [])])
        assert _pull(hub, folder).read_bytes() == CONTENT
        asked = [int(one.removeprefix("bytes=").rstrip("-")) for one in hub.ranges[1:] if one]
    assert asked == sorted(asked)
    assert asked[0] == cuts[0]
    assert _left(folder) == ["tale-1b.gguf"]


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done > 100_000:
            raise Killed

    with Hub({AT: CONTENT}) as hub:
        with pytest.raises(Killed):
            _pull(hub, tmp_path, progress=stop)
        assert not (tmp_path / "tale-1b.gguf").exists()
        assert len(parts(tmp_path, "tale-1b")) == 1
        assert _pull(hub, tmp_path).read_bytes() == CONTENT
        assert hub.ranges[1] is not None
        assert hub.ranges[1].startswith("bytes=1")
    downloading.discard(tmp_path, "tale-1b")
    assert _left(tmp_path) == ["tale-1b.gguf"]


def test_a_wrong_sum_leaves_nothing(tmp_path: Path) -> None:
    with Hub({AT: CONTENT}) as hub:
        hub.faults.append(Fault(garbage=True))
        with pytest.raises(PullChecksum):
            _pull(hub, tmp_path)
        assert _left(tmp_path) == []
        assert _pull(hub, tmp_path).read_bytes() == CONTENT, "the next try begins anew"


def test_a_wrong_end_after_a_break_leaves_nothing(tmp_path: Path) -> None:
    with Hub({AT: CONTENT}) as hub:
        hub.faults.extend([Fault(cut=1000), Fault(garbage=True)])
        with pytest.raises(PullChecksum):
            _pull(hub, tmp_path)
    assert _left(tmp_path) == []


@pytest.mark.parametrize(("tag", "tells_sum"), [("f" * 64, True), (None, False)])
def test_another_file_than_the_catalogues_is_not_taken(tmp_path: Path, tag: str | None, tells_sum: bool) -> None:
    with Hub({AT: CONTENT}, tag=tag, tells_sum=tells_sum) as hub:
        entry = _entry() if tag else _entry(sha256=None, size_bytes=None)
        with pytest.raises(PullChecksum):
            _pull(hub, tmp_path, entry)
        assert not hub.ranges, "nothing was downloaded"


def test_where_the_catalogue_knows_no_sum_the_hubs_own_does(tmp_path: Path) -> None:
    entry = _entry(sha256=None, size_bytes=None)
    with Hub({AT: CONTENT}) as hub:
        hub.faults.append(Fault(garbage=True))
        with pytest.raises(PullChecksum):
            _pull(hub, tmp_path, entry)
        assert _pull(hub, tmp_path, entry).read_bytes() == CONTENT


def test_too_little_room_is_said_before_anything_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000))
    with Hub({AT: CONTENT}) as hub:
        with pytest.raises(PullNoSpace) as caught:
            _pull(hub, tmp_path)
        assert not hub.ranges
    assert caught.value.facts["free_bytes"] == 1000
    assert caught.value.facts["needed_bytes"] > len(CONTENT)


def _pull_with_little_room(endpoint: str, folder: Path, told: Any) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # the kernel itself refuses the next byte
    try:
        downloading.pull(_entry(), folder, lambda _done, _total: None, endpoint=endpoint, pauses_s=(0.0,))
    except PullNoSpace as error:
        told.put(error.slug)
    else:
        told.put("no problem")


def test_a_disk_that_is_full_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("fork")
    told = processes.Queue()
    with Hub({AT: CONTENT}) as hub:
        process = processes.Process(target=_pull_with_little_room, args=(hub.endpoint, tmp_path, told))
        process.start()
        assert told.get(timeout=30) == "pull-no-space"
        process.join()
    assert _left(tmp_path) == []


def test_one_download_of_a_model_at_a_time(tmp_path: Path) -> None:
    began = threading.Event()
    with Hub({AT: CONTENT}, rate=200_000) as hub:
        first = threading.Thread(target=_pull, args=(hub, tmp_path, None, lambda *_: began.set()))
        first.start()
        assert began.wait(10)
        with pytest.raises(PullBusy):
            _pull(hub, tmp_path)
        downloading.discard(tmp_path, "tale-1b")
        first.join(20)
    assert (tmp_path / "tale-1b.gguf").read_bytes() == CONTENT


def test_what_is_there_is_not_downloaded_again(tmp_path: Path) -> None:
    (tmp_path / "tale-1b.gguf").write_bytes(b"mine")
    with Hub({AT: CONTENT}) as hub:
        assert _pull(hub, tmp_path).read_bytes() == b"mine"
        assert not hub.ranges


def test_a_hub_that_wants_a_token_gets_none_it_has_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hub({AT: CONTENT}, gated=frozenset({"someone/model"})) as hub:
        with pytest.raises(PullRefused):
            _pull(hub, tmp_path)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        assert _pull(hub, tmp_path).read_bytes() == CONTENT
        assert set(hub.authorizations[1:]) == {"Bearer hf_secret"}


def test_what_the_hub_does_not_have_is_said(tmp_path: Path) -> None:
    with Hub({}) as hub, pytest.raises(PullNotFound):
        _pull(hub, tmp_path)


def test_a_hub_that_only_breaks_off_is_given_up_and_the_part_kept(tmp_path: Path) -> None:
    with Hub({AT: CONTENT}) as hub:
        hub.faults.extend([Fault(cut=5000), *[Fault(cut=0)] * 20])
        with pytest.raises(PullUnreachable):
            _pull(hub, tmp_path)
        assert 5 <= len(hub.ranges) <= 7
    assert [path.stat().st_size for path in parts(tmp_path, "tale-1b")] == [5000]
    with pytest.raises(PullUnreachable):
        _pull(hub, tmp_path)  # nobody listens there any more
