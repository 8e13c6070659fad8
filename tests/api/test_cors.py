"""Which pages on other origins may call the API: exact origins, on errors too."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from storybot import prompts
from tests.api.support import NO_ID

KNOWN = ("http://localhost:3000", "https://example.com", "https://www.example.com")
STRANGERS = (
    "https://example.com.evil.net",
    "http://example.com",
    "https://example.com:8443",
    "https://evil.net/https://example.com",
    "https://notexample.com",
    "https://sub.example.com",
    "https://exampleXcom",
    "http://localhost:30000",
    "http://localhost",
    "null",
    "*",
    "",
)
HEADER = "Access-Control-Allow-Origin"


@pytest.mark.parametrize("origin", KNOWN)
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_the_seeds_client_may_call_from_a_known_origin(client: FlaskClient, origin: str, prefix: str) -> None:
    sent = {"Origin": origin}
    made = client.post(f"{prefix}/prompts", json={"content": "x"}, headers=sent)
    for answer in (made, client.get(f"{prefix}/prompts", headers=sent), client.delete(f"{prefix}/prompts/{made.json['id']}", headers=sent)):
        assert 200 <= answer.status_code < 300
        assert answer.headers[HEADER] == origin
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_stranger_may_not(client: FlaskClient, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
    for answer in (client.get("/prompts", headers={"Origin": origin}), client.options("/prompts/1", headers=asked)):
        assert not [name for name, _value in answer.headers if name.startswith("Access-Control-")]


def test_a_request_of_the_same_origin_gets_no_header(client: FlaskClient) -> None:
    assert HEADER not in client.get("/prompts").headers


@pytest.mark.parametrize(
    ("path", "method", "header"),
    [
        ("/prompts", "POST", "content-type"),
        ("/prompts/1", "DELETE", "x-trace-id"),
        ("/stories", "POST", "content-type, idempotency-key, traceparent"),
        (f"/stories/{NO_ID}", "PATCH", "content-type"),
        (f"/generations/{NO_ID}/events", "GET", "last-event-id"),
        ("/api/configuration", "PATCH", "content-type,x-requested-with"),
    ],
)
def test_a_preflight_allows_what_the_page_sends(client: FlaskClient, path: str, method: str, header: str) -> None:
    asked = {"Origin": KNOWN[0], "Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    answer = client.options(path, headers=asked)
    assert answer.status_code in {200, 204}
    assert answer.headers[HEADER] == KNOWN[0]
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {name.strip() for name in header.split(",")} <= allowed
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_a_preflight_does_not_allow_any_header(client: FlaskClient) -> None:
    asked = {"Origin": KNOWN[0], "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-surprise"}
    assert "x-surprise" not in client.options("/prompts", headers=asked).headers.get("Access-Control-Allow-Headers", "").lower()


def test_a_script_may_read_what_it_needs_of_an_answer(client: FlaskClient) -> None:
    exposed = client.get("/prompts", headers={"Origin": KNOWN[0]}).headers["Access-Control-Expose-Headers"]
    assert {"X-Trace-Id", "Location", "Link", "Retry-After"} <= set(exposed.split(", "))


def test_errors_carry_the_headers_too(client: FlaskClient, another: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError

    sent = {"Origin": KNOWN[1]}
    limited = another(requests_per_minute=1)
    limited.get("/engines", headers=sent)
    answers = [
        (400, client.post("/prompts", data="{", headers=sent | {"Content-Type": "application/json"})),
        (404, client.get("/nowhere", headers=sent)),
        (405, client.put("/prompts", headers=sent)),
        (415, client.post("/prompts", data="x", headers=sent)),
        (422, client.post("/prompts", json={}, headers=sent)),
        (429, limited.get("/engines", headers=sent)),
    ]
    monkeypatch.setattr(prompts, "kept", broken)
    answers.append((500, client.get("/prompts", headers=sent)))
    for status, answer in answers:
        assert answer.status_code == status
        assert answer.headers[HEADER] == KNOWN[1]
        assert "X-Trace-Id" in answer.headers["Access-Control-Expose-Headers"]


def test_origins_are_a_setting(another: Callable[..., FlaskClient]) -> None:
    client = another(cors_origins="https://stories.test, https://www.stories.test/")
    for origin in ("https://stories.test", "https://www.stories.test"):
        assert client.get("/prompts", headers={"Origin": origin}).headers[HEADER] == origin
    assert HEADER not in client.get("/prompts", headers={"Origin": KNOWN[0]}).headers


def test_the_gateway_can_take_cors_over(another_app: Callable[..., APIFlask]) -> None:
    client = another_app(cors_at_gateway=True).test_client()
    asked = {"Origin": KNOWN[0], "Access-Control-Request-Method": "POST"}
    for answer in (client.get("/prompts", headers=asked), client.options("/prompts", headers=asked), client.get("/nowhere", headers=asked)):
        assert not [name for name, _value in answer.headers if name.startswith("Access-Control-")]
