"""Workers as the database sees them: registered, alive, lost; and the fence that keeps a lost one from writing.

A worker holds a file lock for as long as its process lives, so that on one machine its death is seen at once; on
another machine, or when it merely hangs, the age of its heartbeat tells.
"""

import fcntl
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, RootTransaction, bindparam, delete, insert, select, update
from sqlalchemy.exc import OperationalError

from storybot import generations
from storybot.clock import now
from storybot.db import BUSY_TIMEOUT_S
from storybot.generations import Counter
from storybot.ids import new_id
from storybot.models import WorkerRow, table

_workers = table(WorkerRow)
_LOST_AT = select(_workers.c.lost_at).where(_workers.c.id == bindparam("id"))


#: How often a worker tries for the write lock, in seconds.
RETRY_S = 0.0005


class Fenced(Exception):
    """This worker was given up for dead: what it holds is another's now, and it must not write."""


class Registration:
    """One worker's place in the database, the one connection that it writes with, and the lock that says that it lives.

    `folder`: where the locks lie, one file a worker. The lock is the kernel's, so it goes with the process. All methods
    belong to one thread.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.id = new_id()
        self.host = socket.gethostname()
        self._connection = engine.connect().execution_options(storybot_write=True)
        raw = self._connection.connection.dbapi_connection
        self._sqlite = raw if isinstance(raw, sqlite3.Connection) else None
        if self._sqlite is not None:
            self._sqlite.execute("PRAGMA busy_timeout=0")
        self._seen_version = -1
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"worker-{self.id}.lock"
        self._lock: IO[str] = self._path.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._lock.write(str(os.getpid()))
        self._lock.flush()
        with self._begun():
            self._connection.execute(insert(_workers).values(id=self.id, host=self.host, pid=os.getpid(), started_at=now(), heartbeat_at=now()))

    @contextmanager
    def guard(self) -> Iterator[Connection]:
        """A write transaction in which this worker may write.

        Raises: Fenced, before anything is written, when it was given up.
        """
        with self._begun():
            row = self._connection.execute(_LOST_AT, {"id": self.id}).one_or_none()
            if row is None or row.lost_at is not None:
                raise Fenced(self.id)
            yield self._connection

    def _begun(self) -> RootTransaction:
        """A write transaction. SQLite's own waiting for the lock sleeps longer and longer; this looks every half millisecond."""
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                return self._connection.begin()
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() >= deadline:
                    raise
                time.sleep(RETRY_S)

    def others_wrote(self) -> bool:
        """Whether another connection has committed since the last call; costs microseconds.

        Source: SQLite, `PRAGMA data_version`. Elsewhere it always says yes.
        """
        if self._sqlite is None:
            return True
        version: int = self._sqlite.execute("PRAGMA data_version").fetchone()[0]
        changed, self._seen_version = version != self._seen_version, version
        return changed

    def beat(self, connection: Connection) -> None:
        """A sign of life: for other workers in the database, for the supervisor at the lock file."""
        os.utime(self._lock.fileno())
        connection.execute(update(_workers).where(_workers.c.id == self.id).values(heartbeat_at=now()))

    def leave(self) -> None:
        """Go for good; whatever is still claimed goes back into the queue."""
        with self._begun():
            generations.reclaim(self._connection, self.id)
            self._connection.execute(delete(_workers).where(_workers.c.id == self.id))
        self.close()

    def close(self) -> None:
        """Let go of the lock and the connection, without a word to the database."""
        self._lock.close()
        self._path.unlink(missing_ok=True)
        self._connection.close()

    def reclaim_from_dead(self, connection: Connection, lease_s: float, count: Counter | None = None) -> int:
        """Take over what dead workers held. Returns how many generations were taken from them; count: told what each took."""
        reclaimed = 0
        limit = now() - timedelta(seconds=lease_s)
        rows = connection.execute(
            select(_workers.c.id, _workers.c.host, _workers.c.heartbeat_at).where(_workers.c.id != self.id, _workers.c.lost_at.is_(None))
        ).all()
        for row in rows:
            if row.heartbeat_at < limit or (row.host == self.host and self._died(row.id)):
                connection.execute(update(_workers).where(_workers.c.id == row.id).values(lost_at=now()))
                reclaimed += generations.reclaim(connection, row.id, count)
        connection.execute(delete(_workers).where(_workers.c.lost_at < now() - timedelta(days=1)))
        return reclaimed

    def _died(self, worker_id: str) -> bool:
        path = self._path.with_name(f"worker-{worker_id}.lock")
        try:
            with path.open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False  # alive, or its locks lie elsewhere: then its heartbeat decides
        path.unlink(missing_ok=True)
        return True


def alive(connection: Connection, lease_s: float) -> bool:
    """Whether some worker gave a sign of life within the lease."""
    query = select(_workers.c.id).where(_workers.c.lost_at.is_(None), _workers.c.heartbeat_at > now() - timedelta(seconds=lease_s)).limit(1)
    return connection.scalar(query) is not None
