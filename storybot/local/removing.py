"""Deletes a model of this machine, and ends the process that has it in memory."""

import os
import signal
import time
from pathlib import Path

from storybot.local import hub, run, shelf
from storybot.local.problems import ModelInUse, ModelMissing

#: How long a process may take to end, in seconds.
_PATIENCE_S = 5.0


def remove(models: Path, folder: Path, name: str) -> int:
    """Delete a model's file, or what there is of its download. models: the model folder; folder: where processes find each other.

    Returns how many bytes are free again. Raises: ModelMissing, ModelInUse (a story is being written with it).
    """
    path = shelf.files(models).get(name)
    there = [*([path] if path else []), *shelf.parts(models, name)]
    if not there:
        raise ModelMissing("There is no file of this model here.", model=name)
    freed = sum(one.stat().st_size for one in there)
    if path:
        folder.mkdir(parents=True, exist_ok=True)
        with run.unused(folder, name) as idle:
            if idle is None:
                raise ModelInUse("A story is being written with this model: stop it, or wait until it is done.", model=name)
            unload(folder, name)
            path.unlink()
    hub.discard(models, name)
    return freed


def unload(folder: Path, name: str) -> None:
    """End the process that has a model in memory; expects `run.unused`."""
    running = run.look(folder, name)
    if running is None:
        return
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_S
    while run.look(folder, name) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
