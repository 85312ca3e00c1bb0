"""Why a job waits: what runs in its lane, and for how long still."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel

from backend.jobs.models import Job, JobStatus
from backend.jobs.queue import Queue


class Ahead(BaseModel):
    """The job that has what another one waits for."""

    job_id: str
    name: str
    needs_gpu: bool
    """Whether it is the GPU that it has; else the one place for jobs that need none"""
    eta_seconds: float | None


def ahead_of(job: Job, queue: Queue, eta_of: Callable[[Job], float | None]) -> Ahead | None:
    """What runs while the job waits; None when it does not wait, or its lane is free.

    Args:
        eta_of: seconds that a running job still takes, if it has told.
    """
    if job.status is not JobStatus.queued or not queue.knows(job):
        return None
    needs_gpu = queue.needs_gpu(job)
    running = queue.at_work(needs_gpu)
    if running is None:
        return None
    return Ahead(job_id=running.id, name=running.name, needs_gpu=needs_gpu, eta_seconds=eta_of(running))
