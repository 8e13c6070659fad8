"""One trace id from the click to the last log line.

The id is taken from `X-Trace-Id` when it is well formed, from a W3C `traceparent` otherwise, and is made if there is
neither. It lives in a context variable, so that every log line of a request or a generation carries it.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,63}")
#: Source: W3C Trace Context, 3.2.2 (version 00; all-zero ids are invalid).
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_current: ContextVar[str | None] = ContextVar("trace_id", default=None)


def generate_trace_id() -> str:
    """A new trace id: 32 hexadecimal digits, as `traceparent` wants them."""
    return secrets.token_hex(16)


def trace_id_of(x_trace_id: str, traceparent: str) -> str:
    """The trace id that a request's two headers ask for, or a new one where they are missing or malformed."""
    if _WELL_FORMED.fullmatch(x_trace_id):
        return x_trace_id
    parent = _TRACEPARENT.fullmatch(traceparent)
    return parent[1] if parent else generate_trace_id()


def traceparent_of(trace_id: str) -> str:
    """A `traceparent` header for `trace_id`; an id that is no 32 hexadecimal digits is folded into some."""
    digits = re.sub("[^0-9a-f]", "", trace_id.lower())
    if len(digits) != 32 or set(digits) == {"0"}:
        digits = trace_id.encode().hex()[:32].ljust(32, "1")
    return f"00-{digits}-{secrets.token_hex(8)}-01"


def current_trace_id() -> str | None:
    """The trace id of what runs now, if it belongs to a request or a generation."""
    return _current.get()


def set_trace_id(trace_id: str | None) -> None:
    """Make `trace_id` the current one, for the rest of this request or task."""
    _current.set(trace_id)


@contextmanager
def tracing(trace_id: str) -> Iterator[None]:
    """Make `trace_id` the current one within a block."""
    token = _current.set(trace_id)
    try:
        yield
    finally:
        _current.reset(token)
