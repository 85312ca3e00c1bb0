"""A job's curve: row by row for everybody, by column for who draws it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from backend.api.deps import JobDep, ServiceDep
from backend.jobs.metrics import Columns
from backend.jobs.reduction import POINTS, part_of

router = APIRouter(prefix="/jobs", tags=["jobs"])

Step = Annotated[int, Query(ge=0, le=2**53)]
Points = Annotated[int, Query(ge=10, le=20_000, description="Reduce the curve to so many points, if it has more")]


class MetricRows(BaseModel):
    """Rows of the curve."""

    rows: list[dict[str, float | None]]
    next_step: int
    """Give it back as `since_step` to get what follows"""


Column = dict[str, list[float | None]]


class MetricColumns(BaseModel):
    """A piece of the curve, a list per column."""

    start: int
    next: int
    resolution: Literal["full", "buckets"]
    """buckets = a value stands for several rows, and is their mean"""
    columns: Column
    lows: Column
    """The smallest in each bucket"""
    highs: Column
    """The largest in each bucket"""
    counts: list[int]
    """Rows in each bucket"""


@router.get("/{job_id}/metrics")
async def job_metrics(job: JobDep, service: ServiceDep, since_step: Step = 0) -> MetricRows:
    """The curve from a step on."""
    rows = service.views.metrics(job).since_step(since_step)
    last = max((int(row.get("step") or 0) for row in rows), default=since_step - 1)
    return MetricRows(rows=rows, next_step=last + 1)


@router.get("/{job_id}/metrics/columns")
def job_columns(
    job: JobDep,
    service: ServiceDep,
    first: Annotated[int, Query(alias="from", ge=0, le=2**53)] = 0,
    last: Annotated[int, Query(alias="to", ge=0, le=2**53)] = 2**53,
    points: Points = POINTS,
) -> MetricColumns:
    """The curve between two steps by column, in at most so many points."""
    return columns_of(part_of(service.views.metrics(job), first, last, points))


def columns_of(columns: Columns) -> MetricColumns:
    """A piece as it is answered."""
    return MetricColumns(
        start=columns.start,
        next=columns.next,
        resolution="buckets" if columns.counts else "full",
        columns=columns.values,
        lows=columns.lows,
        highs=columns.highs,
        counts=columns.counts,
    )
