"""How answers are read."""

import re
from typing import Any

from werkzeug.test import TestResponse

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
#: A version 7 UUID. Source: RFC 9562, 5.7.
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NO_ID = "01900000-0000-7000-8000-000000000000"


def refused(response: TestResponse, status: int, slug: str) -> dict[str, Any]:
    """The problem object of an answer, after a look at everything that all of them have. Source: RFC 9457, 3.1."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = response.get_json(force=True)
    assert body["type"] == f"urn:storybot:problem:{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"].endswith((".", "?", "!")), body["detail"]
    assert body["instance"] == response.request.path
    assert body["trace_id"] == response.headers["X-Trace-Id"]
    assert response.headers["Cache-Control"] == "no-store"
    return body


def pointers(response: TestResponse, slug: str = "invalid") -> list[str]:
    """Where a request that does not fit its schema is wrong."""
    errors = refused(response, 422, slug)["errors"]
    assert errors
    assert all(error["detail"] for error in errors)
    return [error["pointer"] for error in errors]
