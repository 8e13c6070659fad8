"""Metrics and alerts: the rules by promtool, the configurations by their own programs, the names by a real Prometheus."""

import json
import re
import shutil
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.host.layout import HERE
from deploy.site import read_site
from deploy.watch import configuration, dashboards
from deploy.watch.tasks import RULES
from tests.processes.harness import Overheard, Program, Server, call, environment, free_port, wait_until
from tests.requirements import need

DOCS = HERE.parent / "docs/watching.md"


def _tool(name: str, *words: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    need(shutil.which(name), f"{name} (apt-get install prometheus prometheus-alertmanager)")
    return subprocess.run([name, *words], cwd=cwd, capture_output=True, text=True)


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alert_fires_and_keeps_quiet_as_it_should() -> None:
    found = _tool("promtool", "test", "rules", "tests.yml", cwd=RULES)
    assert found.returncode == 0, found.stdout + found.stderr
    tests = yaml.safe_load((RULES / "tests.yml").read_text())["tests"]
    fires = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    quiet = {one["alertname"] for test in tests for one in test["alert_rule_test"] if not one.get("exp_alerts")}
    names = {alert["alert"] for alert in _alerts()}
    assert fires == names
    assert quiet == names


def test_the_rules_tests_can_fail(tmp_path: Path) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    file = tmp_path / "rules/alerts.yml"
    file.write_text(file.read_text().replace("< 0.10", "< 0.01"))
    assert _tool("promtool", "test", "rules", "tests.yml", cwd=tmp_path / "rules").returncode != 0


def test_every_alert_says_what_to_do() -> None:
    headings = {re.sub(r"[^a-z0-9]", "", line.lower()) for line in DOCS.read_text().splitlines() if line.startswith("### ")}
    for alert in _alerts():
        assert alert["labels"]["severity"] in {"page", "ticket"}
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert page == DOCS.name
        assert anchor in headings, alert["alert"]


@pytest.mark.parametrize("watch", ["", '[watch]\nsmtp_host = "mail.example.com:587"', '[watch]\nalert_webhook = "https://hooks.example.com/x"'])
def test_alertmanager_takes_its_configuration(tmp_path: Path, watch: str) -> None:
    example = (HERE.parent / "site.example.toml").read_text()
    (tmp_path / "site.toml").write_text(example[: example.index("[watch]")] + watch)
    site = read_site(tmp_path / "site.toml")
    (tmp_path / "alertmanager.yml").write_text(configuration.alertmanager(site))
    found = _tool("amtool", "check-config", str(tmp_path / "alertmanager.yml"))
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A Storybot that tells stories, and a real Prometheus that looks at it every second."""
    need(shutil.which("prometheus"), "Prometheus (apt-get install prometheus)")
    need(shutil.which("prometheus-node-exporter"), "node exporter (apt-get install prometheus-node-exporter)")
    port, metrics, worker, node = free_port(), free_port(), free_port(), free_port()
    texts = tmp_path / "texts"
    texts.mkdir()
    noted = {"storybot_backup_last_success_timestamp_seconds": -3600, "storybot_restore_check_last_success_timestamp_seconds": -7200}
    for name, seconds in (noted | {"storybot_certificate_end_timestamp_seconds": 60 * 86400}).items():
        (texts / f"{name}.prom").write_text(f"{name} {int(time.time()) + seconds}\n")
    given = {"METRICS_PORT": metrics, "WORKER_METRICS_PORT": worker, "LIMITS": "off"}
    with (
        Overheard(words=30, rate=100) as model,
        Server(tmp_path / "data", command=("web", "--upgrade"), **given, **model.settings) as server,
        Program(tmp_path / "worker", "storybot", "worker", env=environment(server.data, **given, **model.settings)),
    ):
        targets = configuration.on_loopback({"web": metrics, "worker": worker}) | {"node": f"127.0.0.1:{node}", "prometheus": f"127.0.0.1:{port}"}
        made = configuration.prometheus(f"{RULES}/*s.yml", targets)
        made = (
            made.replace("15s", "1s")
            .replace(f"{RULES}/*s.yml", f"{RULES}/alerts.yml")
            .replace("rule_files:\n", f"rule_files:\n- {RULES}/recording.yml\n")
        )
        (tmp_path / "prometheus.yml").write_text(made)
        words = [
            "--config.file",
            str(tmp_path / "prometheus.yml"),
            "--storage.tsdb.path",
            str(tmp_path / "tsdb"),
            "--web.listen-address",
            f"127.0.0.1:{port}",
        ]
        exporter = ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{node}", f"--collector.textfile.directory={texts}"]
        with (tmp_path / "log").open("wb") as log:
            running = [subprocess.Popen(program, stdout=log, stderr=log) for program in (["prometheus", *words], exporter)]
        try:
            yield server, f"http://127.0.0.1:{port}"
        finally:
            for one in running:
                one.terminate()
                one.wait(15)


def _ask(prometheus: str, expression: str) -> list[dict[str, Any]]:
    try:
        answer = call(f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
    except OSError:
        return []
    found: list[dict[str, Any]] = json.loads(answer.body)["data"]["result"] if answer.status == 200 else []
    return found


def test_the_blog_posts_names_all_rules_and_every_panel_return_data(watched: tuple[Server, str]) -> None:
    server, prometheus = watched
    for _ in range(3):
        server.ended(server.tell()["generation"]["id"])
        call(f"{server.url}/nowhere")
    wait_until(lambda: _ask(prometheus, "up"), 30, "Prometheus")
    server.ended(server.tell()["generation"]["id"])
    by_route = wait_until(
        lambda: (
            _ask(prometheus, 'flask_app_request_count{endpoint="/stories",http_status="202"}')
            or _ask(prometheus, 'flask_app_request_count{endpoint="/stories",method="POST"}')
        ),
        30,
        "the post's counter",
    )
    assert float(by_route[0]["value"][1]) >= 3
    wait_until(lambda: _ask(prometheus, 'flask_app_request_latency_seconds{endpoint="/stories"}'), 30, "the post's latency")
    records = [rule["record"] for group in yaml.safe_load((RULES / "recording.yml").read_text())["groups"] for rule in group["rules"]]
    for record in records:
        assert wait_until(lambda one=record: _ask(prometheus, one), 30, f"data of {record}")
    for expression in dashboards.expressions():
        assert wait_until(lambda one=expression: _ask(prometheus, one), 30, f"data of {expression}")
    assert _ask(prometheus, "sum(storybot_open_generations)")
    assert _ask(prometheus, "sum(rate(storybot_tokens_total[10m]))")


def test_the_dashboards_are_whole() -> None:
    for name in dashboards.BOARDS:
        made = dashboards.board(name)
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in made["panels"]]
        assert len(set(places)) == len(places) == len(dashboards.BOARDS[name][1])
        assert all(x + dashboards.PANEL_WIDTH <= dashboards.WIDTH for x, _ in places)
        assert {panel["datasource"]["uid"] for panel in made["panels"]} == {"storybot-prometheus"}
        assert json.loads(dashboards.texts()[f"{name}.json"]) == made
