"""Ways in which a model server fails (or merely behaves oddly), as scripts for `tests.fakes.model_server`."""

from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Hang:
    """Say nothing more and keep the connection open."""


@dataclass(frozen=True)
class Vanish:
    """Close the connection without an end; `rudely` with a reset."""

    rudely: bool = False


#: Bytes to send as one write, seconds to wait, or what befalls the connection.
Part = bytes | float | Hang | Vanish

_STREAM = {"Content-Type": "text/event-stream"}
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Script:
    """One answer. length: the Content-Length to claim; without one the body is chunked."""

    parts: tuple[Part, ...] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(_STREAM))
    length: int | None = None


@dataclass(frozen=True)
class Fault:
    """What a script must lead to: slug of the `EngineError`, whether it is permanent, and the text before it."""

    script: Script
    slug: str
    permanent: bool
    text: str = ""


def chunk(
    content: str | None = None,
    *,
    role: str | None = None,
    finish: str | None = None,
    usage: tuple[int, int] | None = None,
    end: str = "\n\n",
    **delta: Any,
) -> bytes:
    """One event of a stream. usage: tokens in and out, in an event without choices."""
    body: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "words"}
    if usage is not None:
        body |= {"choices": [], "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1]}}
    else:
        if content is not None:
            delta["content"] = content
        if role is not None:
            delta["role"] = role
        body["choices"] = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + msgspec.json.encode(body) + end.encode()


def stream(*parts: Part) -> Script:
    """An event stream."""
    return Script(parts)


def refusal(status: int, body: Any, headers: dict[str, str] | None = None) -> Script:
    """An error answer in JSON."""
    return Script((msgspec.json.encode(body),), status, _JSON | (headers or {}))


def openai_error(message: str, kind: str | None = None, code: Any = None) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _event(error: Any) -> bytes:
    return b"data: " + msgspec.json.encode(error) + b"\n\n"


DONE = b"data: [DONE]\n\n"
ONE = chunk("Once upon")
HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
_HTML_TYPE = {"Content-Type": "text/html"}

FAULTS: dict[str, Fault] = {
    "401": Fault(
        refusal(401, openai_error("Incorrect API key", "invalid_request_error", "invalid_api_key")),
        "engine-key-refused",
        True,
    ),
    "403": Fault(refusal(403, openai_error("No access")), "engine-key-refused", True),
    "404": Fault(
        refusal(404, openai_error("The model `x` does not exist", "invalid_request_error", "model_not_found")),
        "engine-model-unknown",
        True,
    ),
    "404-ollama": Fault(refusal(404, {"error": 'model "x" not found, try pulling it first'}), "engine-model-unknown", True),
    "404-vllm": Fault(
        refusal(404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}),
        "engine-model-unknown",
        True,
    ),
    "404-path": Fault(refusal(404, {"detail": "Not Found"}), "engine-unreachable", True),
    "404-html": Fault(Script((HTML,), 404, _HTML_TYPE), "engine-unreachable", True),
    "400-model": Fault(refusal(400, openai_error("model not found: x")), "engine-model-unknown", True),
    "400": Fault(refusal(400, openai_error("bad messages", "invalid_request_error")), "engine-refused-request", True),
    "400-long": Fault(
        refusal(
            400,
            openai_error(
                "This model's maximum context length is 4096 tokens. Please reduce the length of the messages.",
                "invalid_request_error",
                "context_length_exceeded",
            ),
        ),
        "engine-refused-request",
        True,
    ),
    "402": Fault(refusal(402, openai_error("Insufficient Balance")), "engine-rate-limited", True),
    "413": Fault(Script((b"too large",), 413, {"Content-Type": "text/plain"}), "engine-refused-request", True),
    "422": Fault(refusal(422, {"detail": [{"loc": ["body", "messages"], "msg": "bad"}]}), "engine-refused-request", True),
    "429": Fault(
        refusal(429, openai_error("Rate limit reached", "requests", "rate_limit_exceeded"), {"Retry-After": "7"}),
        "engine-rate-limited",
        False,
    ),
    "429-quota": Fault(
        refusal(429, openai_error("You exceeded your current quota", "insufficient_quota", "insufficient_quota")),
        "engine-rate-limited",
        True,
    ),
    "500": Fault(refusal(500, openai_error("boom", "server_error")), "engine-overloaded", False),
    "502-html": Fault(Script((HTML,), 502, _HTML_TYPE), "engine-overloaded", False),
    "503": Fault(Script((), 503, _JSON), "engine-overloaded", False),
    "504": Fault(Script((HTML,), 504, _HTML_TYPE), "engine-timeout", False),
    "529": Fault(refusal(529, {"error": {"type": "overloaded_error"}}), "engine-overloaded", False),
    "redirect": Fault(Script((), 301, {"Location": "https://example.com/"}), "engine-unreachable", True),
    "html": Fault(Script((HTML,), 200, _HTML_TYPE), "engine-broken-stream", True),
    "plain": Fault(Script((b"hello",), 200, {"Content-Type": "text/plain"}), "engine-broken-stream", True),
    "ndjson": Fault(
        Script((b'{"message": {}}\n{"message": {}}\n',), 200, {"Content-Type": "application/x-ndjson"}),
        "engine-broken-stream",
        False,
    ),
    "compressed": Fault(Script((b"\x1f\x8b",), 200, _STREAM | {"Content-Encoding": "gzip"}), "engine-broken-stream", True),
    "empty": Fault(stream(chunk(role="assistant"), chunk(finish="stop"), DONE), "engine-empty", False),
    "blank": Fault(stream(chunk(" \n "), chunk(finish="stop"), DONE), "engine-empty", False),
    "only-reasoning": Fault(
        stream(chunk(reasoning_content="hmm"), chunk(reasoning="hmm"), chunk(finish="length"), DONE),
        "engine-cut-off",
        False,
    ),
    "cut-off": Fault(stream(ONE, chunk(finish="length"), DONE), "engine-cut-off", False, "Once upon"),
    "filtered": Fault(stream(chunk(finish="content_filter"), DONE), "engine-refused-request", True),
    "no-body": Fault(stream(), "engine-broken-stream", False),
    "ends-early": Fault(stream(ONE, chunk(" a time")), "engine-broken-stream", False, "Once upon a time"),
    "closes-early": Fault(stream(ONE, 0.05, Vanish()), "engine-broken-stream", False, "Once upon"),
    "resets": Fault(stream(ONE, 0.05, Vanish(rudely=True)), "engine-broken-stream", False, "Once upon"),
    "too-short": Fault(Script((ONE, Vanish()), length=100_000), "engine-broken-stream", False, "Once upon"),
    "no-json": Fault(stream(ONE, 0.05, b"data: {oops\n\n"), "engine-broken-stream", False, "Once upon"),
    "wrong-types": Fault(stream(ONE, 0.05, b'data: {"choices": 1}\n\n'), "engine-broken-stream", False, "Once upon"),
    "no-utf8": Fault(
        stream(ONE, 0.05, b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n'),
        "engine-broken-stream",
        False,
        "Once upon",
    ),
    "event-error": Fault(stream(ONE, 0.05, _event(openai_error("boom", "server_error"))), "engine-overloaded", False, "Once upon"),
    "event-429": Fault(stream(ONE, 0.05, _event(openai_error("slow down", code=429))), "engine-rate-limited", False, "Once upon"),
    "event-string": Fault(stream(ONE, 0.05, _event({"error": "cuda died"})), "engine-broken-stream", False, "Once upon"),
    "event-bare": Fault(stream(ONE, 0.05, b'{"error": {"message": "x", "code": 503}}\n'), "engine-overloaded", False, "Once upon"),
    "error-with-200": Fault(refusal(200, openai_error("The model does not exist", code="model_not_found")), "engine-model-unknown", True),
    "too-long-line": Fault(stream(ONE, 0.05, *[b"data: " + b"x" * 1_000_000] * 11), "engine-broken-stream", False, "Once upon"),
    "too-long-json": Fault(Script((b"{", *[b" " * 1_000_000] * 11), 200, _JSON), "engine-broken-stream", False),
    "vanishes": Fault(Script((Vanish(rudely=True),)), "engine-broken-stream", False),
    "hangs": Fault(stream(Hang()), "engine-timeout", False),
    "stalls": Fault(stream(ONE, Hang()), "engine-timeout", False, "Once upon"),
    "only-comments": Fault(stream(ONE, *(b": ping\n\n", 0.05) * 40, Hang()), "engine-timeout", False, "Once upon"),
}
