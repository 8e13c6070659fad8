"""The worker: claims generations, asks engines, appends what they write to the token log.

Everything that all open generations have gathered goes into one transaction (group commit), and an engine is asked for
its next event only when the last one is committed: so under load batches arise by themselves, and nothing is shown that
is not kept. `Worker.step` is one beat of it, which tests call directly; `Worker.run` is the loop around it.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError

from storybot import closing, commissions, connections, generations, metrics
from storybot.bell import Bell, ring
from storybot.engines.contract import Engine, EngineError, Event, Learnt, Pieces, Thinking, Title
from storybot.housekeeping import Housekeeping
from storybot.jobs import Batch, Beat, End, Job, account
from storybot.linger import Linger
from storybot.quotas import Quotas
from storybot.settings import TAIL_BELL, WORKER_BELL, Settings
from storybot.trace import set_trace_id
from storybot.workers import Fenced, Registration

log = logging.getLogger(__name__)
T = TypeVar("T")

#: How often an idle worker looks for new work when no bell rings, in seconds.
LOOK_S = 0.05
#: Claims in one beat: starting many stories must not hold up the text of others.
CLAIMS_PER_BEAT = 25
#: Pause before a second try, in seconds; doubled each time, with jitter. Longer waits that a server asks for are not waited out.
BACKOFF_S = 0.5
MAX_RETRY_AFTER_S = 20.0


class Worker:
    """One worker.

    database: where everything is kept; used from one thread of its own.
    engines: how to make the engine of each name; one is made when it is first needed.

    Made inside the running event loop that it is to work in.
    """

    def __init__(self, database: Database, engines: Mapping[str, Callable[[], Engine]], settings: Settings) -> None:
        self._database = database
        self._makers = engines
        self._engines: dict[str, Engine] = {}
        self._settings = settings
        self._locks: Path = settings.data_path / "run"
        self._bells = settings.bells_path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._registration: Registration | None = None
        self._jobs: dict[int, Job] = {}
        self._batch = Batch()
        self._wake = asyncio.Event()
        self._linger = Linger()
        self._loop = asyncio.get_running_loop()  # asking for it is a system call on Python 3.11, too dear for each piece
        self._leaving = False
        self._next_beat = 0.0
        self._quotas = Quotas(settings) if settings.accounts == "on" else None
        self._count = self._quotas.count_tokens if self._quotas else None
        self._house = Housekeeping(settings, self._count)

    @property
    def idle(self) -> bool:
        """Whether nothing is being written and nothing waits for a commit."""
        return not self._jobs and not self._batch

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set; then put what is unfinished back into the queue, with the text that it has."""
        waiter = asyncio.create_task(self._wake_on(stopping))
        bell = Bell(self._bells, WORKER_BELL)
        self._loop.add_reader(bell.fileno(), self._heard, bell)
        try:
            await self.register()
            self._engine(self._settings.engine)  # so that the first story does not wait for it to load
            while not stopping.is_set():
                await self._rest()
                if self._batch or self._due() or self._others_wrote():
                    await self.step()
        finally:
            self._loop.remove_reader(bell.fileno())
            bell.close()
            waiter.cancel()
            await self.leave()

    async def register(self) -> None:
        """Take a place among the workers."""
        self._registration = await self._in_thread(Registration, self._database, self._locks)
        log.info("worker started", extra={"worker.id": self._registration.id})

    async def step(self) -> None:
        """One beat: commit what was gathered, begin what waits, stop what somebody wants stopped."""
        taken, self._batch = self._batch, Batch()
        self._wake.clear()
        try:
            beat = await self._committed(taken)
        except Fenced:
            await self._start_over()
            return
        for future in taken.waiting:
            if not future.done():
                future.set_result(None)
        account(taken)
        for number in beat.to_stop:
            self._stop(number)
        for job in beat.claimed:
            self._begin(job)

    async def leave(self) -> None:
        """Stop all jobs, keep the text that they have, and go."""
        self._leaving = True
        dropped = await self._drop_jobs()
        if self._registration is not None:
            with contextlib.suppress(Fenced):
                await self._in_thread(self._commit, self._batch)
                await self._in_thread(self._give_back, dropped)
            self._batch = Batch()
            await self._in_thread(self._registration.leave)
            self._registration = None
        for engine in self._engines.values():
            await engine.close()
        self._thread.shutdown()
        log.info("worker stopped")

    # Waiting

    def _heard(self, bell: Bell) -> None:
        bell.hush()
        self._wake.set()

    async def _wake_on(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._wake.set()

    async def _rest(self) -> None:
        if not self._batch:
            alarm = self._loop.call_later(LOOK_S, self._wake.set)
            await self._wake.wait()
            alarm.cancel()
            self._wake.clear()
        if not self._batch:
            return
        await self._linger.wait(len(self._jobs), urgent=bool(self._batch.started))

    def _due(self) -> bool:
        return time.monotonic() >= self._next_beat

    def _others_wrote(self) -> bool:
        # The database thread rests while nothing is gathered, so its connection may be asked from here.
        return self._registration is not None and self._registration.others_wrote()

    # Committing, in the database thread

    async def _committed(self, batch: Batch) -> Beat:
        while True:
            try:
                return await self._in_thread(self._commit, batch)
            except OperationalError:
                log.exception("commit failed; trying again")
                await asyncio.sleep(0.5)

    def _commit(self, batch: Batch) -> Beat:
        assert self._registration is not None
        began = time.perf_counter()
        beat = Beat()
        due = self._due()
        look = due or not batch or self._registration.others_wrote()
        with self._registration.guard() as connection:
            if batch.rows:
                generations.append(connection, batch.rows)
            if batch.started:
                generations.mark_first_text(connection, [job.number for job in batch.started])
            for number, title in batch.titles:
                generations.give_title(connection, number, title[: self._settings.title_chars])
            if batch.thinking:
                generations.mark_thinking(connection, batch.thinking)
            for name, refused in batch.learnt:
                connections.learn(connection, name, refused)
            for end in batch.ends:
                closing.finish(connection, end, self._count)
            if due:
                self._next_beat = time.monotonic() + self._settings.lease_s / 5
                self._house.keep(connection, self._registration)
            if look or batch.ends:
                beat.to_stop = generations.stop_requests(connection, self._registration.id)
                beat.claimed = self._claim(connection)
        if batch:
            ring(self._bells, TAIL_BELL)
        if batch.rows:
            metrics.COMMIT_SECONDS.observe(time.perf_counter() - began)
        return beat

    def _give_back(self, jobs: list[Job]) -> None:
        assert self._registration is not None
        with self._registration.guard() as connection:
            for job in jobs:
                if generations.give_back(connection, self._registration.id, job.number, job.tokens) and self._count:
                    self._count(connection, job.number, job.tokens)
            generations.reclaim(connection, self._registration.id, self._count)

    def _claim(self, connection: Connection) -> list[Job]:
        assert self._registration is not None
        free = 0 if self._leaving else self._settings.worker_generations - len(self._jobs)
        jobs = []
        for number in generations.queued(connection, min(free, CLAIMS_PER_BEAT)):
            if generations.claim(connection, number, self._registration.id) and not (self._quotas and self._quotas.give_up(connection, number)):
                jobs.append(Job.of(commissions.order(connection, number, self._settings)))
        if len(jobs) == CLAIMS_PER_BEAT:
            self._next_beat = 0.0  # there may be more
        return jobs

    # Writing, in the event loop

    def _begin(self, job: Job) -> None:
        self._jobs[job.number] = job
        metrics.OPEN_GENERATIONS.inc()
        metrics.GENERATIONS_STARTED.labels(job.kind).inc()
        job.task = asyncio.create_task(self._work(job))

    def _stop(self, number: int) -> None:
        job = self._jobs.get(number)
        if job and job.task and not job.stopping:
            job.stopping = True
            job.task.cancel()

    async def _work(self, job: Job) -> None:
        set_trace_id(job.order.trace_id)
        fields = {"generation.id": job.order.generation_id, "engine": job.engine}
        log.info("generation started", extra=fields | {"resumed_chars": job.chars})
        try:
            end = await self._told(job)
        except asyncio.CancelledError:
            if not job.stopping:
                raise  # the worker goes, or lost its claim: somebody else will go on
            end = End(job, "stopped")
        job.stopping = True  # its end is on the way: from here on a wish to stop comes too late
        self._batch.ends.append(end)
        await self._next_commit()
        self._forget(job)
        seconds = time.monotonic() - job.began
        closing.record(end)
        metrics.GENERATION_SECONDS.labels(job.kind).observe(seconds)
        metrics.GENERATIONS_FINISHED.labels(job.kind, end.state).inc()
        failure = {"problem.type": end.failure["type"]} if end.failure else {}
        outcome = {"state": end.state, "event.outcome": "failure" if end.failure else "success", "event.duration": int(seconds * 1e9)}
        log.info("generation finished", extra=fields | outcome | failure | {"tokens": job.tokens, "chars": job.chars})

    async def _told(self, job: Job) -> End:
        attempt = 1
        while True:
            try:
                await self._tell(job)
                if job.chars:
                    return End(job, "done")
                raise EngineError("engine-empty", "The storyteller ended without a word.", permanent=True)
            except EngineError as error:
                wait = error.retry_after_s if error.retry_after_s is not None else BACKOFF_S * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)
                if error.permanent or attempt >= self._settings.engine_attempts or wait > MAX_RETRY_AFTER_S:
                    log.warning("engine failed", extra={"engine": job.engine, "slug": error.slug, "attempt": attempt, "reason": error.detail})
                    return End(job, "failed", commissions.engine_problem(error, job.order.trace_id))
                log.info("engine failed; trying again", extra={"engine": job.engine, "slug": error.slug, "attempt": attempt})
                await asyncio.sleep(wait)
                attempt += 1
                job.order = commissions.resumed(job.order, "".join(job.parts), self._settings.context_tokens, job.veil)
            except Exception:
                log.exception("engine fault", extra={"engine": job.engine})
                fault = EngineError("engine-fault", "The storyteller ran into a fault of its own.", permanent=True)
                return End(job, "failed", commissions.engine_problem(fault, job.order.trace_id))

    async def _tell(self, job: Job) -> None:
        unveiling = job.unveil()
        async with aclosing(self._engine(job.engine).write(job.order)) as events:  # type: ignore[type-var]
            async for event in events:
                await self._take(job, event)
        if unveiling is not None and (rest := unveiling.end()):  # of a stream that breaks off, half a name is no text
            self._gather(job, Pieces(rest, 0))

    def _engine(self, name: str) -> Engine:
        kind, colon, _connection = name.partition(":")
        name = kind + colon
        if name not in self._engines:
            self._engines[name] = self._makers[name]()
        return self._engines[name]

    async def _take(self, job: Job, event: Event) -> None:
        if isinstance(event, Pieces):
            if job.unveiling is not None:
                event = Pieces(job.unveiling.feed(event.text), event.tokens)
            if event.text:
                self._gather(job, event)
                await self._next_commit()
        elif isinstance(event, Title):
            self._batch.titles.append((job.number, job.veil.show(event.text) if job.veil else event.text))
        elif isinstance(event, Learnt):
            self._batch.learnt.append((job.engine, event.refused))
        elif isinstance(event, Thinking):
            job.thinks_since = time.monotonic()
            self._batch.thinking.append(job.number)
            self._wake.set()
        else:
            job.count(event)

    def _gather(self, job: Job, pieces: Pieces) -> None:
        text = pieces.text
        job.chars += len(text)
        if job.chars > self._settings.text_chars:
            raise EngineError("engine-too-long", "The passage grew beyond the longest that is allowed.", permanent=True)
        batch = self._batch
        job.seq += 1
        job.parts.append(text)
        job.tokens += pieces.tokens
        batch.rows.append((job.number, job.seq, generations.TEXT, text))
        batch.tokens[job.kind] = batch.tokens.get(job.kind, 0) + pieces.tokens
        if not job.has_new_text:
            job.has_new_text = True
            job.note_text()
            batch.started.append(job)
            self._linger.cut_short()

    async def _next_commit(self) -> None:
        future = self._loop.create_future()
        self._batch.waiting.append(future)
        self._wake.set()
        await future

    # Leaving

    def _forget(self, job: Job) -> None:
        if self._jobs.pop(job.number, None):
            metrics.OPEN_GENERATIONS.dec()

    async def _drop_jobs(self) -> list[Job]:
        jobs = list(self._jobs.values())
        for job in jobs:
            job.stopping = False
            if job.task:
                job.task.cancel()
        await asyncio.gather(*(job.task for job in jobs if job.task), return_exceptions=True)
        for job in jobs:
            self._forget(job)
        return jobs

    async def _start_over(self) -> None:
        log.error("this worker was given up for dead; starting over", extra={"generations": len(self._jobs)})
        await self._drop_jobs()
        self._batch = Batch()
        if self._registration is not None:
            await self._in_thread(self._registration.close)
        self._next_beat = 0.0
        await self.register()

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        return await self._loop.run_in_executor(self._thread, function, *args)
