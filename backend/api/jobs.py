"""Jobs: looked at, cancelled, resumed, deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.deps import JobDep, JobId, ServiceDep
from backend.api.submit import Submitted
from backend.jobs.models import Job
from backend.jobs.views import JobDetail

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("/{job_id}/status")
async def job_status(job: JobDep, service: ServiceDep) -> JobDetail:
    """One job with its last log lines."""
    return service.detail(job)


@router.post("/{job_id}/finish")
def finish_job(job_id: JobId, service: ServiceDep) -> Submitted:
    """End a training run after its present step and keep the adapter as it stands: scored, saved, registered."""
    return _submitted(service.runner.finish(job_id))


@router.post("/{job_id}/cancel")
def cancel_job(
    job_id: JobId,
    service: ServiceDep,
    force: Annotated[
        bool,
        Query(description="Kill it now, with all it started; what it has learnt since its last checkpoint is lost"),
    ] = False,
) -> Submitted:
    """Stop a job: a waiting one at once, a running one after it wrote a checkpoint; again is nothing without force."""
    return _submitted(service.runner.cancel(job_id, force=force))


@router.post("/{job_id}/resume", status_code=202)
def resume_job(job_id: JobId, service: ServiceDep) -> Submitted:
    """Queue a job again that ended without success, to go on from its last checkpoint."""
    return _submitted(service.resume(job_id))


@router.delete("/{job_id}", status_code=204)
def delete_job(job_id: JobId, service: ServiceDep) -> None:
    """Forget an ended job with its log and curve; what it made stays."""
    service.delete(job_id)


def _submitted(job: Job) -> Submitted:
    return Submitted(job_id=job.id, status=job.status)
