"""The stories in docs/samples are those that the storyteller tells now, and there are all kinds of them."""

import importlib.util
from pathlib import Path

from storybot.brief import AGE_BANDS, LENGTHS

SCRIPT = Path(__file__).parents[3] / "scripts" / "samples.py"
SPEC = importlib.util.spec_from_file_location("samples", SCRIPT)
assert SPEC
assert SPEC.loader
samples = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(samples)


def test_the_samples_are_current() -> None:
    wanted = samples.rendered()
    kept = {path: path.read_text(encoding="utf-8") for path in samples.FOLDER.glob("*/*.md")}
    assert sorted(kept) == sorted(wanted)
    stale = [path.name for path, text in wanted.items() if kept[path] != text]
    assert not stale, "run make samples"


def test_the_samples_are_of_all_kinds() -> None:
    for every in samples.SAMPLES.values():
        assert len(every) == 15
        assert {one.age_band for one in every} == set(AGE_BANDS)
        assert {one.length for one in every} == set(LENGTHS)
        assert len({one.tone for one in every}) == 5
