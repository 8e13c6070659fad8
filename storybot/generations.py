"""Generations and their token log: enqueue, claim, append, finish, stop, reclaim.

The table is the queue and a conditional UPDATE is the claim. Text is appended by the worker that holds the claim and
by nobody else; `workers.guard` fences one that was given up for dead. Web and worker both call this module; it knows
no HTTP and no engine.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, insert, select, update
from sqlalchemy.orm import Session

from storybot import metrics
from storybot.clock import now
from storybot.errors import PROBLEM_TYPE, NotFound, TooManyGenerations, problem
from storybot.ids import new_id
from storybot.models import OPEN_STATES, QUEUED, RUNNING, UNFOLDED, Generation, Passage, Story, Token, table
from storybot.trace import current_trace_id, generate_trace_id

#: Claims without a single new piece of text after which a generation is given up.
MAX_BARREN_CLAIMS = 5

TEXT = "text"
END = "end"

_tokens = table(Token)
_generations = table(Generation)
_passages = table(Passage)
_stories = table(Story)

# Built once: building a statement costs more than SQLite's work on it.
_NUMBER = _generations.c.number == bindparam("b_number")
_OF_PASSAGE = _passages.c.id == select(_generations.c.passage_id).where(_NUMBER).scalar_subquery()
_OF_STORY = _stories.c.id == select(_generations.c.story_id).where(_NUMBER).scalar_subquery()

_APPEND = insert(_tokens)
_APPEND_SQLITE = "INSERT INTO token_log (generation, seq, kind, text) VALUES (?, ?, ?, ?)"
_PIECES_AFTER = (
    select(_tokens.c.seq, _tokens.c.kind, _tokens.c.text)
    .where(_tokens.c.generation == bindparam("b_number"), _tokens.c.seq > bindparam("b_after"))
    .order_by(_tokens.c.seq)
)
_FOLDED = (
    select(_generations.c.state, _generations.c.last_seq, _generations.c.piece_lengths, _passages.c.text)
    .join(_passages, _passages.c.id == _generations.c.passage_id)
    .where(_NUMBER)
)
_STREAM = select(_generations.c.number).where(_generations.c.id == bindparam("b_id"), _generations.c.owner_id == bindparam("b_owner_id"))
_COUNT_OPEN = [
    select(func.count()).select_from(_generations).where(_generations.c.owner_id == bindparam("b_owner_id"), state) for state in (QUEUED, RUNNING)
]
_QUEUED = select(_generations.c.number).where(QUEUED).order_by(_generations.c.number).limit(bindparam("b_limit"))
_CLAIM = (
    update(_generations)
    .where(_NUMBER, QUEUED)
    .values(
        state="running",
        worker_id=bindparam("b_worker_id"),
        attempts=_generations.c.attempts + 1,
        started_at=func.coalesce(_generations.c.started_at, bindparam("b_at", type_=_generations.c.started_at.type)),
    )
)
_STOP_REQUESTS = select(_generations.c.number).where(RUNNING, _generations.c.worker_id == bindparam("b_worker_id"), _generations.c.stop_requested)
_FIRST_TEXT = (
    update(_generations)
    .where(_NUMBER)
    .values(attempts=0, first_text_at=func.coalesce(_generations.c.first_text_at, bindparam("b_at", type_=_generations.c.first_text_at.type)))
)
_TITLE = update(_stories).where(_OF_STORY, _stories.c.title_by != "reader").values(title=bindparam("b_title"), title_by="engine")
_CONTEXT = update(_generations).where(_NUMBER).values(context=bindparam("b_context", type_=_generations.c.context.type))
_END = (
    update(_generations)
    .where(_NUMBER)
    .values(
        state=bindparam("b_state"),
        last_seq=bindparam("b_last_seq"),
        tokens=_generations.c.tokens + bindparam("b_tokens"),
        tokens_in=bindparam("b_tokens_in"),
        tokens_out=bindparam("b_tokens_out"),
        cost_micros=bindparam("b_cost_micros"),
        currency=bindparam("b_currency"),
        counted=bindparam("b_counted"),
        thinking_s=bindparam("b_thinking_s"),
        finished_at=bindparam("b_at", type_=_generations.c.finished_at.type),
    )
)
_PROBLEM = update(_generations).where(_NUMBER).values(problem=bindparam("b_problem", type_=_generations.c.problem.type))
_PASSAGE_TEXT = update(_passages).where(_OF_PASSAGE).values(text=bindparam("b_text"))
_STORY_CHANGED = update(_stories).where(_OF_STORY).values(updated_at=bindparam("b_at", type_=_stories.c.updated_at.type))


#: Told the number of a generation and how many tokens have come that nobody has counted yet.
Counter = Callable[[Connection, int, int], None]


class Piece(NamedTuple):
    """One row of the token log: `kind` is text, or end (then `text` is the state that the generation ended in)."""

    seq: int
    kind: str
    text: str


def queue_up(story: Story, passage: Passage, *, engine: str, model: str | None, seed: int, variant: int) -> Generation:
    """A queued generation that is to write `passage`; it counts when the caller has put it into the database."""
    return Generation(
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


def check_open(session: Session, owner_id: str, limit: int | None) -> None:
    """Refuse when `limit` generations of this owner are open already.

    Raises: TooManyGenerations.
    """
    if limit is not None and count_open(session.connection(), owner_id) >= limit:
        raise TooManyGenerations(f"{limit} passages are being written already: wait for one to end, or stop one.", limit=limit, retry_after_s=5)


def count_open(connection: Connection, owner_id: str) -> int:
    """How many generations of this owner are open."""
    # One count for each of the two indexes that hold nothing but what is open.
    return sum(connection.scalar(one, {"b_owner_id": owner_id}) or 0 for one in _COUNT_OPEN)


def find(session: Session, owner_id: str, generation_id: str) -> Generation:
    """The generation. Raises: NotFound."""
    found = session.scalar(select(Generation).where(Generation.id == generation_id, Generation.owner_id == owner_id))
    if found is None:
        raise NotFound("There is no such generation.")
    return found


def number_of(session: Session, owner_id: str, generation_id: str) -> int:
    """The generation's number in the token log. Raises: NotFound."""
    number: int | None = session.connection().scalar(_STREAM, {"b_id": generation_id, "b_owner_id": owner_id})
    if number is None:
        raise NotFound("There is no such generation.")
    return number


def of_passages(session: Session, passage_ids: Sequence[str]) -> dict[str, Generation]:
    """The generations of these passages, by passage id."""
    found = session.scalars(select(Generation).where(Generation.passage_id.in_(passage_ids)))
    return {generation.passage_id: generation for generation in found}


#: Failures that trying again with the same engine will hardly mend.
_ANOTHER_ENGINE = frozenset(
    {"engine-key-missing", "engine-key-refused", "engine-model-unknown", "engine-not-configured", "engine-unreachable", "engine-unreachable-host"}
    | {"model-missing", "model-too-large", "model-broken", "model-runtime-missing"}
)


def wants_another_engine(session: Session, passage_id: str) -> bool:
    """Whether this passage failed in a way after which the reader's present choice of an engine counts, not the story's."""
    failure = session.scalar(select(Generation.problem).where(Generation.passage_id == passage_id, Generation.state == "failed"))
    return failure is not None and str(failure["type"]).removeprefix(PROBLEM_TYPE) in _ANOTHER_ENGINE


def request_stop(session: Session, generation: Generation) -> None:
    """Stop: at once where nobody writes yet, otherwise the worker will; text is kept; after the end it does nothing."""
    if generation.state == "queued":
        finish(session.connection(), generation.number, "stopped")
        metrics.GENERATIONS_FINISHED.labels(generation.engine, "stopped").inc()
    elif generation.state == "running":
        generation.stop_requested = True
        session.flush()
    session.refresh(generation)


def stop_story(session: Session, story_id: str) -> None:
    """Stop whatever is being written for this story."""
    for generation in session.scalars(select(Generation).where(Generation.story_id == story_id, Generation.state.in_(OPEN_STATES))):
        request_stop(session, generation)


def written(connection: Connection, number: int) -> tuple[str, int]:
    """The text that is committed for an open generation, and the number of its last piece (0: none)."""
    pieces = [piece for piece in _logged(connection, number, 0) if piece.kind == TEXT]
    return "".join(piece.text for piece in pieces), pieces[-1].seq if pieces else 0


def pieces_after(connection: Connection, number: int, after: int) -> list[Piece]:
    """All pieces with a number above `after`, in order; the end too, if it has come."""
    return _logged(connection, number, after) or _folded_pieces(connection, number, after)


def _logged(connection: Connection, number: int, after: int) -> list[Piece]:
    return [Piece(*row) for row in connection.execute(_PIECES_AFTER, {"b_number": number, "b_after": after})]


def _folded_pieces(connection: Connection, number: int, after: int) -> list[Piece]:
    row = connection.execute(_FOLDED, {"b_number": number}).one_or_none()
    if row is None or row.state in OPEN_STATES:
        return []
    pieces, start = [], 0
    for seq, length in enumerate(row.piece_lengths or (), start=1):
        if seq > after:
            pieces.append(Piece(seq, TEXT, row.text[start : start + length]))
        start += length
    return [*pieces, Piece(row.last_seq + 1, END, row.state)]


# What only the worker calls; each in a transaction that `workers.guard` opened.


def queued(connection: Connection, limit: int) -> list[int]:
    """Numbers of the generations that wait, oldest first."""
    return list(connection.scalars(_QUEUED, {"b_limit": limit}))


def claim(connection: Connection, number: int, worker_id: str) -> bool:
    """Make the generation this worker's; False when it no longer waits."""
    won = connection.execute(_CLAIM, {"b_number": number, "b_worker_id": worker_id, "b_at": now()})
    return won.rowcount == 1


def stop_requests(connection: Connection, worker_id: str) -> list[int]:
    """Numbers of this worker's generations that somebody wants stopped."""
    return list(connection.scalars(_STOP_REQUESTS, {"b_worker_id": worker_id}))


def append(connection: Connection, rows: Sequence[tuple[int, int, str, str]]) -> None:
    """Append to the log: rows of (generation's number, seq, kind, text), in order, of any number of generations."""
    if connection.dialect.name == "sqlite":  # the hottest write: a fifth of its price without SQLAlchemy's parameters
        connection.exec_driver_sql(_APPEND_SQLITE, list(rows))
    else:
        connection.execute(_APPEND, [dict(zip(("generation", "seq", "kind", "text"), row, strict=True)) for row in rows])


def mark_first_text(connection: Connection, numbers: Iterable[int]) -> None:
    """Note that a claim has brought text: the time of the first one, and that its attempts are worth their while."""
    connection.execute(_FIRST_TEXT, [{"b_number": one, "b_at": now()} for one in numbers])


def mark_thinking(connection: Connection, numbers: Iterable[int]) -> None:
    """Note that a model thinks before it writes; how long it does is known at the end."""
    connection.execute(_generations.update().where(_generations.c.number.in_(list(numbers))).values(thinking_s=0.0))


def give_title(connection: Connection, number: int, title: str) -> None:
    """Title the generation's story, unless a reader did."""
    connection.execute(_TITLE, {"b_number": number, "b_title": title})


def keep_context(connection: Connection, number: int, context: dict[str, Any]) -> None:
    """Keep what the engine is asked."""
    connection.execute(_CONTEXT, {"b_number": number, "b_context": context})


def finish(
    connection: Connection,
    number: int,
    state: str,
    *,
    wrote: tuple[str, int] | None = None,
    failure: dict[str, Any] | None = None,
    tokens: int = 0,
    tokens_in: int | None = None,
    tokens_out: int | None = None,
    cost_micros: int | None = None,
    currency: str | None = None,
    counted: str | None = None,
    thinking_s: float | None = None,
) -> None:
    """End the generation as done, stopped or failed: its text becomes the passage's, for ever, and readers are told.

    wrote: the whole text that is in the log and the number of its last piece, where the caller knows them; the others: see
    `Generation`.
    """
    text, last_seq = wrote or written(connection, number)
    append(connection, [(number, last_seq + 1, END, state)])
    counts: dict[str, Any] = {"b_tokens": tokens, "b_tokens_in": tokens_in, "b_tokens_out": tokens_out, "b_counted": counted}
    counts |= {"b_cost_micros": cost_micros, "b_currency": currency, "b_thinking_s": thinking_s}
    connection.execute(_END, {"b_number": number, "b_state": state, "b_last_seq": last_seq, "b_at": now()} | counts)
    if failure is not None:
        connection.execute(_PROBLEM, {"b_number": number, "b_problem": failure})
    connection.execute(_PASSAGE_TEXT, {"b_number": number, "b_text": text})
    connection.execute(_STORY_CHANGED, {"b_number": number, "b_at": now()})


def give_back(connection: Connection, worker_id: str, number: int, tokens: int) -> bool:
    """Put a generation of a worker that goes in peace back into the queue, with the text that it has and the tokens that
    came with it; to have been asked without an answer does not count against it. False where it is to be stopped, or is
    this worker's no more."""
    attempts = case((_generations.c.attempts > 0, _generations.c.attempts - 1), else_=0)
    given = connection.execute(
        update(_generations)
        .where(_generations.c.number == number, RUNNING, _generations.c.worker_id == worker_id, ~_generations.c.stop_requested)
        .values(state="queued", worker_id=None, attempts=attempts, tokens=_generations.c.tokens + tokens)
    )
    return given.rowcount == 1


def _release(connection: Connection, number: int, tokens: int) -> None:
    """Put a dead worker's generation back into the queue. tokens: those that came with it."""
    values = {"state": "queued", "worker_id": None, "tokens": _generations.c.tokens + tokens}
    connection.execute(update(_generations).where(_generations.c.number == number, RUNNING).values(values))


def reclaim(connection: Connection, worker_id: str, count: Counter | None = None) -> int:
    """Take a dead worker's generations from it: back into the queue, or ended where nothing can come of them. Returns how
    many. count: told what each one took; how many tokens came is not known, but no fewer than pieces."""
    columns = [_generations.c[name] for name in ("number", "engine", "stop_requested", "attempts", "trace_id", "tokens")]
    rows = connection.execute(select(*columns).where(RUNNING, _generations.c.worker_id == worker_id)).all()
    for row in rows:
        pieces = connection.scalar(select(func.count()).where(_tokens.c.generation == row.number, _tokens.c.kind == TEXT)) or 0
        tokens = max(pieces - row.tokens, 0)
        if count is not None:
            count(connection, row.number, tokens)
        if row.stop_requested:
            finish(connection, row.number, "stopped", tokens=tokens)
            metrics.GENERATIONS_FINISHED.labels(row.engine.partition(":")[0], "stopped").inc()
        elif row.attempts >= MAX_BARREN_CLAIMS:
            detail = f"Writing was begun {row.attempts} times and broke off each time before any new text came."
            gave_up = problem("engine-gave-up", 502, "The storyteller broke off", detail, trace_id=row.trace_id)
            finish(connection, row.number, "failed", failure=gave_up, tokens=tokens)
            metrics.GENERATIONS_FINISHED.labels(row.engine.partition(":")[0], "failed").inc()
        else:
            _release(connection, row.number, tokens)
    return len(rows)


def fold(connection: Connection, finished_before: Any, limit: int = 100) -> int:
    """Replace the log rows of generations that ended long ago by the lengths of their pieces; returns how many.

    The text stands in the passage, so the pieces can be cut from it again, and the log stays as small as what is open.
    """
    numbers = list(connection.scalars(select(_generations.c.number).where(UNFOLDED, _generations.c.finished_at < finished_before).limit(limit)))
    for number in numbers:
        lengths = [len(piece.text) for piece in pieces_after(connection, number, 0) if piece.kind == TEXT]
        connection.execute(update(_generations).where(_generations.c.number == number).values(piece_lengths=lengths))
        connection.execute(_tokens.delete().where(_tokens.c.generation == number))
    return len(numbers)
