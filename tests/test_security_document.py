"""docs/security.md is whole and does not name what is not there."""

import re

import pytest

from tests.processes.harness import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TABLE = TEXT.split("## OWASP ASVS")[1]
#: How many requirements of levels 1 and 2 each section has, by its number; they come first in their sections but for the
#: gaps that stand behind. Source: OWASP ASVS 5.0.0.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5,
    "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4,
    "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3,
    "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4,
    "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if re.match(r"\| \d", line)]


def test_every_requirement_of_level_2_is_answered_once() -> None:
    wanted = {f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)}
    assert len(wanted) == 253
    apart = re.findall(r"\b\d+\.\d+\.\d+\b", TABLE.split("### What does not apply")[1])
    listed = [row[0] for row in ROWS] + apart
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == wanted


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_answer_is_one(row: list[str]) -> None:
    _number, requirement, state, where, _shown = row
    assert state in {"met", "partly", "not met", "operator"}
    assert requirement
    assert where


def test_every_file_that_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:storybot|tests|web|docs|scripts)/[\w./-]+|[\w.]+\.(?:toml|lock|example))`", TEXT)) - {"web/dist"}
    assert len(named) > 50
    assert not sorted(path for path in named if not (ROOT / path).exists())
