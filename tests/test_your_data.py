"""Export, import, erase: what goes out comes back the same, and what a stranger made changes nothing."""

import json
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from storybot import erasing, generations, prompts, stories
from storybot.brief import Brief, Hero
from storybot.db import writing
from storybot.errors import StillWriting
from storybot.exports import archive, markdown
from storybot.ids import new_id
from storybot.imports import arrival
from storybot.imports.archive import read
from storybot.imports.refusals import TooLarge, Unreadable
from storybot.models import LOCAL_OWNER_ID, Configuration, Generation, Owner, Passage, Prompt, Story, Token
from storybot.stories import Choice

CHOICE = Choice("storyteller")
Content = dict[str, Any]


def _owner(database: Engine) -> str:
    with Session(database) as session, writing(session):
        owner = Owner(id=new_id())
        session.add(owner)
        session.flush()
        session.add(Configuration(owner_id=owner.id))
        return owner.id


def _fill(database: Engine, owner_id: str, texts: list[str]) -> str:
    """One story: the first text by an engine, the rest in every way that a tree grows."""
    with Session(database) as session, writing(session):
        idea = prompts.add(session, owner_id, texts[0])
        brief = Brief(prompt=texts[0], language="de", hero=Hero(name="Mia", age=7))
        begun = stories.create(session, owner_id, brief, CHOICE, prompt_id=idea.id, seed=7)
        generations.append(session.connection(), [(begun.generation.number, 1, generations.TEXT, texts[0])])
        generations.finish(session.connection(), begun.generation.number, "done", tokens=3)
        session.expire_all()
        for number, text in enumerate(texts[1:]):
            place = stories.passage_of(session, begun.story, None)
            if number % 3 == 1 and text != place.text:
                stories.edit(session, begun.story, place, text)
            elif number % 3 == 2:
                stories.undo(session, begun.story)
            else:
                stories.write(session, begun.story, place, text)
        return begun.story.id


def _exported(database: Engine, owner_id: str, folder: Path) -> Path:
    path = folder / f"{owner_id}.zip"
    archive.export(database, owner_id, path)
    return path


def _plain(path: Path) -> Any:
    """The content with every id replaced by its rank, so that equal trees are equal."""
    content = read(path)
    names: dict[str, str] = {}
    text = msgspec.json.encode({"c": content.configuration, "p": content.prompts, "s": content.stories}).decode()
    ids = {one.id for one in content.stories} | {p.id for one in content.stories for p in one.passages}
    ids |= {p.generation.id for one in content.stories for p in one.passages if p.generation}
    for rank, one in enumerate(sorted(ids)):
        names[one] = f"id-{rank}"
        text = text.replace(one, names[one])
    plain = json.loads(text)
    numbers = {prompt["id"]: rank for rank, prompt in enumerate(plain["p"])}
    for prompt in plain["p"]:
        prompt["id"] = numbers[prompt["id"]]
    for story in plain["s"]:
        story["prompt_id"] = numbers.get(story["prompt_id"])
    return plain


_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40).filter(lambda text: text.strip())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=st.lists(st.lists(_words, min_size=1, max_size=6), min_size=1, max_size=3))
def test_what_goes_out_comes_back_the_same(database: Engine, tmp_path: Path, told: list[list[str]]) -> None:
    owner, other = _owner(database), _owner(database)
    for texts in told:
        _fill(database, owner, texts)
    with Session(database) as session, writing(session):
        session.get_one(Configuration, owner).theme = "night"
    first = _exported(database, owner, tmp_path)
    result = arrival.take_in(database, other, read(first))
    assert (result.stories, result.stories_known, result.configuration_taken) == (len(told), 0, True)
    assert _plain(_exported(database, other, tmp_path)) == _plain(first)
    again = arrival.take_in(database, other, read(first))
    assert (again.stories, again.prompts, again.stories_known) == (0, 0, len(told))


def test_one_owner_gets_back_what_was_erased_under_the_same_ids(database: Engine, tmp_path: Path) -> None:
    story_id = _fill(database, LOCAL_OWNER_ID, ["Es war einmal.", "Und dann.", "Anders."])
    kept = read(_exported(database, LOCAL_OWNER_ID, tmp_path))
    assert arrival.take_in(database, LOCAL_OWNER_ID, kept).stories == 0
    steps: list[tuple[int, int]] = []
    assert erasing.erase(database, LOCAL_OWNER_ID, lambda done, total: steps.append((done, total))) == 1
    assert steps == [(1, 1)]
    with Session(database) as session:
        assert [session.scalar(select(func.count()).select_from(kind)) for kind in (Story, Passage, Generation, Token, Prompt)] == [0] * 5
        assert session.get_one(Configuration, LOCAL_OWNER_ID).theme == "system"
    assert arrival.take_in(database, LOCAL_OWNER_ID, kept).stories == 1
    assert archive.story(database, LOCAL_OWNER_ID, story_id) is not None


def test_a_story_that_was_changed_since_gets_its_old_self_beside_it_once(database: Engine, tmp_path: Path) -> None:
    story_id = _fill(database, LOCAL_OWNER_ID, ["Once.", "Then."])
    kept = read(_exported(database, LOCAL_OWNER_ID, tmp_path))
    with Session(database) as session, writing(session):
        stories.rename(stories.find(session, LOCAL_OWNER_ID, story_id), "Anew")
    counts = [arrival.take_in(database, LOCAL_OWNER_ID, kept).stories for _ in range(2)]
    assert counts == [1, 0]


def test_erasing_leaves_others_alone(database: Engine) -> None:
    other = _owner(database)
    theirs = _fill(database, other, ["Theirs."])
    _fill(database, LOCAL_OWNER_ID, ["Mine."])
    erasing.erase(database, LOCAL_OWNER_ID)
    assert archive.story(database, other, theirs) is not None
    assert archive.story(database, LOCAL_OWNER_ID, theirs) is None


def test_erasing_stops_what_waits_and_says_when_a_worker_does_not_stop(database: Engine) -> None:
    with Session(database) as session, writing(session):
        stories.create(session, LOCAL_OWNER_ID, Brief(prompt="Waits"), CHOICE)
    assert erasing.erase(database, LOCAL_OWNER_ID) == 1
    with Session(database) as session, writing(session):
        stories.create(session, LOCAL_OWNER_ID, Brief(prompt="Runs"), CHOICE).generation.state = "running"
    with pytest.raises(StillWriting):
        erasing.erase(database, LOCAL_OWNER_ID, stop_s=0)


def test_what_came_in_is_read_as_any_other_story(database: Engine, client: FlaskClient, told: Callable[..., Content], tmp_path: Path) -> None:
    story = told("One.", " Two.")
    before = client.get(f"/stories/{story['id']}/passages").json
    path = _exported(database, LOCAL_OWNER_ID, tmp_path)
    erasing.erase(database, LOCAL_OWNER_ID)
    arrival.take_in(database, LOCAL_OWNER_ID, read(path))
    after = client.get(f"/stories/{story['id']}/passages").json
    assert [(one["id"], one["text"], one["state"]) for one in after] == [(one["id"], one["text"], one["state"]) for one in before]
    events = client.get(after[0]["generation"]["events"]).data.decode()
    assert '"One. Two."' in events
    assert "event: done" in events


def test_the_readable_stories_leave_the_bin_out_and_lead_nowhere(database: Engine, tmp_path: Path) -> None:
    binned, _shelved = (_fill(database, LOCAL_OWNER_ID, ['../../Ein Fuchs: "im" Schnee', "Ende."]) for _ in range(2))
    with Session(database) as session, writing(session):
        stories.into_bin(session, stories.find(session, LOCAL_OWNER_ID, binned))
    with zipfile.ZipFile(_exported(database, LOCAL_OWNER_ID, tmp_path)) as packed:
        names = packed.namelist()
        assert names == ["storybot.json", names[1]]
        assert names[1].startswith("stories/0002-ein-fuchs-im-schnee")
        text = packed.read(names[1]).decode()
    assert 'for: "Mia"' in text
    assert text.endswith("Ende.\n")
    assert markdown.file_name(3, "…") == "stories/0003-story.md"


# Archives that a stranger made


def _change(database: Engine, folder: Path, change: Callable[[Content], object]) -> Path:
    _fill(database, LOCAL_OWNER_ID, ["Once.", "Two.", "Other."])
    with zipfile.ZipFile(_exported(database, LOCAL_OWNER_ID, folder)) as packed:
        content = json.loads(packed.read("storybot.json"))
    change(content)
    return _zip(folder, json.dumps(content))


def _zip(folder: Path, content: str | bytes, name: str = "storybot.json", **others: str) -> Path:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
        for number, other in enumerate(others.values()):
            packed.writestr(other, str(number))
    return path


def _circle(content: Content) -> None:
    first, second, *_ = content["stories"][0]["passages"]
    first["parent_id"], first["next_id"] = second["id"], None


def _first(content: Content, **values: Any) -> None:
    content["stories"][0]["passages"][0].update(values)


def _story(content: Content, **values: Any) -> None:
    content["stories"][0].update(values)


CHANGES: dict[str, Callable[[Content], object]] = {
    "circle": _circle,
    "own parent": lambda c: _first(c, parent_id=c["stories"][0]["passages"][0]["id"]),
    "strange parent": lambda c: _first(c, parent_id=new_id()),
    "strange head": lambda c: _story(c, head_id=new_id()),
    "wrong step": lambda c: _story(c, step=999),
    "no passages": lambda c: _story(c, passages=[]),
    "twins": lambda c: c["stories"].append(c["stories"][0]),
    "number for text": lambda c: _first(c, text=1),
    "NUL": lambda c: _first(c, text="a\x00b"),
    "NUL in the brief": lambda c: c["stories"][0]["brief"].update(prompt="a\x00"),
    "path for id": lambda c: _story(c, id="../../../etc/passwd"),
    "early time": lambda c: _story(c, created_at="0001-01-01T00:00:00Z"),
    "other zone": lambda c: _story(c, created_at="2026-01-01T00:00:00+02:00"),
    "unknown state": lambda c: c["stories"][0]["passages"][0]["generation"].update(state="running"),
    "version": lambda c: c.update(version=2),
    "format": lambda c: c.update(format="other"),
    "huge seed": lambda c: _story(c, seed=2**70),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_archive_is_refused(database: Engine, tmp_path: Path, name: str) -> None:
    path = _change(database, tmp_path, lambda _content: None)
    assert read(path).stories
    with pytest.raises(Unreadable, match="cannot be read"):
        read(_change(database, tmp_path, CHANGES[name]))


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000, b'{"format":' + b'{"a":' * 10_000, b'{"format": "\xff"}', b'"\\ud800"'])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(_zip(tmp_path, content))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "some.zip").write_bytes(b"PK\x03\x04 not at all")
    for path in (tmp_path / "some.zip", _zip(tmp_path, "{}", name="other.json")):
        with pytest.raises(Unreadable):
            read(path)
    for name in ("../evil", "/etc/passwd", "a/../../b", "C:\\evil"):
        with pytest.raises(Unreadable, match="leads out"):
            read(_zip(tmp_path, "{}", other=name))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = _zip(tmp_path, b" " * 50_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge):
        read(path, content_bytes=1_000_000)
    with pytest.raises(TooLarge):
        read(path, archive_bytes=10)


def test_a_deep_story_arrives(database: Engine, tmp_path: Path) -> None:
    def deepen(content: Content) -> None:
        story = content["stories"][0]
        first = story["passages"][0]
        plain = first | {"generation": None, "author": "reader", "action": "write", "source_id": None}
        chain = [plain | {"id": new_id(), "next_id": None} for _ in range(3000)]
        for parent, child in pairwise(chain):
            parent["next_id"], child["parent_id"] = child["id"], parent["id"]
        story.update(id=new_id(), passages=chain, steps=[chain[-1]["id"]], step=0, head_id=chain[-1]["id"])

    content = read(_change(database, tmp_path, deepen))
    assert arrival.take_in(database, LOCAL_OWNER_ID, content).stories == 1
    arrived = archive.story(database, LOCAL_OWNER_ID, content.stories[0].id)
    assert arrived is not None
    assert len(markdown.branch(arrived)) == 3000
