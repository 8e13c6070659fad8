"""The process that runs one model: llama.cpp's own server in it, on loopback, with a key, until it is idle or ended.

Source of the server's parameters: llama.cpp, tools/server/README.md; `xllamacpp` names them as its C++ does.
"""

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storybot.local import gguf, memory, run, shelf

#: How often one looks whether the model is idle, in seconds.
LOOK_S = 0.5
#: Exit statuses. Source: sysexits.h (EX_DATAERR, EX_TEMPFAIL).
REFUSED, TAKEN = 65, 75
#: Errors only: what llama.cpp says besides is of no use to an operator.
_QUIET = 1


class Refused(Exception):
    """Why the model is not loaded: `slug` as the page knows it, harmless `facts`."""

    def __init__(self, slug: str, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a model is to run where memory allows it. slots: stories at once; context_tokens: of each; threads: to compute with;
    port: on loopback, 0 for a free one; idle_s: ends after so many seconds without a story, 0: never."""

    slots: int
    context_tokens: int
    threads: int
    port: int = 0
    idle_s: int = 0


def serve(name: str, models: Path, folder: Path, wishes: Wishes) -> int:
    """Load a model and serve it until SIGTERM, or until it has been idle for long enough. Returns the exit status.

    models: the model folder; folder: where processes of this machine find each other.
    """
    with run.alive(folder, name) as is_mine:
        if not is_mine:
            return TAKEN
        state = run.Running(name, os.getpid(), run.LOADING)
        try:
            path, plan = _planned(name, models, folder, wishes)
            run.write(folder, run.Running(name, os.getpid(), run.LOADING, file_bytes=path.stat().st_size))
            state = _loaded(name, path, plan, wishes)
        except Refused as refused:
            run.write(folder, run.Running(name, os.getpid(), run.REFUSED, slug=refused.slug, detail=refused.detail, facts=refused.facts))
            return REFUSED
        run.write(folder, state)
        print(f"{name} is served at http://127.0.0.1:{state.port}/v1; its key stands in {run.path(folder, name, 'json')}", flush=True)  # noqa: T201
        _wait(folder, name, wishes.idle_s)
        run.path(folder, name, "json").unlink(missing_ok=True)
    return 0


def _planned(name: str, models: Path, folder: Path, wishes: Wishes) -> tuple[Path, memory.Plan]:
    path = shelf.files(models).get(name)
    if path is None:
        raise Refused("model-missing", "The model's file is not in the model folder.", model=name)
    if not shelf.installed():
        raise Refused("model-runtime-missing", "llama.cpp is not installed: `pip install xllamacpp`.", model=name)
    try:
        head = gguf.read(path)
    except (gguf.Broken, OSError) as error:
        raise Refused("model-broken", "The model's file is no GGUF file, or it is damaged.", model=name) from error
    # What another model has mapped counts as free memory, but taking it would make that one read its file again and again.
    free = memory.available() - sum(other.file_bytes for other in run.others(folder, name)) + _on_devices()
    try:
        return path, memory.plan(head.shape, path.stat().st_size, slots=wishes.slots, context_tokens=wishes.context_tokens, free=free)
    except memory.TooLarge as large:
        detail = f"The model takes {large.needed / 1e9:.1f} GB of memory, and {max(0, large.available) / 1e9:.1f} GB are free."
        facts = {"needed_bytes": large.needed, "available_bytes": max(0, large.available)}
        raise Refused("model-too-large", detail, model=name, **facts) from large


def _on_devices() -> int:
    """Free memory of the graphics cards that llama.cpp finds, in bytes."""
    import xllamacpp

    cards = xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_GPU
    return sum(int(one["memory_free"]) for one in xllamacpp.get_device_info() if one["type"] == cards)


def _loaded(name: str, path: Path, plan: memory.Plan, wishes: Wishes) -> run.Running:
    import xllamacpp

    global _server
    key = secrets.token_urlsafe(32)
    params = parameters(path, plan, wishes.threads)
    params.port = wishes.port
    params.api_keys = [key]
    params.model_alias = {name}
    try:
        _server = xllamacpp.Server(params)
    except Exception as error:
        raise Refused("model-broken", "llama.cpp cannot load the model's file.", model=name) from error
    taken = int(_server.listening_address.rsplit(":", 1)[1])
    size = path.stat().st_size
    return run.Running(name, os.getpid(), run.READY, file_bytes=size, port=taken, key=key, context_tokens=plan.context_tokens)


#: llama.cpp's server ends with the object that stands for it.
_server: Any = None


def parameters(path: Path, plan: memory.Plan, threads: int) -> Any:
    """How llama.cpp is to run a model: on loopback, with so many slots; layers go to a graphics card as far as they fit there."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.n_parallel = plan.slots
    params.n_ctx = plan.slots * plan.context_tokens
    params.cache_ram_mib = 0  # the plan counts what the slots keep, and nothing else
    params.endpoint_slots = False
    params.ui = False
    params.cors_origins = ""
    params.verbosity = _QUIET
    return params


def _wait(folder: Path, name: str, idle_s: int) -> None:
    """Return when nobody has used the model for `idle_s` seconds, in such a way that nobody can begin to."""
    began = time.time()
    while True:
        time.sleep(LOOK_S)
        if not idle_s or time.time() - began < idle_s:
            continue
        with run.unused(folder, name) as idle:
            if idle is not None and idle >= idle_s:
                run.path(folder, name, "json").unlink(missing_ok=True)
                return
