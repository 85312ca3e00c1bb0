"""Where a job stands, written down as its run goes on and ends."""

from __future__ import annotations

from collections.abc import Callable

from backend.core.errors import Reason
from backend.jobs.folder import JobFolder
from backend.jobs.glance import glance_at
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.outcome import Outcome
from backend.jobs.store import JobStore


class Standing:
    """Writes every change of status that comes of a run.

    Args:
        store: where the jobs are.
        folder_of: the folder of a job id.
    """

    def __init__(self, store: JobStore, folder_of: Callable[[str], JobFolder]) -> None:
        self._store = store
        self._folder_of = folder_of

    def advance(self, job_id: str, status: JobStatus, reason: Reason | None, error: str | None) -> None:
        """Move on, unless a request to cancel has moved the job meanwhile."""
        with self._store.locked():
            job = self._store.require(job_id)
            if status is JobStatus.running and job.finish:
                status = JobStatus.finishing
            if job.may_become(status) or (job.status is status and job.error != error):
                begins_to_stop = status is JobStatus.stopping and job.status is not status
                asked_at = {"stop_asked_at": now()} if begins_to_stop else {}
                self._store.settle(job_id, status=status, reason=reason, error=error, **asked_at)

    def end(self, job: Job, end: Outcome) -> Job:
        """How it ended, with the last loss that it told."""
        loss = glance_at(self._folder_of(job.id)).loss
        return self._store.settle(
            job.id, status=end.status, reason=end.reason, error=end.error, finished_at=now(), loss=loss
        )
