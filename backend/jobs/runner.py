"""The queue at work: two lanes, each a thread that takes the next job and watches over its one run.

The GPU's lane runs one job at a time; what needs no GPU runs beside it in the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from threading import Condition, Thread

from backend.core.errors import Conflict, PipelineError
from backend.core.processes.tree import kill_marked
from backend.jobs.controls import require_finishable
from backend.jobs.execution.executors import Executors
from backend.jobs.folder import JobFolder
from backend.jobs.handover import GpuLane, NoHandover
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.outcome import STOPPED, Outcome, StopIntent, outcome
from backend.jobs.queue import Queue
from backend.jobs.standing import Standing
from backend.jobs.store import JobStore
from backend.jobs.supervision import SHUTDOWN_SECONDS, Supervision
from backend.jobs.vitals import Limits

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
LAST_SECONDS = 1.5
"""For the end of a killed tree to be written down."""


class Runner:
    """Runs the queued jobs of a store.

    Args:
        store: where the jobs are; the runner writes every change of status there.
        folder_of: the folder of a job id.
        kinds: what can be run.
        limits: what a run may take.
        executors: where jobs run.
        gpu: frees the GPU's memory for a job of its lane.
        on_end: told of every job that has ended, but of none that goes on when the service is back; returns at once.
    """

    def __init__(
        self,
        store: JobStore,
        folder_of: Callable[[str], JobFolder],
        kinds: Mapping[str, JobKind],
        limits: Limits,
        executors: Executors,
        gpu: GpuLane = NoHandover(),  # noqa: B008 - it has no state
        on_end: Callable[[Job], None] = lambda job: None,
    ) -> None:
        self.queue = Queue(store, kinds)
        self._store = store
        self._standing = Standing(store, folder_of)
        self._folder_of = folder_of
        self._kinds = kinds
        self._limits = limits
        self._executors = executors
        self._gpu = gpu
        self._on_end = on_end
        self._wake = Condition()
        self._closing = False
        self._runs: dict[str, Supervision] = {}
        self._lanes = [
            Thread(target=self._work, args=(needs_gpu,), name=f"lane-{name}", daemon=True)
            for name, needs_gpu in (("gpu", True), ("cpu", False))
        ]

    def start(self) -> None:
        """Begin to work on the queue."""
        for lane in self._lanes:
            lane.start()

    def begin_to_close(self, grace_seconds: float) -> None:
        """Start nothing more and have what runs stop (it becomes `interrupted`); again with less grace hurries."""
        with self._wake:
            self._closing = True
            for run in self._runs.values():
                run.ask_to_stop(StopIntent.shutdown, min(grace_seconds, self._limits.grace_seconds))
            self._wake.notify_all()

    def close(self) -> None:
        """Stop what runs, if that has not begun, and wait for it."""
        self.begin_to_close(SHUTDOWN_SECONDS)
        for lane in self._lanes:
            if lane.is_alive():
                # A process stuck in the GPU's driver outlives even KILL; the service does not wait for it.
                lane.join(SHUTDOWN_SECONDS + LAST_SECONDS)

    def notify(self) -> None:
        """Tell the lanes that a job was queued."""
        with self._wake:
            self._wake.notify_all()

    def stalled_seconds(self, job_id: str) -> float | None:
        """How long a run has been silent, once that is worth a warning."""
        run = self._runs.get(job_id)
        return run.stalled_seconds if run else None

    def finish(self, job_id: str) -> Job:
        """Have the job end after its present step as it does at its last, and keep what it has learnt; again: nothing.

        Raises:
            NotFound: no such job.
            Conflict: its kind has nothing to keep before its end, or it waits, is being stopped or has ended.
        """
        with self._wake, self._store.locked():
            job = self._store.require(job_id)
            if job.finish and not job.status.is_final:
                return job
            require_finishable(job, self._kinds.get(job.kind))
            # Remembered first: whatever becomes of the run or of this service, the wish goes to its next start.
            job = self._store.change(job_id, finish=True, status=JobStatus.finishing)
            self._runs[job_id].is_to_finish = True
            return job

    def cancel(self, job_id: str, *, force: bool = False) -> Job:
        """End the job: a waiting one at once, a running one by TERM, after the grace by KILL.

        Args:
            force: without grace, also where it is being stopped already; a checkpoint that is being written is lost.

        Raises:
            NotFound: no such job.
            Conflict: it has ended already.
        """
        with self._wake, self._store.locked():
            job = self._store.require(job_id)
            if job.status.is_final:
                raise Conflict(f"The job has ended already ({job.status.value}), so there is nothing to cancel.")
            if job.status is JobStatus.queued:
                return self._end(job, Outcome(JobStatus.cancelled, "user_cancel", "Cancelled before it started."))
            asked_at = job.stop_asked_at if job.status is JobStatus.stopping else now()
            job = self._store.change(
                job_id, status=JobStatus.stopping, reason=StopIntent.user.reason, finish=False, stop_asked_at=asked_at
            )
            # The lane sends TERM, once: to a recipe a second one may mean "now".
            self._runs[job_id].ask_to_stop(StopIntent.user, 0.0 if force else None)
            return job

    def move(self, job_id: str, to: int) -> int:
        """Give a waiting job another place in its lane; no lane takes a job meanwhile. See `Queue.move`."""
        with self._wake:
            return self.queue.move(job_id, to)

    def _work(self, needs_gpu: bool) -> None:
        while job := self._next(needs_gpu):
            try:
                self._run(job)
            except Exception as error:
                # The boundary of a lane: a full disk, or a mistake of ours, must not end it for all jobs to come.
                log.exception("job %s", job.id)
                self._give_up(job.id, error)

    def _next(self, needs_gpu: bool) -> Job | None:
        """Wait for a job and take it; None when the runner closes."""
        with self._wake:
            while not self._closing:
                self._end_hopeless()
                job = self.queue.head(needs_gpu)
                if job is None or (self._takes_gpu(job) and self._gpu.is_taken(job)):
                    self._wake.wait()
                    continue
                try:
                    return self._take(job)
                except (OSError, PipelineError) as error:  # a full disk: nothing starts that cannot be remembered
                    log.error("job %s waits: %s", job.id, error)
                    self._wake.wait(RETRY_SECONDS)
        return None

    def _end_hopeless(self) -> None:
        """End what waits for a job that failed, and what waits for that in turn."""
        while hopeless := self.queue.hopeless():
            for job, end in hopeless:
                self._end(job, end)

    def _take(self, job: Job) -> Job:
        folder = self._folder_of(job.id)
        folder.forget()  # first: what a `starting` job has told is told by this attempt
        taken = self._store.change(job.id, status=JobStatus.starting, started_at=now(), attempts=job.attempts + 1)
        limits = self._executors.for_job(job, self._kinds[job.kind]).limits(self._limits)
        self._runs[job.id] = run = Supervision(folder, limits, partial(self._standing.advance, job.id))
        run.is_to_finish = job.finish
        return taken

    def _run(self, job: Job) -> None:
        if not self._takes_gpu(job):
            return self._see_through(job)
        try:
            if self._gpu.take(job, lambda: self._closing or self._runs[job.id].intent is not None):
                return self._see_through(job)
            with self._wake:
                intent = self._runs.pop(job.id).intent or StopIntent.shutdown
                self._end(job, outcome(STOPPED, self._folder_of(job.id), intent))
        finally:
            self._gpu.give_back()
        return None

    def _takes_gpu(self, job: Job) -> bool:
        """Whether the job needs the GPU of this machine: one that runs elsewhere leaves it to whoever answers."""
        return self.queue.needs_gpu(job) and self._executors.for_job(job, self._kinds[job.kind]).is_here

    def _see_through(self, job: Job) -> None:
        folder, run = self._folder_of(job.id), self._runs[job.id]
        try:
            folder.prepare(job.params)
            kind = self._kinds[job.kind]
            started = self._executors.for_job(job, kind).start(job, kind, folder)
        except (OSError, PipelineError) as error:
            reason = error.reason if isinstance(error, PipelineError) else "exit_code"
            with self._wake:
                del self._runs[job.id]
                self._end(job, Outcome(JobStatus.failed, reason, f"The run could not be started: {error}"))
            return
        with self._wake:
            if self._closing:
                run.ask_to_stop(StopIntent.shutdown, SHUTDOWN_SECONDS)
        code = run.watch(started)
        started.bury()
        if run.intent not in (None, StopIntent.shutdown):
            self._executors.abandon(job)  # what was to end, and could not say so itself
        with self._wake:
            del self._runs[job.id]
            self._end(job, outcome(code, folder, run.intent, ran_out_of_memory=run.ran_out_of_memory))

    def _give_up(self, job_id: str, error: Exception) -> None:
        kill_marked(job_id)
        with self._wake, suppress(PipelineError):
            self._runs.pop(job_id, None)
            job = self._store.require(job_id)
            if not job.status.is_final:
                message = f"The service lost hold of the run: {error}"
                self._end(job, Outcome(JobStatus.failed, "service_lost", message))

    def _end(self, job: Job, end: Outcome) -> Job:
        with self._wake:
            self._wake.notify_all()  # the other lane may have a job that waits for this one
            ended = self._standing.end(job, end)
            if not self._closing:
                self._on_end(ended)
            return ended
