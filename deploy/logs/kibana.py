"""Kibana's pages as code: a data view, a view of one trace, one of what went wrong, and a dashboard.

`python -m deploy.logs.kibana` prints them as NDJSON, the form in which Kibana takes and gives saved objects.
"""

import json
from typing import Any

from deploy.logs.elastic import PATTERN
from deploy.logs.fields import types

VIEW = "storybot-logs"
TRACE, TROUBLE, BOARD = "storybot-trace", "storybot-trouble", "storybot-logs-board"
#: The version of Kibana in whose form they are written; newer ones bring them to their own.
FORM = "8.8.0"
INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
COLUMNS = ["service.node.role", "log.level", "message", "url.path", "http.response.status_code", "storybot.generation.id", "error.message"]


def objects() -> list[dict[str, Any]]:
    """All of them, each after what it refers to."""
    panels = [
        _chart("storybot-requests", "Requests by status", "histogram", "", [_count(), _over_time(), _terms("http.response.status_code", "group")]),
        _chart("storybot-slow", "Slowest requests at the gateway (95th percentile, s)", "table", "", [_percentile(), _terms("url.path", "bucket")]),
        _chart("storybot-levels", "Lines by level", "histogram", "", [_count(), _over_time(), _terms("log.level", "group")]),
        _chart("storybot-errors", "What went wrong", "table", 'log.level : ("error" or "warning")', [_count(), _terms("message", "bucket")]),
        _chart("storybot-engines", "Storytellers that faltered", "table", "storybot.engine : *", [_count(), _terms("storybot.engine", "bucket")]),
    ]
    searches = [
        _search(TRACE, "One trace, from the gateway to the last line", "trace.id : *"),
        _search(TROUBLE, "Errors and warnings", 'log.level : ("error" or "warning")'),
    ]
    return [_view(), *searches, *panels, _board([*(panel["id"] for panel in panels)], TROUBLE)]


def ndjson() -> str:
    """The objects, one a line."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects())


def _view() -> dict[str, Any]:
    attributes = {"title": PATTERN, "name": "Storybot", "timeFieldName": "@timestamp"}
    return {"type": "index-pattern", "id": VIEW, "attributes": attributes, "references": [], "coreMigrationVersion": FORM}


def _source(query: str) -> dict[str, str]:
    return {"searchSourceJSON": json.dumps({"query": {"language": "kuery", "query": query}, "filter": [], "indexRefName": INDEX_REFERENCE})}


def _of_view() -> list[dict[str, str]]:
    return [{"type": "index-pattern", "id": VIEW, "name": INDEX_REFERENCE}]


def _search(name: str, title: str, query: str) -> dict[str, Any]:
    attributes = {"title": title, "description": "", "columns": COLUMNS, "sort": [["@timestamp", "asc" if name == TRACE else "desc"]]}
    attributes["kibanaSavedObjectMeta"] = _source(query)
    return {"type": "search", "id": name, "attributes": attributes, "references": _of_view(), "coreMigrationVersion": FORM}


def _count() -> dict[str, Any]:
    return {"id": "1", "enabled": True, "type": "count", "schema": "metric", "params": {}}


def _percentile() -> dict[str, Any]:
    params = {"field": "storybot.gateway.seconds", "percents": [95]}
    return {"id": "1", "enabled": True, "type": "percentiles", "schema": "metric", "params": params}


def _over_time() -> dict[str, Any]:
    params = {"field": "@timestamp", "interval": "auto", "min_doc_count": 1, "drop_partials": False}
    return {"id": "2", "enabled": True, "type": "date_histogram", "schema": "segment", "params": params}


def _terms(field: str, schema: str) -> dict[str, Any]:
    if types()[field] == "match_only_text":
        field += ".keyword"
    params = {"field": field, "size": 20, "order": "desc", "orderBy": "_key" if schema == "group" else ("1.95" if field == "url.path" else "1")}
    return {"id": "3", "enabled": True, "type": "terms", "schema": schema, "params": params}


def _chart(name: str, title: str, kind: str, query: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    params: dict[str, Any] = {"perPage": 10} if kind == "table" else {"type": "histogram", "addLegend": True, "addTooltip": True}
    attributes = {"title": title, "uiStateJSON": "{}", "visState": json.dumps({"title": title, "type": kind, "aggs": parts, "params": params})}
    attributes |= {"kibanaSavedObjectMeta": _source(query)}  # type: ignore[dict-item]
    return {"type": "visualization", "id": name, "attributes": attributes, "references": _of_view(), "coreMigrationVersion": FORM}


def _board(charts: list[str], search: str) -> dict[str, Any]:
    panels, references = [], []
    for number, name in enumerate([*charts, search]):
        kind = "search" if name == search else "visualization"
        wide = 48 if kind == "search" else 24
        place = {"x": 0 if kind == "search" else number % 2 * 24, "y": number // 2 * 12, "w": wide, "h": 12, "i": name}
        panels.append({"type": kind, "panelIndex": name, "gridData": place, "embeddableConfig": {}, "panelRefName": f"panel_{name}"})
        references.append({"type": kind, "id": name, "name": f"{name}:panel_{name}"})
    attributes = {"title": "Storybot", "description": "Requests, levels and errors", "timeRestore": True, "timeFrom": "now-24h", "timeTo": "now"}
    query = {"searchSourceJSON": json.dumps({"query": {"language": "kuery", "query": ""}, "filter": []})}
    attributes |= {"panelsJSON": json.dumps(panels), "optionsJSON": json.dumps({"useMargins": True}), "kibanaSavedObjectMeta": query}
    return {"type": "dashboard", "id": BOARD, "attributes": attributes, "references": references, "coreMigrationVersion": FORM}


if __name__ == "__main__":
    print(ndjson(), end="")
