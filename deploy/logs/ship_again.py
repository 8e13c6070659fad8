#!/usr/bin/env python3
"""What rsyslog put aside is sent once more: a bulk request whose whole answer was an error is not tried again by rsyslog itself.

For a timer on the server, with Python's own library only:

    ship_again.py REFUSED CA [SIGNAL-COMMAND …]

REFUSED is the errorFile of omelasticsearch, one JSON object a line; SIGNAL-COMMAND makes rsyslog open it anew. Documents that
Elasticsearch will never take (their own fault) are moved to REFUSED.dead; the rest stays until it was taken. As lines have ids
of their own, nothing that is sent twice stands there twice. The password is read from standard input: `USER:PASSWORD`.
"""

import base64
import json
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TIMEOUT_S = 60
#: Seconds that rsyslog may take to let go of the file.
PAUSE_S = 1.0
#: Answers after which another try can help. Source: RFC 9110, 15.5 and 15.6; Elasticsearch, "Bulk API".
PASSING = frozenset({401, 403, 408, 429, 500, 502, 503, 504})


def documents(refused: Path) -> Iterator[tuple[str, str, str]]:
    """Address, action line and document of everything that was put aside; a line that was cut off is left out."""
    for raw in refused.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            request = json.loads(raw)["request"]
            rows = str(request["postdata"]).splitlines()
        except (ValueError, KeyError, TypeError):
            continue
        for action, document in zip(rows[::2], rows[1::2], strict=False):
            yield str(request["url"]), action, document


def send(url: str, rows: list[tuple[str, str]], credentials: str, trusted: ssl.SSLContext) -> list[int]:
    """The status of each document, by its place; one status for all where there was no other answer (599: none at all)."""
    body = "".join(f"{action}\n{document}\n" for action, document in rows).encode()
    login = base64.b64encode(credentials.encode()).decode()
    headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Basic {login}"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - https, from rsyslog's own file
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=trusted) as answer:  # noqa: S310
            items: list[dict[str, Any]] = json.loads(answer.read())["items"]
    except urllib.error.HTTPError as error:
        return [error.code] * len(rows)
    except (OSError, ValueError, KeyError):
        return [599] * len(rows)
    return [int(next(iter(item.values()))["status"]) for item in items]


def again(refused: Path, ca: Path, credentials: str, let_go: list[str], batch: int = 500) -> tuple[int, int, int]:
    """Send everything once more. Returns how many were taken (or were there already), stay for later, and are given up."""
    waiting = refused.with_name(refused.name + ".again")
    if refused.exists():
        refused.rename(refused.with_name(f"{refused.name}.{time.time_ns()}"))
        if let_go:
            subprocess.run(let_go, check=True)
            time.sleep(PAUSE_S)
    parts = sorted(refused.parent.glob(f"{refused.name}.[0-9]*"))
    found = list(dict.fromkeys(one for part in [*([waiting] if waiting.exists() else []), *parts] for one in documents(part)))
    trusted = ssl.create_default_context(cafile=str(ca))
    later: list[tuple[str, str, str]] = []
    dead: list[tuple[str, str, str]] = []
    for url in dict.fromkeys(address for address, _, _ in found):
        rows = [(action, document) for address, action, document in found if address == url]
        for at in range(0, len(rows), batch):
            some = rows[at : at + batch]
            for (action, document), status in zip(some, send(url, some, credentials, trusted), strict=True):
                if status >= 300 and status != 409:
                    (later if status in PASSING or status == 599 else dead).append((url, action, document))
    _write(waiting, later)
    if dead:
        with refused.with_name(refused.name + ".dead").open("a", encoding="utf-8") as file:
            file.writelines(f"{action}\n{document}\n" for _, action, document in dead)
    for part in parts:
        part.unlink()
    return len(found) - len(later) - len(dead), len(later), len(dead)


def _write(waiting: Path, rows: list[tuple[str, str, str]]) -> None:
    if not rows:
        waiting.unlink(missing_ok=True)
        return
    new = waiting.with_name(waiting.name + ".new")
    lines = (json.dumps({"request": {"url": url, "postdata": f"{action}\n{document}\n"}}, ensure_ascii=False) for url, action, document in rows)
    new.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    new.rename(waiting)


def main() -> None:
    """Do it, and say what came of it where there was anything to do."""
    refused, ca, *let_go = sys.argv[1:]
    taken, later, dead = again(Path(refused), Path(ca), sys.stdin.readline().strip(), let_go)
    if taken or later or dead:
        print(f"log lines sent again: {taken} taken, {later} stay for later, {dead} given up")


if __name__ == "__main__":
    main()
