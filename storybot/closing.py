"""How a generation ends: its text becomes the passage's, and what it took is counted."""

import time
from typing import Any

from sqlalchemy import Connection

from storybot import counting, genai, generations
from storybot.errors import PROBLEM_TYPE
from storybot.generations import Counter
from storybot.jobs import End


def finish(connection: Connection, end: End, count: Counter | None) -> None:
    """Write down how a job ended. Expects a write transaction. count: told the tokens, for quotas."""
    job = end.job
    server = job.order.server
    text = "".join(job.parts)
    took = counting.count(
        job.kind,
        messages=job.order.messages,
        text=text[len(job.parts[0]) :],
        language=job.order.brief.language,
        tokens=job.tokens,
        reported=(job.tokens_in, job.tokens_out),
        prices=server.prices if server else None,
    )
    more: dict[str, Any] = {"cost_micros": took.cost_micros, "currency": took.currency, "counted": took.counted, "thinking_s": job.thinking_s}
    generations.finish(
        connection,
        job.number,
        end.state,
        wrote=(text, job.seq),
        failure=end.failure,
        tokens=job.tokens,
        tokens_in=took.tokens_in,
        tokens_out=took.tokens_out,
        **more,
    )
    if count:
        count(connection, job.number, job.tokens)


def record(end: End) -> None:
    """Count the operation by the conventions' names."""
    job = end.job
    error = str(end.failure["type"]).removeprefix(PROBLEM_TYPE) if end.failure else ""
    genai.record(
        job.kind,
        seconds=time.monotonic() - job.began,
        first_s=job.first_s,
        error=error,
        tokens_in=job.tokens_in,
        tokens_out=job.tokens_out,
    )
