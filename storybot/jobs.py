"""What the worker holds in its hands: jobs, how they end, and what one commit takes and brings back."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storybot import metrics
from storybot.clock import now
from storybot.commissions import Commission
from storybot.engines.contract import Order, Usage
from storybot.engines.veil import Unveiling, Veil


@dataclass(slots=True)
class Job:
    """A claimed generation in this worker's hands. `number`: its name in the token log; `parts`: the committed or gathered text, in pieces."""

    number: int
    order: Order
    engine: str
    seq: int
    created_at: datetime
    parts: list[str]
    chars: int
    tokens: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    has_new_text: bool = False
    is_first_text: bool = False
    stopping: bool = False
    began: float = field(default_factory=time.monotonic)
    first_s: float | None = None
    thinks_since: float | None = None
    thinking_s: float | None = None
    veil: Veil | None = None
    unveiling: Unveiling | None = None
    task: asyncio.Task[None] | None = None

    @property
    def kind(self) -> str:
        """The engine without the id of a connection: for metrics, whose labels come from a closed set."""
        return self.engine.partition(":")[0]

    def unveil(self) -> Unveiling | None:
        """What puts the names back into the stream that begins now; None where none were hidden."""
        self.unveiling = Unveiling(self.veil) if self.veil is not None else None
        return self.unveiling

    def count(self, usage: Usage) -> None:
        """Add what a server counted: after a fault it may have been asked again."""
        self.tokens_in = _sum(self.tokens_in, usage.tokens_in)
        self.tokens_out = _sum(self.tokens_out, usage.tokens_out)

    def note_text(self) -> None:
        """The first text of this claim has come."""
        moment = time.monotonic()
        self.first_s = moment - self.began
        if self.thinks_since is not None:
            self.thinking_s = moment - self.thinks_since

    @classmethod
    def of(cls, commission: Commission) -> "Job":
        """The job that a claimed generation makes."""
        return cls(
            number=commission.number,
            order=commission.order,
            engine=commission.engine,
            seq=commission.last_seq,
            created_at=commission.created_at,
            parts=[commission.text],
            chars=len(commission.text),
            is_first_text=not commission.text,
            veil=commission.veil,
        )


def _sum(one: int | None, more: int | None) -> int | None:
    return more if one is None else one + (more or 0)


@dataclass(slots=True)
class End:
    """How a job ended."""

    job: Job
    state: str
    failure: dict[str, Any] | None = None


@dataclass(slots=True)
class Batch:
    """What one commit takes."""

    rows: list[tuple[int, int, str, str]] = field(default_factory=list)
    started: list[Job] = field(default_factory=list)
    titles: list[tuple[int, str]] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    thinking: list[int] = field(default_factory=list)
    learnt: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rows or self.titles or self.ends or self.learnt or self.thinking)


@dataclass(slots=True)
class Beat:
    """What a commit brought back: new jobs, and the numbers of generations to stop."""

    claimed: list[Job] = field(default_factory=list)
    to_stop: list[int] = field(default_factory=list)


def account(batch: Batch) -> None:
    """Count what a commit has kept."""
    for engine, tokens in batch.tokens.items():
        metrics.TOKENS.labels(engine).inc(tokens)
    for job in batch.started:
        if job.is_first_text:
            metrics.TIME_TO_FIRST_TEXT.labels(job.kind).observe(max(0.0, (now() - job.created_at).total_seconds()))
