"""/metrics on a port of its own, on loopback unless it is told otherwise: of this process, or of several that share a folder."""

import os
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from storybot.settings import port_taken


def expose(host: str, port: int, variable: str = "STORYBOT_METRICS_PORT") -> tuple[WSGIServer, int]:
    """Serve /metrics at `host`: of all processes where they share a folder, of this one otherwise.

    Returns the server and its port. Raises: SettingsError, which names `variable`, where the port is taken.
    """
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    try:
        server, _thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise port_taken(variable, port, error) from error
    server.set_app(_unnamed(server.get_app()))
    return server, int(server.server_port)


def _unnamed(app: Any) -> Any:
    """The app under a name that tells no version: without one, wsgiref adds its own and Python's."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        return app(environ, lambda status, headers, *more: start_response(status, [*headers, ("Server", "storybot")], *more))

    return answer


def share(folder: Path) -> None:
    """Make the folder that the processes share, empty."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.db"):
        stale.unlink()


def forget_process(pid: int) -> None:
    """Drop the live gauges of a process that ended."""
    mark_process_dead(pid)
