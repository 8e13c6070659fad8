"""Generations and their token log: enqueue, claim, append, finish, stop, reclaim.

The table is the queue and a conditional UPDATE is the claim. Text is appended by the worker that holds the claim and
by nobody else; `workers.guard` fences one that was given up for dead. Web and worker both call this module; it knows
no HTTP and no engine.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from storybot import metrics
from storybot.clock import now
from storybot.errors import NotFound, TooManyGenerations, problem
from storybot.ids import new_id
from storybot.models import OPEN_STATES, Generation, Passage, Story, Token, table
from storybot.trace import current_trace_id, generate_trace_id

#: Claims without a single new piece of text after which a generation is given up.
MAX_BARREN_CLAIMS = 5

TEXT = "text"
END = "end"

_tokens = table(Token)
_generations = table(Generation)
_passages = table(Passage)
_stories = table(Story)

_INSERT = insert(_tokens)
_INSERT_SQLITE = "INSERT INTO token_log (generation_id, seq, kind, text) VALUES (?, ?, ?, ?)"
_FIRST_TEXT = (
    update(_generations)
    .where(_generations.c.id == bindparam("b_id"))
    .values(attempts=0, first_text_at=func.coalesce(_generations.c.first_text_at, bindparam("b_at", type_=_generations.c.first_text_at.type)))
)


class Piece(NamedTuple):
    """One row of the token log: `kind` is text, or end (then `text` is the state that the generation ended in)."""

    seq: int
    kind: str
    text: str


def enqueue(session: Session, story: Story, passage: Passage, *, engine: str, model: str | None, seed: int, variant: int) -> Generation:
    """A queued generation that is to write `passage`, in the caller's transaction."""
    generation = Generation(
        id=new_id(),
        owner_id=story.owner_id,
        story_id=story.id,
        passage_id=passage.id,
        engine=engine,
        model=model,
        seed=seed,
        variant=variant,
        trace_id=current_trace_id() or generate_trace_id(),
    )
    session.add(generation)
    return generation


def check_open(session: Session, owner_id: str, limit: int | None) -> None:
    """Refuse when `limit` generations of this owner are open already.

    Raises: TooManyGenerations.
    """
    if limit is None:
        return
    query = select(func.count()).select_from(Generation).where(Generation.owner_id == owner_id, Generation.state.in_(OPEN_STATES))
    if (session.scalar(query) or 0) >= limit:
        raise TooManyGenerations(f"{limit} passages are being written already: wait for one to end, or stop one.", limit=limit, retry_after_s=5)


def find(session: Session, owner_id: str, generation_id: str) -> Generation:
    """The generation. Raises: NotFound."""
    found = session.scalar(select(Generation).where(Generation.id == generation_id, Generation.owner_id == owner_id))
    if found is None:
        raise NotFound("There is no such generation.")
    return found


def of_passages(session: Session, passage_ids: Sequence[str]) -> dict[str, Generation]:
    """The generations of these passages, by passage id."""
    found = session.scalars(select(Generation).where(Generation.passage_id.in_(passage_ids)))
    return {generation.passage_id: generation for generation in found}


def request_stop(session: Session, generation: Generation) -> None:
    """Stop: at once where nobody writes yet, otherwise the worker will; text is kept; after the end it does nothing."""
    if generation.state == "queued":
        finish(session.connection(), generation.id, "stopped")
        metrics.GENERATIONS_FINISHED.labels(generation.engine, "stopped").inc()
    elif generation.state == "running":
        generation.stop_requested = True
        session.flush()
    session.refresh(generation)


def stop_story(session: Session, story_id: str) -> None:
    """Stop whatever is being written for this story."""
    for generation in session.scalars(select(Generation).where(Generation.story_id == story_id, Generation.state.in_(OPEN_STATES))):
        request_stop(session, generation)


def written(connection: Connection, generation_id: str) -> tuple[str, int]:
    """The text that is committed for an open generation, and the number of its last piece (0: none)."""
    rows = connection.execute(
        select(_tokens.c.seq, _tokens.c.text).where(_tokens.c.generation_id == generation_id, _tokens.c.kind == TEXT).order_by(_tokens.c.seq)
    ).all()
    return "".join(row.text for row in rows), rows[-1].seq if rows else 0


def pieces_after(connection: Connection, generation_id: str, after: int) -> list[Piece]:
    """All pieces with a number above `after`, in order; the end too, if it has come."""
    rows = connection.execute(
        select(_tokens.c.seq, _tokens.c.kind, _tokens.c.text)
        .where(_tokens.c.generation_id == generation_id, _tokens.c.seq > after)
        .order_by(_tokens.c.seq)
    ).all()
    if rows:
        return [Piece(*row) for row in rows]
    return _folded_pieces(connection, generation_id, after)


def _folded_pieces(connection: Connection, generation_id: str, after: int) -> list[Piece]:
    row = connection.execute(
        select(_generations.c.state, _generations.c.last_seq, _generations.c.piece_lengths, _passages.c.text)
        .join(_passages, _passages.c.id == _generations.c.passage_id)
        .where(_generations.c.id == generation_id)
    ).one_or_none()
    if row is None or row.state in OPEN_STATES:
        return []
    pieces, start = [], 0
    for seq, length in enumerate(row.piece_lengths or (), start=1):
        if seq > after:
            pieces.append(Piece(seq, TEXT, row.text[start : start + length]))
        start += length
    return [*pieces, Piece(row.last_seq + 1, END, row.state)]


# What only the worker calls; each in a transaction that `workers.guard` opened.


def queued(connection: Connection, limit: int) -> list[str]:
    """Ids of the generations that wait, oldest first."""
    query = select(_generations.c.id).where(_generations.c.state == "queued").order_by(_generations.c.id).limit(limit)
    return list(connection.scalars(query))


def claim(connection: Connection, generation_id: str, worker_id: str) -> bool:
    """Make the generation this worker's; False when it no longer waits."""
    won = connection.execute(
        update(_generations)
        .where(_generations.c.id == generation_id, _generations.c.state == "queued")
        .values(
            state="running",
            worker_id=worker_id,
            attempts=_generations.c.attempts + 1,
            started_at=func.coalesce(_generations.c.started_at, now()),
        )
    )
    return won.rowcount == 1


def stop_requests(connection: Connection, worker_id: str) -> list[str]:
    """Ids of this worker's generations that somebody wants stopped."""
    query = select(_generations.c.id).where(_generations.c.state == "running", _generations.c.worker_id == worker_id, _generations.c.stop_requested)
    return list(connection.scalars(query))


def append(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Append text: rows of {generation_id, seq, kind, text}, in order, of any number of generations."""
    if connection.dialect.name == "sqlite":  # the hottest write: a fifth of its price without SQLAlchemy's parameters
        connection.exec_driver_sql(_INSERT_SQLITE, [(row["generation_id"], row["seq"], row["kind"], row["text"]) for row in rows])
    else:
        connection.execute(_INSERT, rows)


def mark_first_text(connection: Connection, generation_ids: Iterable[str]) -> None:
    """Note that a claim has brought text: the time of the first one, and that its attempts are worth their while."""
    connection.execute(_FIRST_TEXT, [{"b_id": one, "b_at": now()} for one in generation_ids])


def give_title(connection: Connection, generation_id: str, title: str) -> None:
    """Title the generation's story, unless a reader did."""
    story_id = select(_generations.c.story_id).where(_generations.c.id == generation_id).scalar_subquery()
    connection.execute(update(_stories).where(_stories.c.id == story_id, _stories.c.title_by != "reader").values(title=title, title_by="engine"))


def keep_context(connection: Connection, generation_id: str, context: dict[str, Any]) -> None:
    """Keep what the engine is asked."""
    connection.execute(update(_generations).where(_generations.c.id == generation_id).values(context=context))


def finish(
    connection: Connection,
    generation_id: str,
    state: str,
    *,
    failure: dict[str, Any] | None = None,
    tokens: int = 0,
    tokens_in: int | None = None,
    tokens_out: int | None = None,
) -> None:
    """End the generation as done, stopped or failed: its text becomes the passage's, for ever, and readers are told."""
    text, last_seq = written(connection, generation_id)
    connection.execute(_INSERT, [{"generation_id": generation_id, "seq": last_seq + 1, "kind": END, "text": state}])
    row = connection.execute(
        update(_generations)
        .where(_generations.c.id == generation_id)
        .values(
            state=state,
            problem=failure,
            last_seq=last_seq,
            tokens=_generations.c.tokens + tokens,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            finished_at=now(),
        )
        .returning(_generations.c.passage_id, _generations.c.story_id)
    ).one()
    connection.execute(update(_passages).where(_passages.c.id == row.passage_id).values(text=text))
    connection.execute(update(_stories).where(_stories.c.id == row.story_id).values(updated_at=now()))


def release(connection: Connection, generation_id: str, tokens: int = 0) -> None:
    """Put a generation back into the queue with the text that it has; the next worker goes on from there."""
    connection.execute(
        update(_generations)
        .where(_generations.c.id == generation_id, _generations.c.state == "running")
        .values(state="queued", worker_id=None, tokens=_generations.c.tokens + tokens)
    )


def reclaim(connection: Connection, worker_id: str) -> int:
    """Take a dead worker's generations from it: back into the queue, or ended where nothing can come of them."""
    rows = connection.execute(
        select(_generations.c.id, _generations.c.engine, _generations.c.stop_requested, _generations.c.attempts, _generations.c.trace_id).where(
            _generations.c.worker_id == worker_id, _generations.c.state == "running"
        )
    ).all()
    for row in rows:
        if row.stop_requested:
            finish(connection, row.id, "stopped")
            metrics.GENERATIONS_FINISHED.labels(row.engine, "stopped").inc()
        elif row.attempts >= MAX_BARREN_CLAIMS:
            detail = f"Writing was begun {row.attempts} times and broke off each time before any new text came."
            gave_up = problem("engine-gave-up", 502, "The storyteller broke off", detail, trace_id=row.trace_id)
            finish(connection, row.id, "failed", failure=gave_up)
            metrics.GENERATIONS_FINISHED.labels(row.engine, "failed").inc()
        else:
            release(connection, row.id)
    return len(rows)


def fold(connection: Connection, finished_before: Any, limit: int = 100) -> int:
    """Replace the log rows of generations that ended long ago by the lengths of their pieces; returns how many.

    The text stands in the passage, so the pieces can be cut from it again, and the log stays as small as what is open.
    """
    ids = list(
        connection.scalars(
            select(_generations.c.id).where(_generations.c.finished_at < finished_before, _generations.c.piece_lengths.is_(None)).limit(limit)
        )
    )
    for generation_id in ids:
        lengths = [len(piece.text) for piece in pieces_after(connection, generation_id, 0) if piece.kind == TEXT]
        connection.execute(update(_generations).where(_generations.c.id == generation_id).values(piece_lengths=lengths))
        connection.execute(_tokens.delete().where(_tokens.c.generation_id == generation_id))
    return len(ids)
