"""The history of jobs: listed and searched, labelled, put in order, taken along."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from backend.api.deps import Cursor, JobDep, JobId, ServiceDep
from backend.jobs.bundle import bundled
from backend.jobs.labels import MOST_TAGS, Labels
from backend.jobs.listing import Counts, Filter, Order, listed, ordered
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.service import Service
from backend.jobs.views import JobDetail, JobSummary

router = APIRouter(prefix="/jobs", tags=["jobs"])

LAST_PLACE = 1_000_000
Choice = Annotated[str, Field(max_length=80)]


class JobList(BaseModel):
    """A page of jobs."""

    jobs: list[JobSummary]
    total: int
    """That the filters let through"""
    counts: Counts
    server_id: str
    now: datetime


class Move(BaseModel):
    """Where a waiting job should stand."""

    model_config = ConfigDict(extra="forbid")

    to: int = Field(ge=1, le=LAST_PLACE)
    """1 = next in its queue; beyond the last = the last"""


class Place(BaseModel):
    """Where a waiting job stands."""

    job_id: str
    queue_position: int


@router.get("")
def list_jobs(
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Cursor = 0,
    q: Annotated[
        str,
        Query(
            max_length=200,
            description="Words, all of which are found in the name, the kind, a tag or a parameter; `lora_r=8` in one",
        ),
    ] = "",
    kind: Annotated[list[Choice], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    status: Annotated[list[JobStatus], Query(max_length=20)] = [],  # noqa: B006
    tag: Annotated[list[Choice], Query(max_length=MOST_TAGS, description="Jobs that have all of them")] = [],  # noqa: B006
    sort: Order = "-created",
) -> JobList:
    """Jobs, newest first unless asked otherwise, with the counts of what each further filter would show."""
    asked = Filter(tuple(q.split()), frozenset(status), frozenset(kind), tuple(tag))
    found, counts = listed(service.store.values(), asked, service.texts)
    at = now()
    page = ordered(found, sort, at, lambda job: _loss(service, job))[offset : offset + limit]
    positions = service.runner.queue.positions() if any(job.status is JobStatus.queued for job in page) else {}
    jobs = [service.views.summary(job, positions.get(job.id)) for job in page]
    return JobList(jobs=jobs, total=len(found), counts=counts, server_id=service.server_id, now=at)


@router.patch("/{job_id}")
def label_job(job_id: JobId, labels: Labels, service: ServiceDep) -> JobDetail:
    """Rename a job, tag it, take notes on it; what it runs and where its files are stays."""
    return service.detail(service.label(job_id, labels))


@router.post("/{job_id}/move")
def move_job(job_id: JobId, move: Move, service: ServiceDep) -> Place:
    """Give a waiting job another place in its queue, though never before a job that it waits for."""
    return Place(job_id=job_id, queue_position=service.runner.move(job_id, move.to))


@router.get(
    "/{job_id}/bundle",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def download_bundle(job: JobDep, service: ServiceDep) -> StreamingResponse:
    """All that a run has told as a zip file: record, parameters, log, curve, result; no weights and no secrets."""
    root = f"{re.sub(r'[^A-Za-z0-9._-]+', '-', job.name).strip('.-') or 'run'}-{job.id[:8]}"
    headers = {"Content-Disposition": f'attachment; filename="{root}.zip"'}
    return StreamingResponse(bundled(job, service.folder(job.id), root), media_type="application/zip", headers=headers)


def _loss(service: Service, job: Job) -> float | None:
    """Of a run at work its newest; of an ended one what its record keeps."""
    return job.loss if job.status.is_final or job.started_at is None else service.views.glance(job).loss
