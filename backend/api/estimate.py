"""What a run will need, before it starts, and how earlier predictions came true."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from backend.api.deps import Cursor, ServiceDep, over_environment
from backend.core.estimates.estimate import Estimate
from backend.core.estimates.history import HistorySummary, Outcome, PastRun, summary_of
from backend.core.params import TrainParams
from backend.jobs.fitting import Fitting, fitting
from backend.jobs.planning import history, plan

router = APIRouter(tags=["jobs"])


class PastEstimate(BaseModel):
    """A run that ended here: what was predicted of it, and what came."""

    name: str
    base_model: str
    finished_at: datetime
    result: Outcome
    """What came, with the `estimate` that was made when the run began"""
    memory_ratio: float
    """Predicted over held: 1 = it came true"""
    time_ratio: float | None
    """Predicted over taken; null where no time was predicted, or the run was cut short or resumed"""


class EstimateList(BaseModel):
    """A page of the runs that ended on this machine, newest first."""

    estimates: list[PastEstimate]
    total: int
    summary: HistorySummary
    """Of all of them"""


def estimate_run(params: TrainParams, service: ServiceDep) -> Estimate:
    """Tokens, truncation, steps, memory and time of a training run, and what each figure rests on."""
    return plan(service, params)


def fit_run(params: TrainParams, service: ServiceDep) -> Fitting:
    """The smallest change of a training run that makes it fit the memory that is free, at the same effective batch."""
    return fitting(service, params)


# A plan needs no name yet; FastAPI reads the body's form from the annotation.
for route, path in ((estimate_run, "/estimate"), (fit_run, "/estimate/fit")):
    route.__annotations__["params"] = over_environment(TrainParams, absent={"adapter_name": "unnamed"})
    router.post(path)(route)


@router.get("/estimates")
def list_estimates(
    service: ServiceDep, limit: Annotated[int, Query(ge=1, le=100)] = 50, offset: Cursor = 0
) -> EstimateList:
    """What was predicted of the runs of this machine and what came, newest first."""
    runs = history(service)
    page = [_shown(run) for run in runs[offset : offset + limit]]
    return EstimateList(estimates=page, total=len(runs), summary=summary_of(runs))


def _shown(run: PastRun) -> PastEstimate:
    return PastEstimate(
        name=run.name,
        base_model=run.base,
        finished_at=run.finished_at,
        result=run.result,
        memory_ratio=round(run.memory_ratio, 3),
        time_ratio=None if run.time_ratio is None else round(run.time_ratio, 3),
    )
