"""What a passage took: tokens, as the server counted them or as good as they can be estimated, and what they cost. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from storybot.context import TOKENS_PER_MESSAGE, estimate
from storybot.engines.contract import Message

SERVER, ESTIMATE = "server", "estimate"


class Counted(NamedTuple):
    """tokens_in, tokens_out: of what was asked and answered; counted: by whom; cost_micros: in millionths of `currency`. None
    where there is nothing to count."""

    tokens_in: int | None = None
    tokens_out: int | None = None
    counted: str | None = None
    cost_micros: int | None = None
    currency: str | None = None


def count(
    kind: str,
    *,
    messages: Sequence[Message],
    text: str,
    language: str,
    tokens: int,
    reported: tuple[int | None, int | None],
    prices: Mapping[str, Any] | None,
) -> Counted:
    """What one passage took.

    kind: of engine; the storyteller in the box takes no tokens. text: what was written by this worker. tokens: pieces that came.
    reported: in and out, as the server counted them. prices: for a million tokens, see `Connection`.
    """
    tokens_in, tokens_out = reported
    if kind == "storyteller" and tokens_in is None and tokens_out is None:
        return Counted()
    by = SERVER if tokens_in is not None and tokens_out is not None else ESTIMATE
    if tokens_in is None:
        tokens_in = sum(estimate(message["content"], language) + TOKENS_PER_MESSAGE for message in messages)
    if tokens_out is None:
        tokens_out = max(tokens, estimate(text, language)) if text else tokens
    if not prices:
        return Counted(tokens_in, tokens_out, by)
    # A price for a million tokens is the number of millionths that one token costs.
    return Counted(tokens_in, tokens_out, by, round(tokens_in * prices["in"] + tokens_out * prices["out"]), str(prices["currency"]))
