"""Grafana's dashboards as code: `python -m deploy.watch.dashboards FOLDER` writes them as JSON."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Name of the data source that the panels ask; deploy/containers/datasource.yml and docs/watching.md use the same.
SOURCE = {"type": "prometheus", "uid": "storybot-prometheus"}
WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 24, 8, 8
#: The form of Grafana's dashboards that these are written in; newer Grafanas bring them to their own.
SCHEMA = 39


@dataclass(frozen=True)
class Panel:
    """One picture: what it shows, in which unit, and the expressions with their legends."""

    title: str
    unit: str
    asked: dict[str, str]
    about: str = ""
    kind: str = "timeseries"


def _quantile(share: float, name: str, by: str = "") -> str:
    return f"histogram_quantile({share}, sum by (le{by and ', ' + by}) (rate({name}_bucket[5m])))"


def _quantiles(name: str) -> dict[str, str]:
    return {f"{share:.0%}": _quantile(share, name) for share in (0.5, 0.95, 0.99)}


STORIES = (
    Panel("Answered without an error of ours (1 h)", "percentunit", {"": "1 - storybot:request_errors:ratio_rate1h"}, "Aim: 99.5 %", "stat"),
    Panel("First text within 5 s (1 h)", "percentunit", {"": "1 - storybot:late_first_text:ratio_rate1h"}, "Aim: 95 %", "stat"),
    Panel("Being written now", "none", {"": "sum(storybot_open_generations)"}, kind="stat"),
    Panel("Requests", "reqps", {"{{http_status}}": "sum by (http_status) (rate(flask_app_request_count_total[5m]))"}),
    Panel("Time to the answer's first byte", "s", _quantiles("flask_app_request_latency_seconds")),
    Panel("Slowest routes, 95 %", "s", {"{{endpoint}}": f"topk(5, {_quantile(0.95, 'flask_app_request_latency_seconds', 'endpoint')})"}),
    Panel("Time to the first text", "s", _quantiles("storybot_time_to_first_text_seconds")),
    Panel("First text by storyteller, 95 %", "s", {"{{engine}}": _quantile(0.95, "storybot_time_to_first_text_seconds", "engine")}),
    Panel("Tokens a second", "none", {"{{engine}}": "sum by (engine) (rate(storybot_tokens_total[5m]))"}),
    Panel("Stories begun", "none", {"{{engine}}": "sum by (engine) (increase(storybot_generations_started_total[5m]))"}, "In 5 minutes"),
    Panel("How they ended", "none", {"{{outcome}}": "sum by (outcome) (increase(storybot_generations_finished_total[5m]))"}, "In 5 minutes"),
    Panel("Length of a generation", "s", _quantiles("storybot_generation_seconds")),
    Panel("A commit of the token log", "s", _quantiles("storybot_commit_seconds")),
    Panel("Taken over from dead workers", "none", {"": "sum(increase(storybot_generations_reclaimed_total[1h]))"}, "In an hour"),
    Panel("Readers along", "none", {"": "sum(storybot_open_streams)"}, "Event streams that are open"),
    Panel("The blog post's names: requests", "reqps", {"{{endpoint}}": "topk(5, sum by (endpoint) (rate(flask_app_request_count[5m])))"}),
    Panel("The blog post's names: latency", "s", {"{{endpoint}}": "topk(5, max by (endpoint) (flask_app_request_latency_seconds))"}),
    Panel("Model servers: time of an answer, 95 %", "s", {"": _quantile(0.95, "gen_ai_client_operation_duration_seconds")}),
)

HOST = (
    Panel("Processes that answer", "none", {"{{job}}": "up"}, kind="stat"),
    Panel("CPU in use", "percentunit", {"": '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m]))'}),
    Panel("Load of a minute", "none", {"": "node_load1"}),
    Panel("Memory available", "bytes", {"": "node_memory_MemAvailable_bytes"}),
    Panel("Disk free", "percentunit", {"{{mountpoint}}": 'node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"} / node_filesystem_size_bytes'}),
    Panel("Memory of Storybot", "bytes", {"{{job}}": 'process_resident_memory_bytes{job=~"storybot-.*"}'}),
    Panel("CPU of Storybot", "none", {"{{job}}": 'rate(process_cpu_seconds_total{job=~"storybot-.*"}[5m])'}),
    Panel("Open files of Storybot", "none", {"{{job}}": 'process_open_fds{job=~"storybot-.*"}'}),
    Panel("Network", "Bps", {"in": "sum(rate(node_network_receive_bytes_total[5m]))", "out": "sum(rate(node_network_transmit_bytes_total[5m]))"}),
    Panel("Age of the newest backup", "s", {"": "time() - storybot_backup_last_success_timestamp_seconds"}, kind="stat"),
    Panel("Age of the last restore check", "s", {"": "time() - storybot_restore_check_last_success_timestamp_seconds"}, kind="stat"),
    Panel("Days that the certificate lasts", "d", {"": "(storybot_certificate_end_timestamp_seconds - time()) / 86400"}, kind="stat"),
)

BOARDS = {"storybot-stories": ("Storybot: stories and requests", STORIES), "storybot-host": ("Storybot: the server", HOST)}


def expressions() -> list[str]:
    """Every expression that a panel asks for."""
    return [expression for _, panels in BOARDS.values() for panel in panels for expression in panel.asked.values()]


def board(name: str) -> dict[str, Any]:
    """One dashboard, as Grafana reads it."""
    title, panels = BOARDS[name]
    whole = {"uid": name, "title": title, "tags": ["storybot"], "timezone": "browser", "schemaVersion": SCHEMA, "version": 1, "refresh": "30s"}
    return {**whole, "editable": False, "time": {"from": "now-6h", "to": "now"}, "panels": [_panel(at, panel) for at, panel in enumerate(panels)]}


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    across = WIDTH // PANEL_WIDTH
    place = {"x": number % across * PANEL_WIDTH, "y": number // across * PANEL_HEIGHT, "w": PANEL_WIDTH, "h": PANEL_HEIGHT}
    targets = [
        {"refId": chr(ord("A") + at), "expr": expression, "legendFormat": legend or panel.title, "datasource": SOURCE}
        for at, (legend, expression) in enumerate(panel.asked.items())
    ]
    made = {"id": number + 1, "type": panel.kind, "title": panel.title, "description": panel.about, "gridPos": place, "datasource": SOURCE}
    return {**made, "targets": targets, "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []}}


def texts() -> dict[str, str]:
    """The dashboards as files: name and content."""
    return {f"{name}.json": json.dumps(board(name), indent=1, ensure_ascii=False) + "\n" for name in BOARDS}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in texts().items():
        (folder / file).write_text(content, encoding="utf-8")
