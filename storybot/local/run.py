"""What is known of the models that run: one state file and two locks each, in the data folder's `run`.

The child that serves a model writes its state and holds the lock `alive` for as long as it lives, so that every process of the
machine finds it and sees at once when it is gone. Whoever has it write holds the lock `use` together with others; a child that
can have that lock for itself is idle.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

LOADING, READY, REFUSED = "loading", "ready", "refused"


@dataclass(frozen=True, slots=True)
class Running:
    """One model's child. state: loading; ready, and then port, key and context_tokens say how to ask it; or refused, and then
    slug, detail and facts say why it would not load."""

    name: str
    pid: int
    state: str
    file_bytes: int = 0
    port: int = 0
    key: str = ""
    context_tokens: int = 0
    slug: str = ""
    detail: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def path(folder: Path, name: str, kind: str) -> Path:
    """A file of a model's child: `json`, `alive` or `use`. folder: where they lie; the name may hold any sign."""
    return folder / f"model-{hashlib.blake2s(name.encode(), digest_size=8).hexdigest()}.{kind}"


def write(folder: Path, running: Running) -> None:
    """Say how a child is doing; only this user may read it, since it holds the key."""
    target = path(folder, running.name, "json")
    draft = target.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(running)), encoding="utf-8")
    draft.replace(target)


def look(folder: Path, name: str) -> Running | None:
    """The child of a model, loading or ready; None where none lives."""
    found = _read(path(folder, name, "json"))
    return found if found and found.state != REFUSED and _is_held(path(folder, name, "alive")) and _lives(found.pid) else None


def is_loading(folder: Path, name: str) -> bool:
    """Whether a child of this model is on its way and cannot write yet."""
    found = look(folder, name)
    return found is not None and found.state == LOADING


def refusal(folder: Path, name: str, pid: int) -> Running | None:
    """Why the child with this process id would not load the model; None where it said nothing."""
    found = _read(path(folder, name, "json"))
    return found if found and found.state == REFUSED and found.pid == pid else None


def others(folder: Path, name: str) -> list[Running]:
    """The children of all other models."""
    names = (found.name for one in folder.glob("model-*.json") if (found := _read(one)))
    return [found for other in names if other != name and (found := look(folder, other))]


def _read(file: Path) -> Running | None:
    try:
        return Running(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _is_held(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lives(pid: int) -> bool:
    """Else a state that a killed child left would count as the state of the one that has just taken its place."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def alive(folder: Path, name: str) -> Iterator[bool]:
    """Within the block: whether this process is the model's one child; the lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with path(folder, name, "alive").open("wb") as lock:
        for _ in range(50):  # whoever only looks holds it for an instant
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path(folder, name, "json").unlink(missing_ok=True)
                yield True
                return
            time.sleep(0.002)
        yield False


@contextlib.contextmanager
def used(folder: Path, name: str) -> Iterator[None]:
    """Within the block the model's child does not count as idle."""
    folder.mkdir(parents=True, exist_ok=True)
    with path(folder, name, "use").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            os.utime(lock.fileno())


@contextlib.contextmanager
def unused(folder: Path, name: str) -> Iterator[float | None]:
    """Within the block nobody can begin to use the model; gives for how long nobody has, in seconds, None where somebody does."""
    with path(folder, name, "use").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield max(0.0, time.time() - _changed(lock))


def _changed(file: IO[bytes]) -> float:
    return os.fstat(file.fileno()).st_mtime
