"""The one question that every open page of the dashboard asks again and again: what goes on here?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep
from backend.api.version import VERSION
from backend.jobs.machine import Gpu, Load, gpus, load
from backend.jobs.models import now
from backend.jobs.service import Service
from backend.jobs.views import JobSummary

router = APIRouter(tags=["system"])

ACTIVE_MS = 2000
IDLE_MS = 10_000

WorkerState = Literal["unloaded", "loaded", "refusing", "elsewhere"]
"""`refusing` = a job has the GPU; `elsewhere` = another server answers in its place"""


class Pulse(BaseModel):
    """What goes on: jobs, machine, worker."""

    server_id: str
    """Changes with every start of the service"""
    version: str
    now: datetime
    test_mode: bool
    revision: str
    """Changes whenever the job table changes or a running job told something: time to ask for jobs again"""
    queued: int
    running: list[JobSummary]
    """Begun and not ended, oldest first"""
    ended: list[JobSummary]
    """The last few that ended, the latest first"""
    gpus: list[Gpu]
    load: Load
    worker: WorkerState
    """What answers prompts; an unloaded model is loaded with the next question"""
    next_in_ms: int
    """When to ask again"""


@router.get("/pulse")
def pulse(service: ServiceDep) -> Pulse:
    """What goes on, in one small answer; ask again after `next_in_ms`."""
    snapshot = service.activity.snapshot()
    is_active = bool(snapshot.running) or snapshot.queued > 0
    return Pulse(
        server_id=service.server_id,
        version=VERSION,
        now=now(),
        test_mode=service.settings.pipeline_test_mode,
        revision=snapshot.revision,
        queued=snapshot.queued,
        running=[service.views.summary(job) for job in snapshot.running],
        ended=[service.views.summary(job) for job in snapshot.ended],
        gpus=gpus(),
        load=load(service.settings.model_output_dir),
        worker=_worker_state(service),
        next_in_ms=ACTIVE_MS if is_active else IDLE_MS,
    )


def _worker_state(service: Service) -> WorkerState:
    if service.settings.inference_server_url:
        return "elsewhere"
    if service.worker.is_refusing:
        return "refusing"
    return "loaded" if service.worker.is_loaded else "unloaded"
