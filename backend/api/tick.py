"""What a job's page asks every other second: state, curve and log in one answer that fits together."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from backend.api.deps import Cursor, JobDep, ServiceDep
from backend.api.job_log import TAIL_LINES, LogPiece, TailLines, piece_of
from backend.api.job_metrics import MetricColumns, Points, columns_of
from backend.jobs.log import LogSlice, read_log
from backend.jobs.log_pages import last_page
from backend.jobs.metrics import Columns, MetricsTable
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.reduction import POINTS, whole_curve
from backend.jobs.service import Service
from backend.jobs.views import JobDetail

router = APIRouter(prefix="/jobs", tags=["jobs"])

RUNNING_MS = 2000
WAITING_MS = 5000
BEHIND_MS = 50
"""Ask again at once: this answer was full."""


class Tick(BaseModel):
    """Everything a run's page needs since its last question."""

    job: JobDetail
    metrics: MetricColumns
    log: LogPiece
    server_id: str
    now: datetime
    next_in_ms: int | None
    """When to ask again; null = it ended and everything was sent"""


@router.get("/{job_id}/tick")
async def job_tick(
    job: JobDep,
    service: ServiceDep,
    row: Cursor | None = None,
    log: Cursor | None = None,
    generation: Cursor | None = None,
    tail: TailLines = TAIL_LINES,
    points: Points = POINTS,
) -> Tick:
    """What is new since the cursors of the last tick; without them the end of the log, and the whole curve reduced."""
    # State first: what ended before it was read has its whole log and curve below.
    detail = service.detail(job)
    piece = await _log(service, job, log, generation, tail)
    table = service.views.metrics(job)
    columns = await _curve(table, row, points)
    behind = columns.next < table.length or piece.behind
    return Tick(
        job=detail,
        metrics=columns_of(columns),
        log=piece_of(piece),
        server_id=service.server_id,
        now=now(),
        next_in_ms=BEHIND_MS if behind else _pause(job),
    )


async def _log(service: Service, job: Job, cursor: int | None, generation: int | None, tail: int) -> LogSlice:
    path = service.folder(job.id).log
    if cursor is None:
        return await run_in_threadpool(last_page, path, tail)
    return read_log(path, cursor, generation)


async def _curve(table: MetricsTable, row: int | None, points: int) -> Columns:
    if row is None:  # a million rows take a second, which nobody else should wait for
        return await run_in_threadpool(whole_curve, table, points)
    return table.columns(row)


def _pause(job: Job) -> int | None:
    if job.status.is_final:
        return None
    return WAITING_MS if job.status is JobStatus.queued else RUNNING_MS
