"""The tree of a story: whatever is done, nothing is overwritten or lost, and undo leads back."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from storybot import generations, stories
from storybot.brief import Brief
from storybot.db import writing
from storybot.errors import Conflict, NotFound, NothingToRedo, NothingToUndo, StillWriting
from storybot.models import LOCAL_OWNER_ID, Passage, Story
from storybot.stories import Choice

CHOICE = Choice("storyteller")


def _begin(session: Session, text: str | None = "Once.") -> Story:
    begun = stories.create(session, LOCAL_OWNER_ID, Brief(prompt="A dragon"), CHOICE)
    if text is not None:
        _write(session, begun.first, text)
    return begun.story


def _write(session: Session, passage: Passage, text: str) -> None:
    """Let the passage's generation end with this text."""
    generation = generations.of_passages(session, [passage.id])[passage.id]
    row = (generation.number, 1, generations.TEXT, text)
    generations.append(session.connection(), [row])
    generations.finish(session.connection(), generation.number, "done")
    session.expire_all()


def _texts(session: Session, story: Story) -> list[str]:
    return [passage.text for passage in stories.path(session, story.head_id)]


def test_editing_in_the_middle_carries_over_what_follows(session: Session) -> None:
    with writing(session):
        story = _begin(session)
        first = stories.path(session, story.head_id)[0]
        stories.write(session, story, first, "Two.")
        stories.write(session, story, stories.passage_of(session, story, None), "Three.")
        edited = stories.edit(session, story, first, "Anew.")
    assert _texts(session, story) == ["Anew.", "Two.", "Three."]
    assert first.text == "Once."
    assert edited.source_id == first.id
    with writing(session):
        stories.undo(session, story)
    assert _texts(session, story) == ["Once.", "Two.", "Three."]


def test_choosing_leads_back_to_where_one_read(session: Session) -> None:
    with writing(session):
        story = _begin(session)
        first = stories.path(session, story.head_id)[0]
        second = stories.write(session, story, first, "Two.")
        last = stories.write(session, story, second, "Three.")
        other = stories.edit(session, story, second, "Another two.")
        stories.choose(session, story, second)
    assert story.head_id == last.id
    with writing(session):
        stories.choose(session, story, other)
    assert _texts(session, story) == ["Once.", "Another two.", "Three."]


def test_what_is_being_written_is_left_alone(session: Session) -> None:
    with writing(session):
        story = _begin(session, text=None)
        open_one = stories.passage_of(session, story, None)
        for act in (
            lambda: stories.go_on(session, story, open_one, CHOICE),
            lambda: stories.retry(session, story, open_one, CHOICE),
            lambda: stories.edit(session, story, open_one, "x"),
            lambda: stories.write(session, story, open_one, "x"),
            lambda: stories.delete_for_ever(session, story),
        ):
            with pytest.raises(StillWriting):
                act()
        stories.into_bin(session, story)
        stories.delete_for_ever(session, story)
    assert session.scalar(select(Passage.id)) is None


def test_refusals(session: Session) -> None:
    with writing(session):
        story = _begin(session)
        first = stories.passage_of(session, story, None)
        with pytest.raises(NothingToUndo):
            stories.undo(session, story)
        with pytest.raises(NothingToRedo):
            stories.redo(session, story)
        with pytest.raises(Conflict):
            stories.edit(session, story, first, first.text)
        with pytest.raises(NotFound):
            stories.passage_of(session, story, "nothing")
        with pytest.raises(NotFound):
            stories.find(session, "somebody-else", story.id)


class Tree(RuleBasedStateMachine):
    """Any order of actions, against a list of the places where the head has been."""

    database: Engine

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(self.database, expire_on_commit=False)
        with writing(self.session):
            self.story = _begin(self.session)
        self.known = {passage.id: passage.text for passage in stories.path(self.session, self.story.head_id)}
        self.steps = [self.story.head_id]
        self.step = 0

    def teardown(self) -> None:
        self.session.close()

    def _moved(self) -> None:
        if self.story.head_id != self.steps[self.step]:
            self.steps = [*self.steps[: self.step + 1], self.story.head_id]
            self.step += 1

    def _some(self, chance: int) -> Passage:
        ids = sorted(self.known)
        return self.session.get_one(Passage, ids[chance % len(ids)])

    @rule(chance=st.integers(0, 99), text=st.text(min_size=1, max_size=8), action=st.sampled_from(["edit", "write", "retry", "continue"]))
    def act(self, chance: int, text: str, action: str) -> None:
        passage = self._some(chance)
        with writing(self.session) as session:
            if action == "edit" and text != passage.text:
                stories.edit(session, self.story, passage, text)
            elif action == "write":
                stories.write(session, self.story, passage, text)
            elif action in ("retry", "continue"):
                made = (stories.retry if action == "retry" else stories.go_on)(session, self.story, passage, CHOICE)
                _write(session, made, text)
        self._moved()

    @rule(chance=st.integers(0, 99))
    def choose(self, chance: int) -> None:
        with writing(self.session) as session:
            stories.choose(session, self.story, self._some(chance))
        self._moved()

    @precondition(lambda self: self.step > 0)
    @rule()
    def undo_and_redo_lead_back(self) -> None:
        here = self.story.head_id
        with writing(self.session) as session:
            stories.undo(session, self.story)
            assert self.story.head_id == self.steps[self.step - 1]
            stories.redo(session, self.story)
        assert self.story.head_id == here

    @precondition(lambda self: self.step > 0)
    @rule()
    def undo(self) -> None:
        with writing(self.session) as session:
            stories.undo(session, self.story)
        self.step -= 1

    @invariant()
    def nothing_is_lost_or_overwritten(self) -> None:
        kept = {passage.id: passage.text for passage in self.session.scalars(select(Passage).where(Passage.story_id == self.story.id))}
        assert {key: kept.get(key) for key in self.known} == self.known
        self.known = kept

    @invariant()
    def the_head_is_where_the_steps_say(self) -> None:
        assert self.story.head_id == self.steps[self.step]
        assert stories.can_redo(self.session, self.story) == (self.step < len(self.steps) - 1)
        branch = stories.path(self.session, self.story.head_id)
        assert branch[0].parent_id is None
        assert branch[-1].id == self.story.head_id


def test_any_order_of_actions_keeps_everything(database: Engine) -> None:
    Tree.database = database
    case = Tree.TestCase
    case.settings = settings(max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    case().runTest()
