"""Logs: one JSON object a line with ECS fields, in a rotating file that several processes share, and on stdout.

A line is a constant event name and fields: `log.info("generation finished", extra={"generation.id": …})`. What ECS has no
name for stands under `storybot`. Nobody puts a prompt, a story's text or a key into a field at INFO or above.
"""

import itertools
import logging
import os
import secrets
import sys
from typing import Any

import ecs_logging
from concurrent_log_handler import ConcurrentRotatingFileHandler

from storybot.settings import Settings
from storybot.trace import current_trace_id

#: As in the blog post: 100 MB a file, one old file kept.
MAX_BYTES = 100_000_000
BACKUPS = 1


#: Source: Elastic Common Schema, field reference; the groups of fields that lines of ours may use.
ECS_VERSION = "8.11.0"
_ECS = frozenset(
    {"@timestamp", "message", "log.level", "ecs.version", "client", "error", "event", "http", "log", "process", "server", "service", "source"}
    | {"tags", "trace", "url", "user", "user_agent"}
)
#: Together with the process's id and a number it makes a line's own id, by which a line that is shipped twice is known again.
_START = secrets.token_hex(6)
_numbers = itertools.count()


class TraceFilter(logging.Filter):
    """Puts the current trace id and the process's role onto every line."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def filter(self, record: logging.LogRecord) -> bool:
        trace_id = current_trace_id()
        if trace_id and not hasattr(record, "trace.id"):
            setattr(record, "trace.id", trace_id)
        setattr(record, "service.name", "storybot")
        setattr(record, "service.node.role", self._role)
        return True


class EcsFormatter(ecs_logging.StdlibFormatter):
    """ECS lines without the fields that only a debugger needs."""

    def __init__(self) -> None:
        super().__init__(exclude_fields=["log.original", "process.thread", "log.origin.function"])

    def format(self, record: logging.LogRecord) -> str:
        """The line; made once for all handlers, as making it is most of what logging costs."""
        line: str | None = getattr(record, "_line", None)
        if line is None:
            line = super().format(record)
            record._line = line
        return line

    def format_to_ecs(self, record: logging.LogRecord) -> dict[str, Any]:
        line = super().format_to_ecs(record)
        line.pop("taskName", None)
        own = {name: line.pop(name) for name in line.keys() - _ECS}
        if own:
            line["storybot"] = own
        line["ecs.version"] = ECS_VERSION
        line.setdefault("event", {}).update(id=f"{_START}-{os.getpid()}-{next(_numbers)}", dataset="storybot.app")
        return line


def setup_loggers(settings: Settings, role: str, *, stdout: bool = True) -> None:
    """Send every logger to `<data>/logs/app.log` and, if wanted, to stdout; `role` is web, worker or run."""
    folder = settings.data_path / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        ConcurrentRotatingFileHandler(str(folder / "app.log"), maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8")
    ]
    if stdout:
        handlers.append(logging.StreamHandler(sys.stdout))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    for handler in handlers:
        handler.setFormatter(EcsFormatter())
        handler.addFilter(TraceFilter(role))
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    for chatty in ("alembic", "aiohttp.access", "urllib3", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
