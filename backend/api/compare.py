"""How adapters relate, before they are merged."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.api.deps import ServiceDep
from backend.api.inquiring import while_wanted
from backend.core.params import MergeParams

router = APIRouter(prefix="/adapters", tags=["adapters"])


class ComparedAdapter(BaseModel):
    """One of the adapters."""

    model_config = ConfigDict(extra="allow")

    name: str
    weight: float
    """As used: divided by the sum with `normalize`"""
    base: str
    layers: int
    ranks: list[int]
    """Every rank among its layers"""
    scales: list[float]
    """Every scaling among its layers"""
    targets: list[str]
    """Kinds of layers it adapts"""
    parameters: int


class ComparedPair(BaseModel):
    """Two of them in one layer."""

    module: str
    pair: tuple[int, int]
    """Their positions"""
    cosine: float
    """1 = the same direction, 0 = unrelated, below = opposed; a negative weight turns it round"""
    conflict: float
    """Share of the weight on which the signs differ; 0.5 = unrelated"""
    overlap_in: float
    overlap_out: float


class ComparedLayer(BaseModel):
    """One layer."""

    module: str
    norms: list[float | None]
    """Size of each adapter's weighted update; null = it has none"""
    energy: dict[str, float]
    """Share of the sum that a rank keeps, by rank"""
    rank_999: int
    """Rank that keeps 99.9 %"""


class AdapterComparison(BaseModel):
    """The whole comparison."""

    model_config = ConfigDict(extra="allow")

    parents: list[ComparedAdapter]
    modules: list[ComparedLayer]
    pairs: list[ComparedPair]
    recommended: str
    """A method of merging"""
    reason: str


def _flag(name: str) -> Any:
    return Query(description=MergeParams.model_fields[name].description)


@router.get("/compare")
async def compare_adapters(
    request: Request,
    service: ServiceDep,
    adapters: Annotated[
        list[Annotated[str, Field(max_length=128)]],
        Query(min_length=1, max_length=16, description="name, or name:weight"),
    ],
    normalize: Annotated[bool, _flag("normalize")] = False,
    allow_partial: Annotated[bool, _flag("allow_partial")] = False,
    allow_duplicates: Annotated[bool, _flag("allow_duplicates")] = False,
    assume_same_base: Annotated[bool, _flag("assume_same_base")] = False,
) -> AdapterComparison:
    """Compare adapters of the registry: directions, signs, overlaps, ranks, and a recommended way to merge them.

    It takes seconds, and ends when the client leaves. The same adapters, unchanged, are answered at once.
    """
    try:
        params = MergeParams(
            adapters=adapters,
            report=True,
            normalize=normalize,
            allow_partial=allow_partial,
            allow_duplicates=allow_duplicates,
            assume_same_base=assume_same_base,
        )
    except ValidationError as error:
        raise RequestValidationError(
            [{**found, "loc": ("query", *found["loc"])} for found in error.errors()]
        ) from None
    found = await while_wanted(request, lambda unwanted: service.comparisons.compare(params, unwanted))
    return AdapterComparison.model_validate(found)
