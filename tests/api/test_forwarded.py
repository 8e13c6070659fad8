"""What a client says of who it is and where it came from counts only where a trusted proxy says it."""

import logging
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.api.support import refused

EVIL = "evil.example"
#: What proxies of all kinds send; a client may send it as well.
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Ssl": "on",
    "Forwarded": f"for=203.0.113.9;proto=https;host={EVIL}",
    "X-Real-IP": "203.0.113.9",
    "X-Client-IP": "203.0.113.9",
    "True-Client-IP": "203.0.113.9",
    "CF-Connecting-IP": "203.0.113.9",
    "X-Original-URL": "/configuration",
    "X-Rewrite-URL": "/configuration",
    "X-Original-Host": EVIL,
    "X-Host": EVIL,
    "X-Script-Name": "/evil",
    "X-HTTP-Method-Override": "DELETE",
    "Front-End-Https": "on",
}
#: Differs from one answer to the next anyway.
OWN = {"X-Trace-Id", "traceparent"}


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/openapi.json", "/api/openapi.json", "/prompts", "/stories?limit=1", "/nowhere", "/assets/gone.js", "/api/"]
)
@pytest.mark.parametrize("proxies", [0, 1])
def test_an_answer_is_the_same_with_forged_headers(another: Callable[..., FlaskClient], path: str, proxies: int) -> None:
    client = another(trusted_proxies=proxies)
    same = {"X-Trace-Id": "the-same-for-both"}
    # A trusted proxy sets these two itself, whatever the client said.
    told = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http"} if proxies else {}
    plain = client.get(path, headers=same | {"Accept": "text/html"} | told, buffered=True)
    forged = client.get(path, headers=same | {"Accept": "text/html"} | FORGED | told, buffered=True)
    assert forged.status_code == plain.status_code
    assert forged.data == plain.data
    assert [item for item in forged.headers if item[0] not in OWN] == [item for item in plain.headers if item[0] not in OWN]


def test_links_lead_where_they_led(client: FlaskClient) -> None:
    for prefix in ("", "/api"):
        made = client.post(f"{prefix}/prompts", json={"content": "x"}, headers=FORGED)
        assert made.headers["Location"] == f"{prefix}/prompts/{made.json['id']}"
        story = client.post(f"{prefix}/stories", json={"prompt": "x"}, headers=FORGED)
        assert story.status_code == 201
        assert story.headers["Location"] == f"{prefix}/stories/{story.json['id']}"
        assert story.json["generation"]["events"] == f"{prefix}/generations/{story.json['generation']['id']}/events"
    listed = client.get("/stories?limit=1", headers=FORGED)
    assert listed.headers["Link"].startswith("</stories?")
    assert EVIL not in str(listed.headers)


def test_a_client_does_not_escape_its_limit_by_changing_its_address(another: Callable[..., FlaskClient]) -> None:
    client = another(requests_per_minute=3)
    for number in range(3):
        assert client.get("/prompts", headers=FORGED | {"X-Forwarded-For": f"203.0.113.{number}"}).status_code == 200
    refused(client.get("/prompts", headers=FORGED | {"X-Forwarded-For": "203.0.113.77"}), 429, "too-many-requests")


def test_behind_a_proxy_only_what_that_proxy_saw_counts(another: Callable[..., FlaskClient]) -> None:
    """The proxy appends the address that it saw; what stands before it came with the request."""
    client = another(requests_per_minute=3, trusted_proxies=1)
    for number in range(3):
        assert client.get("/prompts", headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"}).status_code == 200
    refused(client.get("/prompts", headers={"X-Forwarded-For": "203.0.113.77, 198.51.100.7"}), 429, "too-many-requests")
    assert client.get("/prompts", headers={"X-Forwarded-For": "198.51.100.8"}).status_code == 200


def test_a_strangers_host_is_refused_however_it_is_said(client: FlaskClient, another: Callable[..., FlaskClient]) -> None:
    for asked in (client, another(trusted_proxies=1)):
        refused(asked.get("/prompts", headers={"Host": EVIL, "X-Forwarded-Host": "localhost"}), 400, "unknown-host")
        assert asked.get("/prompts", headers={"X-Forwarded-Host": EVIL}).status_code == 200


def test_a_log_line_does_not_repeat_what_was_forged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/prompts", headers=FORGED | {"User-Agent": "x\\r\\nforged line"})
        client.get("/nowhere", headers=FORGED)
    assert [record for record in caplog.records if record.message == "request"]
    for record in caplog.records:
        said = " ".join(str(value) for value in vars(record).values())
        assert EVIL not in said
        assert "203.0.113.9" not in said
        assert "forged line" not in said


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/..", "/\\evil.example", "///evil.example/", "/prompts//", "//evil.example/%2e%2e"]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_nobody_is_led_elsewhere(client: FlaskClient, path: str, accept: str) -> None:
    answer = client.get("/", environ_overrides={"PATH_INFO": path}, headers=FORGED | {"Accept": accept})
    assert answer.status_code in {200, 308, 404, 405}
    leads = answer.headers.get("Location", "/").removeprefix("http://localhost")
    assert leads.startswith("/")
    assert not leads.startswith(("//", "/\\"))
