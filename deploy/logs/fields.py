"""What a log line may hold: fields.toml read, lines checked against it, and Elasticsearch told of it."""

import ipaddress
import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("fields.toml")
#: Longer values of a `keyword` are kept, but not to be searched for. Source: Lucene refuses terms of more than 32,766 bytes.
LONGEST_KEYWORD = 1024


@cache
def types() -> dict[str, str]:
    """Every field's type in Elasticsearch, by its dotted name."""
    parts = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {**parts["ecs"], **parts["own"]}


def flat(line: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of a line by their dotted names; Elasticsearch takes `{"a": {"b": 1}}` and `{"a.b": 1}` for the same."""
    for name, value in line.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def problems(raw: str) -> list[str]:
    """What is wrong with a log line; empty: nothing. A value `null` says that there is none."""
    try:
        line = json.loads(raw)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(line, dict):
        return ["no object"]
    fields = list(flat(line))
    names = [name for name, _ in fields]
    found = [f"{name} is missing" for name in ("@timestamp", "message", "ecs.version", "event.id", "log.level", "service.name") if name not in names]
    found += [f"{name} is there twice" for name in set(names) if names.count(name) > 1]
    outcome = dict(fields).get("event.outcome")
    if outcome not in {None, "success", "failure", "unknown"}:  # all that the schema allows
        found.append(f"event.outcome is {outcome!r}")
    for name, value in fields:
        kind = types().get(name)
        if kind is None:
            found.append(f"{name} is not in {FILE.name}")
        elif value is not None and not _FITS[kind](value):
            found.append(f"{name} is no {kind}: {value!r}")
    return found


def _date(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _address(value: object) -> bool:
    try:
        return bool(ipaddress.ip_address(str(value)))
    except ValueError:
        return False


def _text(value: object) -> bool:
    return isinstance(value, str)


_FITS: dict[str, Callable[[object], bool]] = {
    "date": _date,
    "keyword": _text,
    "wildcard": _text,
    "match_only_text": _text,
    "long": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "double": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "ip": _address,
}


def mapping() -> dict[str, Any]:
    """Elasticsearch's mapping of these fields. Whatever else a line may hold is kept with it, and never becomes a field."""
    limits: dict[str, dict[str, Any]] = {
        "keyword": {"ignore_above": LONGEST_KEYWORD},
        # Messages are constant: they can be counted as a whole.
        "match_only_text": {"fields": {"keyword": {"type": "keyword", "ignore_above": 256}}},
    }
    properties = {name: {"type": kind, **limits.get(kind, {})} for name, kind in types().items()}
    return {"dynamic": False, "date_detection": False, "properties": properties}
