"""Generations and their log: limits, stops, ends, reclaiming, and folding without a trace."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from storybot import generations, stories
from storybot.brief import Brief
from storybot.clock import now
from storybot.db import writing
from storybot.errors import NotFound, TooManyGenerations
from storybot.generations import END, MAX_BARREN_CLAIMS, TEXT, Piece
from storybot.models import LOCAL_OWNER_ID, Generation, Passage, Story, Token
from storybot.stories import Choice
from storybot.trace import tracing


def _begin(session: Session) -> Generation:
    with writing(session):
        return stories.create(session, LOCAL_OWNER_ID, Brief(prompt="A dragon"), Choice("storyteller")).generation


def _append(session: Session, generation: Generation, *texts: str, first: int = 1) -> None:
    rows = [(generation.number, seq, TEXT, text) for seq, text in enumerate(texts, start=first)]
    with writing(session):
        generations.append(session.connection(), rows)


def _claim(session: Session, generation: Generation, worker_id: str = "w") -> bool:
    with writing(session):
        won = generations.claim(session.connection(), generation.number, worker_id)
    session.refresh(generation)
    return won


def _finish(session: Session, generation: Generation, state: str = "done", **more: int) -> None:
    with writing(session):
        generations.finish(session.connection(), generation.number, state, **more)
    session.refresh(generation)


def _now(session: Session, generation: Generation) -> Generation:
    session.rollback()
    session.refresh(generation)
    return generation


def test_a_generation_has_the_trace_of_the_click(session: Session) -> None:
    with tracing("trace-of-the-click"):
        assert _begin(session).trace_id == "trace-of-the-click"
    assert len(_begin(session).trace_id) == 32


def test_the_limit_counts_what_is_open_of_this_person(session: Session) -> None:
    running, waiting = _begin(session), _begin(session)
    _claim(session, running)
    generations.check_open(session, LOCAL_OWNER_ID, 3)
    generations.check_open(session, LOCAL_OWNER_ID, None)
    generations.check_open(session, "somebody-else", 1)
    with pytest.raises(TooManyGenerations) as caught:
        generations.check_open(session, LOCAL_OWNER_ID, 2)
    assert caught.value.facts["limit"] == 2
    _finish(session, waiting)
    generations.check_open(session, LOCAL_OWNER_ID, 2)


def test_only_its_owner_finds_it(session: Session) -> None:
    generation = _begin(session)
    assert generations.find(session, LOCAL_OWNER_ID, generation.id).id == generation.id
    with pytest.raises(NotFound):
        generations.find(session, "somebody-else", generation.id)


def test_the_queue_is_first_come_first_served(session: Session) -> None:
    begun = [_begin(session).number for _ in range(4)]
    assert generations.queued(session.connection(), 3) == begun[:3]
    assert generations.queued(session.connection(), 0) == []


def test_stopping_what_waits_ends_it_and_keeps_what_it_has(session: Session) -> None:
    generation = _begin(session)
    _append(session, generation, "Once", " upon")
    with writing(session):
        generations.request_stop(session, generation)
    assert (generation.state, generation.last_seq) == ("stopped", 2)
    assert session.get_one(Passage, generation.passage_id).text == "Once upon"
    with writing(session):
        generations.request_stop(session, generation)
    assert generations.pieces_after(session.connection(), generation.number, 1) == [Piece(2, TEXT, " upon"), Piece(3, END, "stopped")]


def test_stopping_what_runs_is_a_request_and_after_the_end_nothing(session: Session) -> None:
    generation = _begin(session)
    _claim(session, generation)
    with writing(session):
        generations.request_stop(session, generation)
    assert (generation.state, generation.stop_requested) == ("running", True)
    assert generations.stop_requests(session.connection(), "w") == [generation.number]
    assert generations.stop_requests(session.connection(), "another") == []
    _finish(session, generation, "stopped")
    assert generations.stop_requests(session.connection(), "w") == []
    other = _begin(session)
    _finish(session, other)
    with writing(session):
        generations.request_stop(session, other)
    assert (other.state, other.stop_requested) == ("done", False)


def test_an_end_moves_the_text_into_the_passage_and_counts(session: Session) -> None:
    generation = _begin(session)
    story = session.get_one(Story, generation.story_id)
    before = story.updated_at
    _append(session, generation, "Eins", " 🍐")
    _finish(session, generation, tokens=5, tokens_in=70, tokens_out=6)
    ended = _now(session, generation)
    assert (ended.state, ended.last_seq, ended.tokens, ended.tokens_in, ended.tokens_out) == ("done", 2, 5, 70, 6)
    assert ended.finished_at is not None
    assert session.get_one(Passage, generation.passage_id).text == "Eins 🍐"
    session.refresh(story)
    assert story.updated_at > before


@pytest.mark.parametrize(
    ("stop", "attempts", "state"),
    [(False, MAX_BARREN_CLAIMS - 1, "queued"), (False, MAX_BARREN_CLAIMS, "failed"), (True, MAX_BARREN_CLAIMS, "stopped"), (True, 1, "stopped")],
)
def test_what_a_dead_worker_held_goes_on_or_ends(session: Session, stop: bool, attempts: int, state: str) -> None:
    generation = _begin(session)
    _append(session, generation, "Kept.")
    _claim(session, generation)
    with writing(session):
        generation.attempts, generation.stop_requested = attempts, stop
    with writing(session):
        assert generations.reclaim(session.connection(), "another") == 0
        assert generations.reclaim(session.connection(), "w") == 1
    row = _now(session, generation)
    assert row.state == state
    assert (row.problem is not None) == (state == "failed")
    assert generations.written(session.connection(), generation.number) == ("Kept.", 1)
    assert session.get_one(Passage, generation.passage_id).text == ("" if state == "queued" else "Kept.")


def test_new_text_makes_earlier_claims_worth_their_while(session: Session) -> None:
    generation = _begin(session)
    _claim(session, generation)
    with writing(session):
        generations.mark_first_text(session.connection(), [generation.number])
    first = _now(session, generation).first_text_at
    assert first is not None
    assert generation.attempts == 0
    with writing(session):
        generations.give_back(session.connection(), "w", generation.number, tokens=2)
        generations.mark_first_text(session.connection(), [generation.number])
    assert _now(session, generation).first_text_at == first
    assert (generation.state, generation.tokens) == ("queued", 2)
    assert _claim(session, generation)
    assert not _claim(session, generation, "another")


@pytest.mark.parametrize("claims", [1, 3])
def test_who_goes_in_peace_takes_its_claim_back(session: Session, claims: int) -> None:
    generation = _begin(session)
    for _ in range(claims):
        assert _claim(session, generation)
        with writing(session):
            generations.give_back(session.connection(), "w", generation.number, tokens=0)
    assert (_now(session, generation).state, generation.attempts, generation.worker_id) == ("queued", 0, None)


def test_nothing_is_given_back_that_has_ended_or_is_another_s(session: Session) -> None:
    ended, others = _begin(session), _begin(session)
    _finish(session, ended, "failed")
    _claim(session, others, "another")
    with writing(session):
        for one in (ended, others):
            generations.give_back(session.connection(), "w", one.number, tokens=7)
    assert (_now(session, ended).state, ended.tokens) == ("failed", 0)
    assert (_now(session, others).state, others.tokens) == ("running", 0)


def test_a_dead_worker_s_tokens_are_counted_by_its_pieces(session: Session) -> None:
    generation = _begin(session)
    _claim(session, generation)
    _append(session, generation, "One", " two", " three")
    with writing(session):
        generations.reclaim(session.connection(), "w")
    assert (_now(session, generation).state, generation.tokens) == ("queued", 3)


@given(texts=st.lists(st.text(min_size=1, max_size=5), max_size=6), data=st.data())
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_folding_cannot_be_seen(database: Engine, texts: list[str], data: st.DataObject) -> None:
    state = data.draw(st.sampled_from(["done", "stopped", "failed"]))
    with Session(database, expire_on_commit=False) as session:
        generation = _begin(session)
        if texts:
            _append(session, generation, *texts)
        _finish(session, generation, state)
        before = [generations.pieces_after(session.connection(), generation.number, after) for after in range(len(texts) + 2)]
        with writing(session):
            generations.fold(session.connection(), now())
        assert session.scalar(select(func.count()).select_from(Token).where(Token.generation == generation.number)) == 0
        assert _now(session, generation).piece_lengths == [len(text) for text in texts]
        folded = [generations.pieces_after(session.connection(), generation.number, after) for after in range(len(texts) + 1)]
        assert folded == before[:-1]
        assert folded[-1] == [Piece(len(texts) + 1, END, state)]


def test_only_what_ended_before_is_folded_and_only_so_many_at_once(session: Session) -> None:
    begun = [_begin(session) for _ in range(4)]
    for one in begun[:3]:
        _append(session, one, "Text.")
        _finish(session, one)
    _append(session, begun[3], "Open.")
    with writing(session):
        begun[2].finished_at = now() + timedelta(hours=1)
    with writing(session):
        assert [generations.fold(session.connection(), now(), limit=1) for _ in range(3)] == [1, 1, 0]
    left = set(session.scalars(select(Token.generation)))
    assert left == {begun[2].number, begun[3].number}
    assert generations.pieces_after(session.connection(), begun[3].number, 1) == []


def test_a_title_is_the_engines_until_a_reader_gives_one(session: Session) -> None:
    generation = _begin(session)
    story = session.get_one(Story, generation.story_id)

    def titled(title: str) -> str:
        with writing(session):
            generations.give_title(session.connection(), generation.number, title)
        session.refresh(story)
        return story.title

    assert titled("First") == "First"
    assert titled("Second") == "Second"
    with writing(session):
        stories.rename(story, "Mine")
    assert titled("Third") == "Mine"
