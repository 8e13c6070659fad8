"""Around every request: the trace id, the host check, the metrics, the headers."""

import random
import re
import string

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY, generate_latest

from tests.api.support import refused

TRACE = "abcdef0123456789abcdef0123456789"


def _labels(name: str, label: str) -> set[str]:
    return {
        sample.labels[label] for metric in REGISTRY.collect() for sample in metric.samples if sample.name.startswith(name) and label in sample.labels
    }


def test_a_well_formed_trace_id_is_kept(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"X-Trace-Id": "from-the-click-1"})
    assert answer.headers["X-Trace-Id"] == "from-the-click-1"
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", answer.headers["traceparent"])


def test_a_traceparent_is_taken_over(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    assert answer.headers["X-Trace-Id"] == TRACE
    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-")


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "short",
        "a" * 65,
        "<script>alert(1)</script>",
        "x; rm -rf /",
        "abc def ghi",
        "-starts-badly",
        "ünïcödé-trace",
        '{"@timestamp": 1}',
        "a\tb\tc\td\te",
    ],
)
def test_a_hostile_trace_id_is_replaced_and_never_echoed(client: FlaskClient, hostile: str) -> None:
    answer = client.get("/nowhere", headers={"X-Trace-Id": hostile})
    made = answer.headers["X-Trace-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert not hostile or hostile not in answer.get_data(as_text=True)
    assert refused(answer, 404, "not-found")["trace_id"] == made


@pytest.mark.parametrize("bad", ["00-" + "0" * 32 + "-00f067aa0ba902b7-01", "01-" + TRACE + "-00f067aa0ba902b7-01", "garbage"])
def test_a_malformed_traceparent_is_ignored(client: FlaskClient, bad: str) -> None:
    assert client.get("/healthz", headers={"traceparent": bad}).headers["X-Trace-Id"] not in bad


@pytest.mark.parametrize(
    "host", ["localhost:5000", "127.0.0.1:5000", "[::1]:5000", "story.localhost", "example.com", "api.example.com", "www.example.com"]
)
def test_known_hosts_are_served(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "example.com.evil.net", "127.0.0.1.nip.io", "attacker.test:5000"])
def test_a_strangers_name_for_this_machine_is_refused(client: FlaskClient, host: str) -> None:
    refused(client.get("/prompts", headers={"Host": host}), 400, "unknown-host")


def test_metrics_have_the_seeds_names_and_labels(client: FlaskClient) -> None:
    client.get("/prompts")
    shown = generate_latest(REGISTRY).decode()
    assert re.search(r'^flask_app_request_count_total\{endpoint="/prompts",http_status="200",method="GET"\} ', shown, flags=re.M)
    assert re.search(r'^flask_app_request_latency_seconds_bucket\{endpoint="/prompts",le="[^"]+",method="GET"\} ', shown, flags=re.M)
    assert "_created" not in shown


def test_ten_thousand_random_addresses_add_one_label_at_most(client: FlaskClient) -> None:
    client.get("/prompts")
    before = _labels("flask_app_request_count", "endpoint")
    chance = random.Random(7)
    letters = string.ascii_letters + string.digits + "/-_.~%äß"
    for _ in range(10_000):
        path = "/r" + "".join(chance.choices(letters, k=chance.randrange(1, 40)))
        method = chance.choice(["GET", "POST", "DELETE", "PUT", "PATCH"])
        assert client.open(path, method=method).status_code < 500
    added = _labels("flask_app_request_count", "endpoint") - before
    assert added <= {"__unmatched__"}
    assert _labels("flask_app_request_count", "method") <= {"GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "OTHER"}
