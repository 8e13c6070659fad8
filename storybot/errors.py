"""The error tree, and what HTTP makes of it: `application/problem+json` (RFC 9457).

Domain code raises a subclass of `StorybotError`; only the handlers here know HTTP. No exception text of a library, no
SQL and no provider's answer reaches a client: it is logged once, with the trace id.
"""

import logging
from typing import Any

from flask import Flask, Response, json, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from storybot.trace import current_trace_id

log = logging.getLogger(__name__)

PROBLEM_TYPE = "urn:storybot:problem:"
Problem = dict[str, Any]


class StorybotError(Exception):
    """Something that the caller is told: a slug of a closed set, a status, a title, and a sentence.

    `facts` become members of the problem object: harmless values that the page puts into its own sentence.
    """

    slug = "internal"
    status = 500
    title = "Something went wrong on the server"

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or f"{self.title}."
        self.facts = facts


class NotFound(StorybotError):
    slug, status, title = "not-found", 404, "There is no such thing here"


class Invalid(StorybotError):
    """`errors`: a list of {"pointer": JSON pointer, "detail": sentence}."""

    slug, status, title = "invalid", 422, "Something in the request is not right"


class SignedOut(StorybotError):
    slug, status, title = "signed-out", 401, "You are not signed in"


class Forbidden(StorybotError):
    slug, status, title = "forbidden", 403, "You may not do that"


class Conflict(StorybotError):
    slug, status, title = "conflict", 409, "That does not fit the present state"


class StillWriting(Conflict):
    slug, title = "still-writing", "This passage is still being written"


class NothingToUndo(Conflict):
    slug, title = "nothing-to-undo", "There is nothing to undo"


class NothingToRedo(Conflict):
    slug, title = "nothing-to-redo", "There is nothing to redo"


class InTheBin(Conflict):
    slug, title = "in-the-bin", "The story lies in the bin"


class IdempotencyMismatch(StorybotError):
    slug, status, title = "idempotency-mismatch", 422, "This Idempotency-Key was used for another request"


class TooManyGenerations(StorybotError):
    slug, status, title = "too-many-generations", 429, "Too many stories are being written at the moment"


class ProfileNotAllowed(StorybotError):
    slug, status, title = "profile-not-allowed", 403, "That is not for this child"


class NeedsApproval(StorybotError):
    slug, status, title = "needs-approval", 403, "A grown-up has to look at this story first"


class QuotaExceeded(StorybotError):
    """`quota`: stories, tokens, text, running, uploads or requests; `limit`; `retry_after_s`: when it is worth trying again."""

    slug, status, title = "quota-exceeded", 429, "That is all that there is room for at the moment"


class UnknownHost(StorybotError):
    slug, status, title = "unknown-host", 400, "This server does not know itself under this name"


class SearchTooLong(StorybotError):
    slug, status, title = "search-too-long", 503, "The search took too long"


class NotReady(StorybotError):
    slug, status, title = "not-ready", 503, "Not ready"


_HTTP_SLUGS = {
    400: ("bad-request", "The request cannot be read"),
    404: ("not-found", "There is no such thing here"),
    405: ("method-not-allowed", "This method is not allowed here"),
    406: ("not-acceptable", "None of the types that you accept can be given"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The body must be JSON (Content-Type: application/json)"),
    422: ("invalid", "Something in the request is not right"),
    429: ("too-many-requests", "Too many requests"),
}


def problem(slug: str, status: int, title: str, detail: str, **more: Any) -> Problem:
    """A problem object (RFC 9457, 3.1) with the trace id; `more` are extension members."""
    return {
        "type": PROBLEM_TYPE + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "trace_id": current_trace_id(),
    } | more


def respond(body: Problem, headers: dict[str, str] | None = None) -> Response:
    """The problem as an HTTP answer."""
    body.setdefault("instance", request.script_root + request.path)
    response = Response(json.dumps(body), status=body["status"], content_type="application/problem+json")
    response.headers.update(headers or {})
    return response


def pointed(messages: Any, pointer: str = "") -> list[dict[str, str]]:
    """Marshmallow's nested messages as a flat list of JSON pointers (RFC 6901) with their sentences."""
    if isinstance(messages, dict):
        return [one for key, value in messages.items() for one in pointed(value, pointer if key == "_schema" else f"{pointer}/{_escaped(str(key))}")]
    listed = messages if isinstance(messages, list) else [messages]
    return [{"pointer": pointer, "detail": str(message)} for message in listed]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def invalid(messages: dict[str, Any], title: str = "") -> Response:
    """The answer to a request that does not fit its schema; `messages` by location, as webargs gives them."""
    errors = [one for by_field in messages.values() for one in pointed(by_field)]
    first = errors[0] if errors else {"pointer": "", "detail": title}
    where = first["pointer"].lstrip("/") or "the request"
    detail = f"{where}: {first['detail']}"
    return respond(problem("invalid", 422, _HTTP_SLUGS[422][1], detail, errors=errors))


def _route() -> str:
    """The route's pattern: a path itself may hold the token of a link."""
    return request.url_rule.rule if request.url_rule else "__unmatched__"


def answer(error: StorybotError) -> Response:
    """The error as an HTTP answer."""
    headers = {"Retry-After": str(error.facts["retry_after_s"])} if "retry_after_s" in error.facts else None
    return respond(problem(error.slug, error.status, error.title, error.detail, **error.facts), headers)


def register_error_handlers(app: Flask) -> None:
    """Every error of the app becomes a problem object."""

    app.register_error_handler(StorybotError, answer)

    @app.errorhandler(HTTPException)
    def on_http_exception(error: HTTPException) -> Response:
        if error.response is not None and error.code is not None and error.code < 400:
            return error.response  # type: ignore[return-value]
        status = error.code or 500
        slug, title = _HTTP_SLUGS.get(status, ("http-error", error.name))
        headers = {key: value for key, value in error.get_headers() if key in {"Allow", "Retry-After"}}
        more: dict[str, Any] = {}
        detail = f"{title}."
        if status == 413 and request.max_content_length:
            more["limit"] = request.max_content_length
            detail = f"The body may have {request.max_content_length} bytes at most."
        if status == 429:
            headers.setdefault("Retry-After", "60")
            more["retry_after_s"] = int(headers["Retry-After"])
        return respond(problem(slug, status, title, detail, **more), headers)

    @app.errorhandler(OperationalError)
    def on_database_trouble(error: OperationalError) -> Response:
        log.error("the database refused", exc_info=error, extra={"route": _route()})
        return respond(
            problem("not-ready", 503, NotReady.title, "The database is busy: try again in a moment.", retry_after_s=2), {"Retry-After": "2"}
        )

    @app.errorhandler(RecursionError)
    def on_depth(_error: RecursionError) -> Response:
        return respond(problem("bad-request", 400, _HTTP_SLUGS[400][1], "The body is nested too deeply."))

    @app.errorhandler(Exception)
    def on_fault(error: Exception) -> Response:
        log.error("request failed", exc_info=error, extra={"route": _route(), "http.request.method": request.method})
        return respond(problem("internal", 500, StorybotError.title, "The fault is in the log under this trace id."))
