"""The tables. Words are the design's: prompt, brief, story, passage, generation, token log.

Finished passages are immutable; a story is a tree of them and a head. Every row that belongs to a person has an
`owner_id`. Times are aware and UTC.
"""

from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    false,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from storybot.clock import now
from storybot.db import Base
from storybot.ids import new_id

#: The one owner while there are no accounts.
LOCAL_OWNER_ID = "00000000-0000-7000-8000-000000000001"

OPEN_STATES = ("queued", "running")
Id = String(36)
SmallId = BigInteger().with_variant(Integer, "sqlite")

#: What is looked for again and again among all generations; an index holds just these rows. A query has to name the
#: condition in these very words, or SQLite does not see that the index serves.
QUEUED = text("generations.state = 'queued'")
RUNNING = text("generations.state = 'running'")
UNFOLDED = text("generations.piece_lengths IS NULL")
TRIAL = text("trial")
OPEN_JOB = text("state IN ('queued', 'running')")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time; SQLite keeps no zone, so it goes in as UTC and comes back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _owner() -> Mapped[str]:
    return mapped_column(Id, ForeignKey("owners.id", ondelete="CASCADE"), index=True)


def _partial_index(name: str, column: str, *, where: TextClause) -> Index:
    bare = text(where.text.replace("generations.", ""))
    return Index(name, column, sqlite_where=bare, postgresql_where=bare)


class Owned:
    """What a row is that belongs to a person: it has an `owner_id`, and `reader` lets nobody else see it."""

    owner_id: Mapped[str] = mapped_column(Id)


class Owner(Base):
    """A person whose rows these are."""

    __tablename__ = "owners"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16), default="local")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Configuration(Owned, Base):
    """A person's defaults; what is NULL follows the operator's settings or the browser."""

    __tablename__ = "configurations"

    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("owners.id", ondelete="CASCADE"), primary_key=True)
    engine: Mapped[str | None] = mapped_column(String(32))
    model: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(8))
    theme: Mapped[str] = mapped_column(String(16), default="system")
    age_band: Mapped[str] = mapped_column(String(8), default="6-8")
    length: Mapped[str] = mapped_column(String(8), default="short")
    style: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    private_names: Mapped[bool | None] = mapped_column(Boolean)
    fallbacks: Mapped[list[str] | None] = mapped_column(JSON)


class Connection(Owned, Base):
    """A model server that somebody connected; its engine's name is `openai:` and the id.

    secret: the key and further headers, sealed. prices: for a million tokens, `{"currency": "EUR", "in": 1, "out": 2}`.
    timeouts: in seconds, `connect_s`, `first_text_s`, `stall_s`. limits: what the server turned out not to take.
    check: what the last check found. shared: an administrator's that every member may write with.
    """

    __tablename__ = "connections"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    owner_id: Mapped[str] = _owner()
    name: Mapped[str] = mapped_column(String(80))
    preset: Mapped[str | None] = mapped_column(String(32))
    base_url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(String(200))
    prices: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    timeouts: Mapped[dict[str, float] | None] = mapped_column(JSON)
    limits: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    check: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ReaderProfile(Owned, Base):
    """A child who reads inside somebody's account: only its own shelf, only these engines (NULL: any) and its age band."""

    __tablename__ = "reader_profiles"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = _owner()
    name: Mapped[str] = mapped_column(String(80))
    age_band: Mapped[str] = mapped_column(String(8))
    engines: Mapped[list[str] | None] = mapped_column(JSON)
    needs_approval: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Usage(Owned, Base):
    """What a person used on one day (UTC)."""

    __tablename__ = "usage"

    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("owners.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger, default=0)
    stories: Mapped[int] = mapped_column(BigInteger, default=0)
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    uploads: Mapped[int] = mapped_column(BigInteger, default=0)


class Prompt(Owned, Base):
    """A story idea that is kept: the seed's resource, with its small integer ids."""

    __tablename__ = "prompts"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    owner_id: Mapped[str] = _owner()
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Story(Owned, Base):
    """One work. `head_id` is the leaf being read (no foreign key: stories and passages would need each other first);
    `step` is where the reader stands in the steps that undo and redo walk. `profile_id`: the child whose story it is, NULL for
    the grown-up (no foreign key: SQLite cannot add one to a table that others refer to). `trial`: a taste of a storyteller,
    which is on no shelf and soon goes."""

    __tablename__ = "stories"
    __table_args__ = (
        Index("ix_stories_shelf", "owner_id", "deleted_at", "id"),
        _partial_index("ix_stories_profile", "profile_id", where=text("profile_id IS NOT NULL")),
        _partial_index("ix_stories_trial", "created_at", where=TRIAL),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = _owner()
    title: Mapped[str] = mapped_column(String(500))
    title_by: Mapped[str] = mapped_column(String(8), default="prompt")  # prompt, engine or reader
    language: Mapped[str] = mapped_column(String(8))
    brief: Mapped[dict[str, Any]] = mapped_column(JSON)
    prompt_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("prompts.id", ondelete="SET NULL"))
    profile_id: Mapped[str | None] = mapped_column(Id)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    engine: Mapped[str] = mapped_column(String(32))
    model: Mapped[str | None] = mapped_column(String(200))
    seed: Mapped[int] = mapped_column(BigInteger)
    trial: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    head_id: Mapped[str] = mapped_column(Id)
    step: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Step(Base):
    """One place that the head has been at; a new action after an undo drops the steps beyond."""

    __tablename__ = "steps"

    story_id: Mapped[str] = mapped_column(Id, ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    head_id: Mapped[str] = mapped_column(Id)


class Passage(Owned, Base):
    """One node of the tree. `next_id` only says where to go on reading: the
    child that was last read below it, or itself where reading stopped. `text` is empty until the generation that writes the passage has ended."""

    __tablename__ = "passages"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = _owner()
    story_id: Mapped[str] = mapped_column(Id, ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("passages.id"), index=True)
    source_id: Mapped[str | None] = mapped_column(Id)
    next_id: Mapped[str | None] = mapped_column(Id)
    author: Mapped[str] = mapped_column(String(8))  # engine or reader
    action: Mapped[str] = mapped_column(String(16))  # begin, continue, retry, edit or write
    wish: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Generation(Owned, Base):
    """One run of an engine that writes one passage. `number` is its name in the token log: short, and in the order of the
    queue.

    state: queued, running, done, stopped or failed. `attempts` counts claims without new text since the last text.
    `context` is what the engine was asked. `piece_lengths` replaces the token log's rows once they are folded away.
    cost_micros: in millionths of `currency`. counted: by whom the tokens were, `server`, `tokenizer` or `estimate`.
    thinking_s: how long the model thought before it wrote, in seconds.
    """

    __tablename__ = "generations"
    __table_args__ = (
        _partial_index("ix_generations_queued", "number", where=QUEUED),
        _partial_index("ix_generations_running", "worker_id", where=RUNNING),
        _partial_index("ix_generations_unfolded", "finished_at", where=UNFOLDED),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(SmallId, primary_key=True)
    id: Mapped[str] = mapped_column(Id, unique=True, default=new_id)
    owner_id: Mapped[str] = _owner()
    story_id: Mapped[str] = mapped_column(Id, ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    passage_id: Mapped[str] = mapped_column(Id, ForeignKey("passages.id", ondelete="CASCADE"), unique=True)
    engine: Mapped[str] = mapped_column(String(32))
    model: Mapped[str | None] = mapped_column(String(200))
    seed: Mapped[int] = mapped_column(BigInteger)
    variant: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(16), default="queued")
    stop_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    trace_id: Mapped[str] = mapped_column(String(64))
    worker_id: Mapped[str | None] = mapped_column(Id)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    context: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    last_seq: Mapped[int] = mapped_column(Integer, default=0)  # of the end; while it is open the log itself says
    tokens: Mapped[int] = mapped_column(Integer, default=0)
    tokens_in: Mapped[int | None] = mapped_column(Integer)
    tokens_out: Mapped[int | None] = mapped_column(Integer)
    cost_micros: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    counted: Mapped[str | None] = mapped_column(String(10))
    thinking_s: Mapped[float | None] = mapped_column(Float)
    piece_lengths: Mapped[list[int] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_text_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Token(Base):
    """One row of the token log: append-only. `generation` is the generation's number; `position` grows in the order of
    commits (SQLite has one writer). kind: text, or end for the last row, whose text is the state that the generation ended in."""

    __tablename__ = "token_log"
    __table_args__ = (Index("uq_token_log_generation_seq", "generation", "seq", unique=True), {"sqlite_autoincrement": True})

    position: Mapped[int] = mapped_column(SmallId, primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(4))
    text: Mapped[str] = mapped_column(Text)


class WorkerRow(Base):
    """A worker process. Once `lost_at` is set it may write nothing any more: its generations are another's."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JobRow(Owned, Base):
    """Long work that a person asked for and a worker's clerk does: export, import or erase all that they have.

    state: queued, running, done or failed. `attempts` counts claims: a job whose clerk dies is begun again. `wanted`: what it
    is to do besides; `result`: what came of it, in counts. The row and its file go when `expires_at` has passed.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_open", "owner_id", "id", sqlite_where=OPEN_JOB, postgresql_where=OPEN_JOB),
        Index("ix_jobs_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    owner_id: Mapped[str] = _owner()
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    wanted: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    trace_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IdempotencyKey(Owned, Base):
    """What a request with an `Idempotency-Key` made, so that its repeat makes nothing."""

    __tablename__ = "idempotency_keys"

    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("owners.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    story_id: Mapped[str] = mapped_column(Id, ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    passage_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


def table(model: type[Base]) -> Table:
    """The plain table of a model, for statements that should not cost an object a row."""
    return cast(Table, model.__table__)


def insert_default_config(session: Session) -> None:
    """Insert the local owner and their default configuration, where they are missing; the caller commits."""
    if session.scalar(select(Owner.id).where(Owner.id == LOCAL_OWNER_ID)) is None:
        session.add(Owner(id=LOCAL_OWNER_ID))
        session.flush()
    if session.get(Configuration, LOCAL_OWNER_ID) is None:
        session.add(Configuration(owner_id=LOCAL_OWNER_ID))
