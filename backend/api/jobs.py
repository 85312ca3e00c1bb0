"""Jobs: watched, cancelled, resumed, deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from backend.api.deps import Cursor, JobDep, JobId, ServiceDep
from backend.api.submit import Submitted
from backend.jobs.log import LogSlice, read_log
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.views import JobDetail

router = APIRouter(prefix="/jobs", tags=["jobs"])

RUNNING_MS = 2000
WAITING_MS = 5000
BEHIND_MS = 50
"""Ask again at once: this answer was full."""


class LogText(BaseModel):
    """Whole lines of the log from a cursor on."""

    text: str
    cursor: int
    """Give it back to get what follows"""
    size: int
    generation: int


class MetricRows(BaseModel):
    """Rows of the curve."""

    rows: list[dict[str, float | None]]
    next_step: int
    """Give it back as `since_step` to get what follows"""


class MetricColumns(BaseModel):
    """A piece of the curve, a list per column."""

    start: int
    next: int
    columns: dict[str, list[float | None]]


class LogPiece(BaseModel):
    """A piece of the log with its place in the file."""

    start: int = Field(serialization_alias="from")
    next: int
    size: int
    generation: int
    text: str
    live: str
    """The unfinished last line, replaced with every tick"""


class Tick(BaseModel):
    """Everything a run's page needs since its last question."""

    job: JobDetail
    metrics: MetricColumns
    log: LogPiece
    server_id: str
    now: datetime
    next_in_ms: int | None
    """When to ask again; null = it ended and everything was sent"""


@router.get("/{job_id}/status")
async def job_status(job: JobDep, service: ServiceDep) -> JobDetail:
    """One job with its last log lines."""
    return service.detail(job)


@router.get("/{job_id}/logs")
async def job_logs(job: JobDep, service: ServiceDep, cursor: Cursor = 0, generation: Cursor | None = None) -> LogText:
    """The log from a cursor on, in whole lines; of an ended job to its very end."""
    piece = read_log(service.folder(job.id).log, cursor, generation)
    if job.status.is_final and piece.live:
        return LogText(text=piece.text + piece.live, cursor=piece.size, size=piece.size, generation=piece.generation)
    return LogText(text=piece.text, cursor=piece.next, size=piece.size, generation=piece.generation)


@router.get("/{job_id}/metrics")
async def job_metrics(
    job: JobDep, service: ServiceDep, since_step: Annotated[int, Query(ge=0, le=2**53)] = 0
) -> MetricRows:
    """The curve from a step on."""
    rows = service.views.metrics(job).since_step(since_step)
    last = max((int(row.get("step") or 0) for row in rows), default=since_step - 1)
    return MetricRows(rows=rows, next_step=last + 1)


@router.get("/{job_id}/tick")
async def job_tick(
    job: JobDep,
    service: ServiceDep,
    row: Cursor = 0,
    log: Cursor = 0,
    generation: Cursor | None = None,
) -> Tick:
    """What is new since the cursors of the last tick: state, curve and log in one answer that fits together."""
    # State first: what ended before it was read has its whole log and curve below.
    detail = service.detail(job)
    piece = read_log(service.folder(job.id).log, log, generation)
    table = service.views.metrics(job)
    start, following, columns = table.columns(row)
    behind = following < len(table.rows) or piece.behind
    return Tick(
        job=detail,
        metrics=MetricColumns(start=start, next=following, columns=columns),
        log=_piece(piece),
        server_id=service.server_id,
        now=now(),
        next_in_ms=BEHIND_MS if behind else _pause(job),
    )


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


def _pause(job: Job) -> int | None:
    if job.status.is_final:
        return None
    return WAITING_MS if job.status is JobStatus.queued else RUNNING_MS


def _piece(piece: LogSlice) -> LogPiece:
    return LogPiece(
        start=piece.start,
        next=piece.next,
        size=piece.size,
        generation=piece.generation,
        text=piece.text,
        live=piece.live,
    )
