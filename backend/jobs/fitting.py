"""What to change in a run that has not been started, so that by the estimate it fits the memory that is free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, JsonValue

from backend.core.estimates.estimate import Estimate
from backend.core.params import TrainParams
from backend.core.runs.remedy import FILLED, smaller_run
from backend.jobs.planning import ground
from backend.jobs.service import Service


class Fitting(BaseModel):
    """The answer: a change, or that none is needed or none helps."""

    outcome: Literal["fits", "changed", "never"]
    sentence: str
    params: dict[str, JsonValue]
    """The changed fields; empty when nothing has to change, or nothing helps"""
    estimate: Estimate
    """Of the run with them"""


def fitting(service: Service, params: TrainParams) -> Fitting:
    """The knobs of `remedy` turned until the run fits, the cheapest first. Raises as `ground` does."""
    on = ground(service, params)
    as_asked = on.estimate(params)
    most = FILLED * on.room
    if as_asked.memory.total_bytes <= most:
        return Fitting(outcome="fits", sentence="The run fits as it is.", params={}, estimate=as_asked)

    def changed(given: Mapping[str, Any]) -> Estimate:
        return on.estimate(TrainParams.model_validate(given))

    asked = params.model_dump(mode="json")
    found = smaller_run(
        asked, lambda given: changed(given).memory.total_bytes <= most, on_gpu=on.device == "cuda"
    )  # fmt: skip
    return Fitting(
        outcome="changed" if found.params else "never",
        sentence=found.sentence,
        params=found.params,
        estimate=changed({**asked, **found.params}) if found.params else as_asked,
    )
