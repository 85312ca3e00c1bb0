"""The queue at work: two lanes, each a thread that takes the next job and watches over its one child process.

The GPU's lane runs one job at a time; what needs no GPU runs beside it in the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Condition, Thread
from types import MappingProxyType

from backend.core.errors import Conflict, PipelineError
from backend.jobs.child import Child, kill_marked
from backend.jobs.folder import JobFolder
from backend.jobs.handover import GpuLane, NoHandover
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.outcome import STOPPED, Outcome, StopIntent, outcome
from backend.jobs.queue import Queue
from backend.jobs.store import JobStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
"""How often a lane looks at its child: for its end, its first sign of life, and a wish to stop it."""

RETRY_SECONDS = 5.0
SHUTDOWN_SECONDS = 6.0
"""Grace when the service itself is stopped: `docker stop` kills after ten."""
LAST_SECONDS = 2.0
"""For the end of a killed tree to be written down."""


class Runner:
    """Runs the queued jobs of a store.

    Args:
        store: where the jobs are; the runner writes every change of status there.
        folder_of: the folder of a job id.
        kinds: what can be run.
        grace_seconds: time between TERM and KILL.
        environ: further variables for every run.
        gpu: frees the GPU's memory for a job of its lane.
    """

    def __init__(
        self,
        store: JobStore,
        folder_of: Callable[[str], JobFolder],
        kinds: Mapping[str, JobKind],
        grace_seconds: float,
        environ: Mapping[str, str] = MappingProxyType({}),
        gpu: GpuLane = NoHandover(),  # noqa: B008 - it has no state
    ) -> None:
        self.queue = Queue(store, kinds)
        self._store = store
        self._folder_of = folder_of
        self._kinds = kinds
        self._grace_seconds = grace_seconds
        self._environ = environ
        self._gpu = gpu
        self._wake = Condition()
        self._closing = False
        self._children: dict[str, Child] = {}
        self._intents: dict[str, StopIntent] = {}
        self._lanes = [
            Thread(target=self._work, args=(needs_gpu,), name=f"lane-{name}", daemon=True)
            for name, needs_gpu in (("gpu", True), ("cpu", False))
        ]

    def start(self) -> None:
        """Begin to work on the queue."""
        for lane in self._lanes:
            lane.start()

    def close(self) -> None:
        """Start nothing more, stop what runs (it becomes `interrupted`), and wait for it."""
        with self._wake:
            self._closing = True
            for job_id in list(self._children):
                self._intents.setdefault(job_id, StopIntent.shutdown)
            self._wake.notify_all()
        for lane in self._lanes:
            if lane.is_alive():
                # A process stuck in the GPU's driver outlives even KILL; the service does not wait for it.
                lane.join(SHUTDOWN_SECONDS + LAST_SECONDS)

    def notify(self) -> None:
        """Tell the lanes that a job was queued."""
        with self._wake:
            self._wake.notify_all()

    def cancel(self, job_id: str) -> Job:
        """End the job: a waiting one at once, a running one by TERM, after the grace by KILL.

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
            # The lane sends TERM, once: to a recipe a second one may mean "now".
            self._intents[job_id] = StopIntent.user
            return self._store.change(job_id, status=JobStatus.stopping)

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
                if job is None or (needs_gpu and self._gpu.is_taken(job)):
                    self._wake.wait()
                    continue
                try:
                    return self._take(job)
                except PipelineError as error:  # the disk is full: nothing may start that could not be remembered
                    log.error("job %s waits: %s", job.id, error)
                    self._wake.wait(RETRY_SECONDS)
        return None

    def _end_hopeless(self) -> None:
        """End what waits for a job that failed, and what waits for that in turn."""
        while hopeless := self.queue.hopeless():
            for job, end in hopeless:
                self._end(job, end)

    def _take(self, job: Job) -> Job:
        return self._store.change(job.id, status=JobStatus.starting, started_at=now(), attempts=job.attempts + 1)

    def _run(self, job: Job) -> None:
        if not self.queue.needs_gpu(job):
            return self._run_child(job)
        try:
            if self._gpu.take(job, lambda: self._closing or job.id in self._intents):
                return self._run_child(job)
            with self._wake:
                intent = self._intents.pop(job.id, StopIntent.shutdown)
                self._end(job, outcome(STOPPED, self._folder_of(job.id), intent))
        finally:
            self._gpu.give_back()
        return None

    def _run_child(self, job: Job) -> None:
        folder = self._folder_of(job.id)
        try:
            folder.prepare(job.params)
            kind = self._kinds[job.kind]
            child = Child(job.id, kind.program, folder.path, self._environ, kind.secrets)
        except (OSError, PipelineError) as error:
            reason = error.reason if isinstance(error, PipelineError) else "exit_code"
            self._end(job, Outcome(JobStatus.failed, reason, f"The run could not be started: {error}"))
            return
        with self._wake:
            self._children[job.id] = child
            if self._closing:
                self._intents.setdefault(job.id, StopIntent.shutdown)
        code = self._watch(job, child, folder)
        child.bury()
        with self._wake:
            del self._children[job.id]
            intent = self._intents.pop(job.id, None)
            self._end(job, outcome(code, folder, intent))

    def _watch(self, job: Job, child: Child, folder: JobFolder) -> int:
        """Wait for the child's end, helping it along if it was asked to stop; returns the exit code."""
        starting = True
        while True:
            code = child.wait(LOOK_SECONDS)
            if code is not None:
                return code
            if job.id in self._intents:
                return self._stop(job, child)
            if starting and folder.progress() is not None:
                starting = False
                self._advance(job, JobStatus.running)

    def _stop(self, job: Job, child: Child) -> int:
        self._advance(job, JobStatus.stopping)
        child.ask_to_stop()
        grace = self._grace_seconds
        if self._intents[job.id] is StopIntent.shutdown:
            grace = min(grace, SHUTDOWN_SECONDS)
        code = child.wait(grace)
        return child.kill() if code is None else code

    def _give_up(self, job_id: str, error: Exception) -> None:
        kill_marked(job_id)
        with self._wake, suppress(PipelineError):
            self._children.pop(job_id, None)
            self._intents.pop(job_id, None)
            job = self._store.require(job_id)
            if not job.status.is_final:
                message = f"The service lost hold of the run: {error}"
                self._end(job, Outcome(JobStatus.failed, "service_lost", message))

    def _advance(self, job: Job, status: JobStatus) -> None:
        """Move on, unless a request to cancel has moved the job meanwhile."""
        with self._store.locked():
            if self._store.require(job.id).may_become(status):
                self._store.change(job.id, status=status)

    def _end(self, job: Job, end: Outcome) -> Job:
        with self._wake:
            self._wake.notify_all()  # the other lane may have a job that waits for this one
            return self._store.settle(job.id, status=end.status, reason=end.reason, error=end.error, finished_at=now())
