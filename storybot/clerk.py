"""The clerk: threads of the worker that have long jobs (export, import, erase, check, pull) done beside its generations, one
thread a lane.

Each job gets a process of its own, of low priority (`chores`), so that neither the interpreter's lock nor the memory of a
large archive ever holds up a text. A job's lock is a file lock of that process, which goes with it: a job that is open and
not locked has lost its process, and is begun again.
"""

import contextlib
import fcntl
import logging
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine

from storybot import joblist
from storybot.bell import Bell, ring
from storybot.settings import Settings

log = logging.getLogger(__name__)

#: How often one looks for jobs when no bell rings, and for what has become old, in seconds.
LOOK_S = 10.0
TIDY_S = 600.0
#: Pause after a process that did not end its job, in seconds.
PAUSE_S = 1.0
#: A file that belongs to no job is left for so long: its upload may be under way.
STRAY_S = 3600.0


class Clerk:
    """All lanes. database: used for short reads and deletions only."""

    def __init__(self, database: Engine, settings: Settings) -> None:
        self._lanes = [Lane(database, settings, kinds) for kinds in joblist.LANES]

    def __enter__(self) -> "Clerk":
        for lane in self._lanes:
            lane.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Break off what is being done; another clerk, or the next start, begins it again."""
        for lane in self._lanes:
            lane.stop()
        for lane in self._lanes:
            lane.join()


class Lane:
    """One thread, which does one job of its kinds at a time; the first lane tidies up as well."""

    def __init__(self, database: Engine, settings: Settings, kinds: Sequence[str] = joblist.LANES[0]) -> None:
        self._database = database
        self._settings = settings
        self._kinds = kinds
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._next_tidying = 0.0 if kinds == joblist.LANES[0] else math.inf
        self._thread = threading.Thread(target=self._run, name=f"clerk of {kinds[0]}", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Break off what is being done; does not wait for it."""
        self._stopping.set()
        ring(self._settings.bells_path, joblist.BELL)
        if (process := self._process) is not None:
            process.terminate()

    def join(self) -> None:
        """Wait for the thread's end, up to 10 seconds."""
        self._thread.join(10)

    def _run(self) -> None:
        bell = Bell(self._settings.bells_path, joblist.BELL)
        try:
            while not self._stopping.is_set():
                try:
                    found = self.step()
                except Exception:
                    log.exception("the clerk stumbled")
                    found = False
                if not found and not self._stopping.is_set():
                    bell.wait(LOOK_S)
        finally:
            bell.close()

    def step(self) -> bool:
        """Do the first job that waits, and see to what has become old. Whether there was a job."""
        if time.monotonic() >= self._next_tidying:
            self._next_tidying = time.monotonic() + TIDY_S
            tidy(self._database, self._settings.data_path)
        for job_id in joblist.waiting(self._database, self._kinds):
            with lock(self._settings.data_path, job_id) as is_free:
                pass
            if is_free:
                self._have_done(job_id)
                return True
        return False

    def _have_done(self, job_id: str) -> None:
        words = [sys.executable, "-m", "storybot", "job", job_id, "--supervisor", str(os.getpid())]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program and an id of ours
        if self._stopping.is_set():
            self._process.terminate()
        status = self._process.wait()
        self._process = None
        if status and not self._stopping.is_set():
            log.error("a job's process broke off", extra={"job.id": job_id, "process.exit_code": status})
            self._stopping.wait(PAUSE_S)


@contextlib.contextmanager
def lock(data: Path, job_id: str) -> Iterator[bool]:
    """Within the block: whether the job is this process's. data: the data folder. The lock goes with the process, however it ends."""
    folder = data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"job-{job_id}.lock"
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_mine = path.stat().st_ino == os.fstat(held.fileno()).st_ino
        except (BlockingIOError, FileNotFoundError):
            is_mine = False
        yield is_mine
        if is_mine:
            path.unlink(missing_ok=True)


def tidy(database: Engine, data: Path) -> None:
    """Delete the jobs that are kept no longer, their files, and files that belong to no job. data: the data folder."""
    unlink(data, joblist.forget_old(database))
    jobs = joblist.known(database)
    for kind in (joblist.EXPORT, joblist.IMPORT):
        folder = joblist.folder_of(data, kind)
        for path in folder.iterdir() if folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if path.name.split(".")[0] not in jobs and path.stat().st_mtime < time.time() - STRAY_S:
                    path.unlink()


def unlink(data: Path, forgotten: list[tuple[str, str]]) -> None:
    """Delete the files of jobs that were forgotten, given by kind and id."""
    for kind, job_id in forgotten:
        joblist.file_of(data, kind, job_id).unlink(missing_ok=True)
