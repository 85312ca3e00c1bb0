"""What a run will need, before it starts."""

from __future__ import annotations

from fastapi import APIRouter

from backend.api.deps import ServiceDep, over_environment
from backend.core.estimates.estimate import Estimate
from backend.core.params import TrainParams
from backend.jobs.planning import plan

router = APIRouter(tags=["jobs"])


def estimate_run(params: TrainParams, service: ServiceDep) -> Estimate:
    """Tokens, truncation, steps, memory and time of a training run, and what each figure rests on."""
    return plan(service, params)


# A plan needs no name yet; FastAPI reads the body's form from the annotation.
estimate_run.__annotations__["params"] = over_environment(TrainParams, absent={"adapter_name": "unnamed"})
router.post("/estimate")(estimate_run)
