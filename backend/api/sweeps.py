"""Sweeps: several values in a field, each combination a run."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep
from backend.api.submit import IdempotencyKey
from backend.jobs.labels import SWEEP
from backend.jobs.models import JobStatus
from backend.jobs.sweeps import Sweep, SweepPlan, planned, queue_sweep

router = APIRouter(prefix="/sweeps", tags=["jobs"])


class QueuedRun(BaseModel):
    """A run of a sweep, in the queue."""

    job_id: str
    name: str
    status: JobStatus


class QueuedSweep(BaseModel):
    """All runs are on the disk and in the queue."""

    name: str
    tag: str
    """By which GET /jobs finds them"""
    jobs: list[QueuedRun]


@router.post("", status_code=202)
def submit_sweep(sweep: Sweep, service: ServiceDep, idempotency_key: IdempotencyKey = None) -> QueuedSweep:
    """Queue a run for each combination of values, all or none; 64 at most."""
    name, jobs = queue_sweep(service, sweep, idempotency_key)
    runs = [QueuedRun(job_id=job.id, name=job.name, status=job.status) for job in jobs]
    return QueuedSweep(name=name, tag=f"{SWEEP}{name}", jobs=runs)


@router.post("/estimate")
def estimate_sweep(sweep: Sweep, service: ServiceDep) -> SweepPlan:
    """The runs that a sweep stands for, with steps, memory and time of each."""
    return planned(service, sweep)
