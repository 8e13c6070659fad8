"""The worker process around `Worker`: settings, signals, metrics, the event loop."""

import asyncio
import os
import signal
import time

import uvloop
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from storybot import exposition, schema, service
from storybot.clerk import Clerk
from storybot.db import make_engine
from storybot.engines.registry import engines
from storybot.settings import Settings
from storybot.worker import Worker

#: How long a worker waits for another process to bring the database up to date, in seconds.
PATIENCE_S = 120.0


def work(settings: Settings, *, wait_for_schema: bool = False) -> None:
    """Work until SIGTERM or SIGINT.

    Raises: SchemaError when the database is not up to date (in time), SettingsError when the metrics' port is taken.
    """
    settings.data_path.mkdir(parents=True, exist_ok=True)
    database = make_engine(settings.sqlalchemy_url)
    _require_schema(database, time.monotonic() + (PATIENCE_S if wait_for_schema else 0))
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        exposition.expose(settings.metrics_host, settings.worker_metrics_port, "STORYBOT_WORKER_METRICS_PORT")
    uvloop.run(_work(database, settings))
    database.dispose()


def _require_schema(database: Engine, deadline: float) -> None:
    while True:
        try:
            return schema.require_head(database)
        except (schema.SchemaError, OperationalError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.05)


async def _work(database: Engine, settings: Settings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    pulse = asyncio.create_task(_pulse())
    with Clerk(database, settings):
        await Worker(database, engines(settings), settings).run(stopping)
    pulse.cancel()


async def _pulse() -> None:
    service.tell("READY=1")
    while (seconds := service.pulse_s()) is not None:
        await asyncio.sleep(seconds)
        service.tell("WATCHDOG=1")
