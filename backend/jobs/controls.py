"""What can be asked of a job now: a page offers it, and a request for anything else is refused in words."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from backend.core.errors import Conflict
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus
from backend.jobs.recovery import reached_step

AT_WORK = frozenset({JobStatus.starting, JobStatus.running})


class Controls(BaseModel):
    """What can be asked of a job now, beside a cancel while it lives and a deletion after its end."""

    can_finish: bool
    """Whether it can be asked to end after its present step and keep what it has learnt"""
    can_resume: bool
    """Whether it ended, without success, where it can go on"""
    resumes_from: int | None
    """Where a resume goes on, or would if the job were stopped now: the step of its newest checkpoint; null = there is
    none, and it would begin again"""
    stop_asked_at: datetime | None
    """While it is being stopped: since when"""


def controls_of(job: Job, kind: JobKind | None, folder: JobFolder) -> Controls:
    """What can be asked of the job; of one whose kind this service does not know, little."""
    resumable = kind is not None and kind.can_resume
    return Controls(
        can_finish=kind is not None and kind.can_finish and job.status in AT_WORK and not job.finish,
        can_resume=resumable and job.status.is_resumable,
        resumes_from=(reached_step(job, folder) or None) if resumable else None,
        stop_asked_at=job.stop_asked_at if job.status is JobStatus.stopping else None,
    )


def require_finishable(job: Job, kind: JobKind | None) -> None:
    """Raises Conflict when the job cannot be asked to end early and keep what it has made."""
    if job.status.is_final:
        raise Conflict(f"The job has ended already ({job.status.value}), so there is nothing to finish.")
    if kind is None or not kind.can_finish:
        name = kind.title.lower() if kind else job.kind
        raise Conflict(f"A {name} job has nothing to keep before its end: let it run, or cancel it.")
    if job.status is JobStatus.queued:
        raise Conflict("The job has not begun, so there is nothing to keep yet: let it begin, or cancel it.")
    if job.status is JobStatus.stopping:
        raise Conflict("The job is being stopped: resume it when it has ended, and then have it finish.")
