"""The request to a model server: body, headers, and which fields this server turned out not to take. Pure."""

import base64
import hashlib
import os
import re
from typing import Any

import msgspec

from storybot.engines import style
from storybot.engines.contract import Order
from storybot.engines.openai import refusals

_HEX_32 = re.compile(r"[0-9a-f]{32}")


class Dialect(msgspec.Struct):
    """Which optional fields one server takes; learnt from its refusals and kept while the engine lives."""

    stream_options: bool = True
    seed: bool = True
    max_tokens: str = "max_tokens"
    accepted: tuple[str, ...] = style.STANDARD
    refused: tuple[str, ...] = ()

    def learn(self, status: int, refusal: refusals.Refusal) -> bool:
        """Whether the refusal is about a field that can be left out or renamed, so that asking again may help."""
        if status not in (400, 422):
            return False
        if self.stream_options and refusal.names("stream_options", "include_usage"):
            self.stream_options = False
        elif self.max_tokens == "max_tokens" and refusal.names("use 'max_completion_tokens'"):
            # OpenAI's own newer models; `max_tokens` is what all others know.
            self.max_tokens = "max_completion_tokens"
        elif self.seed and refusal.names("seed"):
            self.seed = False
        elif named := next((name for name in self.accepted if name not in self.refused and refusal.names(name, name.replace("_", " "))), None):
            self.refused = (*self.refused, named)
        else:
            return False
        return True


def body(order: Order, model: str, dialect: Dialect) -> bytes:
    """The request as JSON. A retry at the same place gets another seed, so that it becomes another text."""
    fields: dict[str, Any] = {
        "model": model,
        "messages": order.messages,
        dialect.max_tokens: style.most_tokens(order.style, order.max_tokens),
        "stream": True,
    }
    if order.style is not None:
        fields |= style.fields(order.style, dialect.accepted, dialect.refused)
    if dialect.stream_options:
        fields["stream_options"] = {"include_usage": True}
    if not dialect.seed:
        fields.pop("seed", None)
    elif order.seed > 0 and "seed" not in fields:
        fields["seed"] = (order.seed + order.variant) % 2**31
    return msgspec.json.encode(fields)


def headers(trace_id: str, api_key: str | None, user: str | None) -> dict[str, str]:
    """api_key: goes as a bearer token; user: `name:word` for basic authentication where there is no key.

    Source of traceparent: W3C Trace Context, 3.2; a trace id of another form stands there as its hash.
    """
    trace = trace_id.replace("-", "").lower()
    if not _HEX_32.fullmatch(trace) or not int(trace, 16):
        trace = hashlib.blake2s(trace_id.encode(), digest_size=16).hexdigest()
    given = {
        "Content-Type": "application/json",
        "Accept": "text/event-stream, application/json",
        # Text is small and must not wait in a compressor.
        "Accept-Encoding": "identity",
        "X-Trace-Id": trace_id,
        "traceparent": f"00-{trace}-{os.urandom(8).hex()}-01",
    }
    if api_key:
        given["Authorization"] = f"Bearer {api_key}"
    elif user:
        given["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    return given
