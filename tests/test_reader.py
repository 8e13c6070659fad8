"""Isolation in one place: every statement on a model of somebody's rows is narrowed to the reader's."""

from collections.abc import Callable, Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased, joinedload  # noqa: F401

from storybot import brief, generations, prompts, stories
from storybot.accounts import people
from storybot.db import db, writing
from storybot.models import Configuration, Generation, Passage, Prompt, ReaderProfile, Story
from storybot.reader import NoReader, Reader, bind, everybody
from storybot.stories import Choice

BRIEF = brief.Brief.from_json({"prompt": "A whale", "language": "en", "age_band": "6-8", "length": "short"})


@pytest.fixture
def owners(session: Session) -> tuple[str, str]:
    """Two people, each with a story and a prompt."""
    with writing(session):
        made = [people.create(session, f"{name}@example.com", None).owner_id for name in ("anna", "berta")]
        for owner_id in made:
            prompts.add(session, owner_id, f"of {owner_id}")
            stories.create(session, owner_id, BRIEF, Choice("storyteller"))
    return made[0], made[1]


@pytest.fixture
def inside(app_with_accounts: APIFlask, owners: tuple[str, str]) -> Iterator[Session]:
    """The database session of a request by the first of the two."""
    with app_with_accounts.test_request_context("/"):
        opened = db.session()
        bind(opened, Reader(owners[0], "an account"))
        yield opened


@pytest.mark.parametrize("model", [Configuration, Prompt, Story, Passage, Generation])
def test_a_select_without_any_condition_finds_what_is_the_readers(inside: Session, owners: tuple[str, str], model: type) -> None:
    assert {row.owner_id for row in inside.scalars(select(model))} == {owners[0]}


def test_wherever_the_model_stands_in_the_statement(inside: Session, owners: tuple[str, str]) -> None:
    other = aliased(Story)
    assert inside.scalar(select(func.count()).select_from(Story)) == 1
    assert inside.scalar(select(func.count()).select_from(Passage).join(Story, Story.id == Passage.story_id)) == 1
    assert inside.scalars(select(other.owner_id)).all() == [owners[0]]
    assert inside.scalars(select(Prompt.content).where(exists(select(Story.id).where(Story.owner_id == owners[1])))).all() == []
    assert inside.scalars(select(Prompt.id).where(Prompt.owner_id.in_(select(Story.owner_id)))).all().__len__() == 1
    inner = select(Story.owner_id.label("whose")).subquery()
    assert inside.scalars(select(inner.c.whose)).all() == [owners[0]]
    up = select(Passage.id, Passage.owner_id).cte("up", recursive=True)
    up = up.union(select(Passage.id, Passage.owner_id).join(up, Passage.parent_id == up.c.id))
    assert inside.scalars(select(up.c.owner_id)).all() == [owners[0]]
    assert set(inside.scalars(select(Story.owner_id).union_all(select(Prompt.owner_id)))) == {owners[0]}


def test_getting_by_key_finds_only_ones_own(inside: Session, session: Session, owners: tuple[str, str]) -> None:
    for owner_id, found in ((owners[0], True), (owners[1], False)):
        story_id = session.scalars(select(Story.id).where(Story.owner_id == owner_id)).one()
        assert (inside.get(Story, story_id) is not None) is found
        assert (inside.get(Configuration, owner_id) is not None) is found


def test_updates_and_deletes_reach_only_ones_own(inside: Session, session: Session, owners: tuple[str, str]) -> None:
    with writing(inside):
        assert inside.execute(update(Story).values(title="Mine")).rowcount == 1
        assert inside.execute(delete(Prompt)).rowcount == 1
    session.rollback()
    assert session.scalars(select(Story.title).where(Story.owner_id == owners[1])).one() != "Mine"
    assert session.scalars(select(Prompt.owner_id)).all() == [owners[1]]


def test_nothing_is_written_in_anothers_name(inside: Session, owners: tuple[str, str]) -> None:
    def forge() -> None:
        with writing(inside):
            prompts.add(inside, owners[1], "forged")

    with pytest.raises(NoReader):
        forge()


def test_a_request_without_a_reader_touches_nobodys_rows(app_with_accounts: APIFlask, owners: tuple[str, str]) -> None:
    with app_with_accounts.test_request_context("/"):
        for statement in (select(Story), select(func.count()).select_from(Prompt), update(Story).values(title="x"), delete(Prompt)):
            with pytest.raises(NoReader):
                db.session().execute(statement)


def test_everybodys_rows_are_seen_only_by_name(inside: Session) -> None:
    with everybody(inside):
        assert len(inside.scalars(select(Story.id)).all()) == 2
    assert len(inside.scalars(select(Story.id)).all()) == 1


def test_without_accounts_nothing_is_added_to_a_statement(app: APIFlask, app_with_accounts: APIFlask, owners: tuple[str, str]) -> None:
    with app.test_request_context("/"):
        assert len(db.session().scalars(select(Story.id)).all()) == 2


@pytest.fixture
def child(session: Session, owners: tuple[str, str]) -> Callable[..., Reader]:
    """A child of the first person, and a story on its shelf beside the grown-up's."""

    def make(*, needs_approval: bool = False) -> Reader:
        with writing(session):
            profile = ReaderProfile(owner_id=owners[0], name="Mia", age_band="6-8", needs_approval=needs_approval)
            session.add_all([profile, ReaderProfile(owner_id=owners[0], name="Tom", age_band="3-5")])
            session.flush()
            stories.create(session, owners[0], BRIEF, Choice("storyteller")).story.profile_id = profile.id
        return Reader(owners[0], "an account", profile.id, "member", needs_approval)

    return make


def test_a_child_sees_its_own_shelf_and_nothing_else(app_with_accounts: APIFlask, child: Callable[..., Reader]) -> None:
    reader = child()
    with app_with_accounts.test_request_context("/"):
        opened = db.session()
        bind(opened, reader)
        [shown] = opened.scalars(select(Story)).all()
        assert shown.profile_id == reader.profile_id
        assert [row.story_id for row in opened.scalars(select(Passage))] == [shown.id]
        assert [row.story_id for row in opened.scalars(select(Generation))] == [shown.id]
        assert opened.scalars(select(Prompt)).all() == []
        assert [row.name for row in opened.scalars(select(ReaderProfile))] == ["Mia"]
        assert generations.of_passages(opened, [shown.head_id]).keys() == {shown.head_id}


def test_a_child_who_needs_approval_sees_a_story_once_it_is_approved(
    app_with_accounts: APIFlask, session: Session, child: Callable[..., Reader]
) -> None:
    reader = child(needs_approval=True)
    with app_with_accounts.test_request_context("/"):
        opened = db.session()
        bind(opened, reader)
        for model in (Story, Passage, Generation):
            assert opened.scalars(select(model)).all() == []
        with writing(session):
            session.execute(update(Story).values(approved_at=func.current_timestamp()))
        opened.rollback()
        for model in (Story, Passage, Generation):
            assert len(opened.scalars(select(model)).all()) == 1
