"""Every refusal is a problem object, says what was wrong, and gives nothing away."""

import json
import logging
from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storybot import prompts
from storybot.models import Prompt
from storybot.settings import Settings
from tests.api.support import NO_ID, pointers, refused
from tests.api.test_stories import begin

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    ["{", '{"content": }', "{'content': 'x'}", " ", "\x00", '{"content": "x"', "\ufeff{}x", "NaN5", b"\xff\xfe\x00", b'{"content": "\xff"}'],
)
@pytest.mark.parametrize("path", ["/prompts", "/stories"])
def test_malformed_json_cannot_be_read(client: FlaskClient, path: str, body: str | bytes) -> None:
    assert refused(client.post(path, data=body, headers=JSON), 400, "bad-request")["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(client: FlaskClient, number: str) -> None:
    answer = client.post("/stories", data=f'{{"prompt": "x", "seed": {number}}}', headers=JSON)
    assert answer.status_code in {400, 422}
    refused(answer, answer.status_code, "bad-request" if answer.status_code == 400 else "invalid")


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_a_body_that_is_nested_deeply_cannot_be_read(client: FlaskClient, body: str) -> None:
    refused(client.post("/prompts", data=body, headers=JSON), 400, "bad-request")


def test_a_huge_number_is_no_fault(client: FlaskClient) -> None:
    answer = client.post("/stories", data='{"prompt": "x", "seed": ' + "9" * 10_000 + "}", headers=JSON)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("path", ["/nowhere", "/prompts/1/nothing", "/generations", "/api/nowhere", f"/stories/{NO_ID}/x", "/%00", "/%ff"])
def test_an_unknown_address_is_not_found(client: FlaskClient, path: str) -> None:
    refused(client.get(path), 404, "not-found")


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/stories/x/y/z", "/prompts/x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_unknown_address_is_unknown_to_every_method(client: FlaskClient, path: str, method: str) -> None:
    refused(client.open(path, method=method), 404, "not-found")


def test_a_slash_at_the_end_is_no_other_address(client: FlaskClient) -> None:
    assert client.get("/stories/").json == client.get("/api/prompts/").json == []


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/prompts", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PATCH", "/prompts/1", {"DELETE", "OPTIONS"}),
        ("DELETE", "/stories", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", "/configuration", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("POST", "/engines", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", f"/generations/{NO_ID}/events", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/prompts", {"GET", "HEAD", "OPTIONS", "POST"}),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient, method: str, path: str, allowed: set[str], prefix: str) -> None:
    answer = client.open(prefix + path, method=method)
    refused(answer, 405, "method-not-allowed")
    assert allowed <= set(answer.headers["Allow"].split(", "))
    assert method not in answer.headers["Allow"]


def test_a_body_that_is_too_large_is_refused(client: FlaskClient, settings: Settings) -> None:
    room = settings.body_bytes - len('{"content": ""}')
    assert pointers(client.post("/prompts", data='{"content": "' + "x" * room + '"}', headers=JSON)) == ["/content"]
    problem = refused(client.post("/prompts", data='{"content": "' + "x" * (room + 1) + '"}', headers=JSON), 413, "too-large")
    assert str(problem["limit"]) in problem["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""])
def test_a_body_that_is_not_json_is_refused(client: FlaskClient, kind: str) -> None:
    """Also what stops a form on a stranger's page: without a preflight a browser sends only the first three."""
    refused(client.post("/prompts", data='{"content": "x"}', content_type=kind), 415, "unsupported-media-type")
    assert client.get("/prompts").json == []


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.story+json", "APPLICATION/JSON"])
def test_json_by_its_other_names_is_taken(client: FlaskClient, kind: str) -> None:
    assert client.post("/prompts", data='{"content": "x"}', content_type=kind).status_code == 201


def test_an_action_without_a_body_needs_no_type(client: FlaskClient) -> None:
    story = begin(client)
    assert client.post(f"/generations/{story['generation']['id']}/stop").status_code == 200
    assert client.post(f"/stories/{story['id']}/restore").status_code == 200


def test_requests_beyond_the_rate_are_told_when_to_come_again(another: Callable[..., FlaskClient]) -> None:
    client = another(requests_per_minute=3)
    for _ in range(3):
        assert client.get("/prompts").status_code == 200
    answer = client.get("/prompts")
    body = refused(answer, 429, "too-many-requests")
    assert 1 <= int(answer.headers["Retry-After"]) == body["retry_after_s"] <= 60
    other = client.get("/prompts", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200  # the limit is each address's own


def test_the_rate_counts_all_addresses_of_the_api_together(another: Callable[..., FlaskClient]) -> None:
    client = another(requests_per_minute=3)
    for path in ("/prompts", "/stories", "/api/engines"):
        assert client.get(path).status_code == 200
    refused(client.get("/configuration"), 429, "too-many-requests")


def test_limits_can_be_taken_off(another: Callable[..., FlaskClient]) -> None:
    client = another(requests_per_minute=1, limits="off")
    assert [client.get("/prompts").status_code for _ in range(3)] == [200, 200, 200]


def test_a_client_cannot_choose_the_address_it_is_counted_under(another: Callable[..., FlaskClient]) -> None:
    client = another(requests_per_minute=1)
    assert client.get("/prompts", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    assert client.get("/prompts", headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 429
    behind = another(requests_per_minute=1, trusted_proxies=1)
    assert behind.get("/prompts", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    assert behind.get("/prompts", headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 200
    assert behind.get("/prompts", headers={"X-Forwarded-For": "192.0.2.9, 192.0.2.2"}).status_code == 429


def test_a_fault_says_nothing_of_itself_but_in_the_log(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(prompts, "kept", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/prompts", headers={"X-Trace-Id": "trace-of-the-fault"})
    body = refused(answer, 500, "internal")
    assert body["trace_id"] == "trace-of-the-fault"
    assert b"swordfish" not in answer.data
    assert b"RuntimeError" not in answer.data
    (record,) = [record for record in caplog.records if record.exc_info]
    assert "swordfish" in str(record.exc_info[1])  # type: ignore[index]


def test_what_the_database_refuses_is_logged_without_its_values(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def twice(session: Session, owner_id: str, content: str) -> Prompt:
        for _ in range(2):
            session.add(Prompt(id=1, owner_id=owner_id, content=content))
            session.flush()
            session.expunge_all()
        raise AssertionError("two rows with one id")

    monkeypatch.setattr(prompts, "add", twice)
    refused(client.post("/prompts", json={"content": "nobody but me is to read this"}), 500, "internal")
    (record,) = [record for record in caplog.records if record.exc_info]
    assert "UNIQUE" in str(record.exc_info[1])  # type: ignore[index]
    assert "nobody but me" not in str(record.exc_info[1])  # type: ignore[index]


def test_a_busy_database_asks_for_patience(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_given: object) -> None:
        raise OperationalError("SELECT secret FROM prompts", {}, Exception("database is locked"))

    monkeypatch.setattr(prompts, "kept", busy)
    answer = client.get("/prompts")
    body = refused(answer, 503, "not-ready")
    assert answer.headers["Retry-After"] == str(body["retry_after_s"]) == "2"
    assert b"SELECT" not in answer.data
    assert b"locked" not in answer.data


def test_a_problem_names_the_path_as_the_document_does(client: FlaskClient) -> None:
    assert json.loads(client.get(f"/stories/{NO_ID}?x=y").data)["instance"] == f"/stories/{NO_ID}"


def test_what_was_asked_for_is_not_echoed(client: FlaskClient) -> None:
    answer = client.get("/stories/<script>alert(1)</script>")
    body = refused(answer, 404, "not-found")
    assert "script" not in body["detail"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_answer_of_a_debugger(app: APIFlask) -> None:
    assert not app.debug
    assert not app.config["PROPAGATE_EXCEPTIONS"]
