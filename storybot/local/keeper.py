"""Keeps the models' processes: starts one when a story needs it, finds it where it runs already, starts it again when it died.

Lives in the worker. Several workers of a machine share one process a model: whoever comes first starts it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import aiohttp

from storybot.engines.contract import EngineError
from storybot.local import run, serve
from storybot.settings import Settings

log = logging.getLogger(__name__)

#: How often one looks whether a model is loaded, in seconds.
LOOK_S = 0.01
#: Pause after a process that died, in seconds; doubled each time up to the longest.
PAUSE_S, LONGEST_PAUSE_S = 0.25, 30.0
#: Deaths in a row after which a story is not kept waiting, and the life after which they are forgotten, in seconds.
DEATHS, GOOD_LIFE_S = 3, 60.0
#: How long a refusal to load is believed, in seconds: the file or the memory may be another one soon.
BELIEVED_S = 2.0
#: How long loading may take, and an answer to whether it lives, in seconds.
LOADING_S, ANSWER_S = 900.0, 3.0


@dataclass(slots=True)
class _Child:
    """A model's process, as far as this worker has to do with it. deaths: in a row."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0
    refusal: EngineError | None = None


class Keeper:
    """The models' processes of this worker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.run_path
        self._children: dict[str, _Child] = {}
        self._closing = False

    async def ready(self, name: str) -> run.Running:
        """The model's process, once it is loaded; call it within `run.used`.

        Raises: EngineError (`model-missing`, `model-too-large`, `model-broken`, `model-runtime-missing`, `model-stopped`).
        """
        deadline = time.monotonic() + LOADING_S
        while True:
            running = run.look(self._folder, name)
            if running is not None and running.state == run.READY:
                return running
            child = self._children.setdefault(name, _Child())
            if running is None and not self._starting(name, child):
                await self._judge(name, child)
                self._start(name, child)
            if time.monotonic() > deadline:
                self._kill(name, running)
                raise _stopped(name)
            await asyncio.sleep(LOOK_S)

    def _starting(self, name: str, child: _Child) -> bool:
        """Whether a process is on its way; takes note of one that ended."""
        if child.process is None:
            return child.refusal is None and child.deaths < DEATHS and time.monotonic() < child.not_before
        status = child.process.poll()
        if status is None:
            return True
        refusal = run.refusal(self._folder, name, child.process.pid) if status == serve.REFUSED else None
        lived = time.monotonic() - child.started
        child.process = None
        if refusal is not None:
            child.refusal = EngineError(refusal.slug, refusal.detail, permanent=True, facts=refusal.facts)
            child.not_before = time.monotonic() + BELIEVED_S
            log.warning("model not loaded", extra={"slug": refusal.slug, "reason": refusal.detail})
            return False
        if status in (0, serve.TAKEN):
            return False  # it was idle, or another worker was quicker
        child.deaths = 1 if lived > GOOD_LIFE_S else child.deaths + 1
        child.not_before = time.monotonic() + min(LONGEST_PAUSE_S, PAUSE_S * 2 ** (child.deaths - 1))
        log.warning("a model's process died", extra={"process.exit_code": status, "deaths": child.deaths})
        return child.deaths < DEATHS

    async def _judge(self, name: str, child: _Child) -> None:
        """Raises: EngineError where there is no use in starting it now."""
        waits = time.monotonic() < child.not_before
        if child.refusal is not None and waits:
            if child.refusal.slug != "model-too-large" or not await self._made_room(name):
                raise child.refusal
        elif child.deaths >= DEATHS and waits:
            raise _stopped(name)
        child.refusal = None

    async def _made_room(self, name: str) -> bool:
        """End what is loaded and used by nobody. Whether there was anything."""
        ended = False
        for other in run.others(self._folder, name):
            with run.unused(self._folder, other.name) as idle:
                if idle is not None:
                    self._kill(other.name, other, signal.SIGTERM)
                    ended = True
                    await self._gone(other.name)
        return ended

    async def _gone(self, name: str) -> None:
        for _ in range(round(ANSWER_S / LOOK_S)):
            if run.look(self._folder, name) is None:
                return
            await asyncio.sleep(LOOK_S)

    def _start(self, name: str, child: _Child) -> None:
        if self._closing:
            raise _stopped(name)
        made = self._settings
        words = [sys.executable, "-m", "storybot", "model", "serve", name, "--supervisor", str(os.getpid())]
        words += ["--models", str(made.models_path), "--run", str(self._folder), "--port", "0", "--slots", str(made.local_slots)]
        words += ["--context", str(made.context_tokens), "--threads", str(made.local_threads), "--idle-s", str(made.local_idle_s)]
        child.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
        child.started = time.monotonic()
        log.info("model starting", extra={"model.pid": child.process.pid})

    async def examine(self, name: str) -> bool:
        """Whether the model's process is well, after something went wrong with it; one that gives no answer is ended."""
        running = run.look(self._folder, name)
        if running is None or running.state != run.READY:
            return False
        try:
            timeout = aiohttp.ClientTimeout(total=ANSWER_S)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"http://127.0.0.1:{running.port}/health") as answer:
                if answer.status == 200:
                    return True
        except (aiohttp.ClientError, OSError):
            pass
        log.warning("a model's process gives no answer; ending it", extra={"model.pid": running.pid})
        self._kill(name, running)
        return False

    def _kill(self, name: str, running: run.Running | None, how: signal.Signals = signal.SIGKILL) -> None:
        child = self._children.get(name)
        if child is not None and child.process is not None and (running is None or running.pid == child.process.pid):
            child.process.send_signal(how)
        elif running is not None and run.look(self._folder, name) == running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(running.pid, how)

    async def close(self) -> None:
        """End the processes that this worker started."""
        self._closing = True
        mine = [child.process for child in self._children.values() if child.process is not None and child.process.poll() is None]
        for process in mine:
            process.terminate()
        for process in mine:
            try:
                await asyncio.to_thread(process.wait, 5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)
        self._children.clear()


def _stopped(name: str) -> EngineError:
    return EngineError("model-stopped", "The model's process ended, several times in a row.", permanent=True, facts={"model": name})
