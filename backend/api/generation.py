"""Datasets written by a language model: planned, tried with three records, looked through, published."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue

from backend.api.deps import Cursor, JobDep, ServiceDep, over_environment
from backend.api.submit import IdempotencyKey, Submitted
from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput
from backend.core.generation.assignment import Assignment, assign, preview
from backend.core.generation.estimate import GenerationEstimate
from backend.core.generation.plan import Origin, Plan
from backend.core.generation.review import Decision, Review
from backend.core.generation.rows import Reason, Row
from backend.core.llm.access import access_for
from backend.core.params import GenerationParams, Params
from backend.core.params.base import Name, Text
from backend.jobs.admission import checked
from backend.jobs.generation import publish_reviewed, review_row, rows_from, run_of
from backend.jobs.kinds import GENERATE, SAMPLE

router = APIRouter(tags=["generation"])

RowId = Annotated[str, Path(max_length=13, pattern=r"^r[0-9]{6,12}$", description="Id of the row")]


class PlannedLeaf(BaseModel):
    """A subtopic, or a piece of a document."""

    id: str
    branch: str
    name: str
    count: int
    """Records to be written about it"""


class GenerationPlan(BaseModel):
    """What would be written."""

    records: int
    origin: Origin
    """Where the subtopics are from; `grid` = built-in aspects, in place of which a run asks the model for subtopics"""
    note: str
    leaves: list[PlannedLeaf]
    difficulties: dict[str, int]
    forms: dict[str, int]
    personas: dict[str, int]
    labels: dict[str, int]
    evolved: int
    """Records that are made harder after they were written"""
    estimate: GenerationEstimate
    warnings: list[str]
    """What would stop the run before its first request, such as a missing key"""


class GeneratedRow(BaseModel):
    """A record that was accepted or rejected."""

    id: str
    status: Literal["accepted", "rejected"]
    reason: Reason | None
    """Why it was rejected"""
    detail: str
    subtopic: str
    record: JsonValue
    """As it would be published; of an invalid one, as the model wrote it; null when the request failed"""
    quality: float | None
    similarity: float | None
    """To the most alike accepted record before it, 0 to 1"""
    flags: list[str]
    count: int
    """Drafts it stands for: a failed request takes all of its drafts with it"""
    decision: Decision | None
    """What a person decided; null = nothing yet"""
    edited: JsonValue
    """The record as a person changed it"""


class GeneratedRows(BaseModel):
    """Rows from a cursor on."""

    rows: list[GeneratedRow]
    next: int
    """Give it back as `cursor` to get what follows"""
    behind: bool
    """There is more already: ask again at once"""


class RowDecision(Params):
    """What a person decides about a row."""

    decision: Decision
    """Take it in, take it in changed, or leave it out"""
    input: Annotated[Text, Field(min_length=1)] | None = None
    """New input, with the decision edit"""
    output: Annotated[Text, Field(min_length=1)] | None = None
    """New output, with the decision edit"""


class Publication(Params):
    """How the accepted rows are published."""

    name: Name | None = None
    """Name of the dataset; empty = made of topic, type, number and time"""


class PublishedDataset(BaseModel):
    """A dataset in the data folder."""

    dataset: str
    """Its file's name"""
    records: int


def plan_generation(params: GenerationParams, service: ServiceDep) -> GenerationPlan:
    """The plan of a dataset and what it will take; nothing is sent, and nothing is written."""
    ready = GenerationParams.model_validate(checked(GENERATE, params, service.settings))
    work = assign(ready, service.settings)
    return _told(*preview(work), _warnings(work, service.settings))


def sample_generation(
    params: GenerationParams, service: ServiceDep, idempotency_key: IdempotencyKey = None
) -> Submitted:
    """Three records of what would be written, as a job; they are rows to look at, no dataset."""
    job = service.submit(SAMPLE, params.model_copy(update={"sample": True}), idempotency_key)
    return Submitted(job_id=job.id, status=job.status)


# FastAPI reads the body's form from the annotation; what a request leaves out comes from the environment.
plan_generation.__annotations__["params"] = over_environment(GenerationParams)
sample_generation.__annotations__["params"] = over_environment(GenerationParams)
router.post("/datasets/generate/plan")(plan_generation)
router.post("/datasets/generate/sample", status_code=202)(sample_generation)


@router.get("/jobs/{job_id}/rows")
def job_rows(
    job: JobDep, service: ServiceDep, cursor: Cursor = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> GeneratedRows:
    """The records a job has accepted and rejected so far, from a cursor on; it may still be running."""
    page = rows_from(run_of(job, service.settings), cursor, limit)
    return GeneratedRows(rows=[_row(row, review) for row, review in page.rows], next=page.cursor, behind=page.behind)


@router.put("/jobs/{job_id}/rows/{row_id}")
def decide_row(job: JobDep, row_id: RowId, decision: RowDecision, service: ServiceDep) -> GeneratedRow:
    """Decide whether a record goes into the dataset that is published from this job, and with which words."""
    changes = {name: text for name in ("input", "output") if (text := getattr(decision, name)) is not None}
    return _row(*review_row(run_of(job, service.settings), row_id, decision.decision, changes))


@router.post("/jobs/{job_id}/publish", status_code=201)
def publish_job(job: JobDep, service: ServiceDep, publication: Publication | None = None) -> PublishedDataset:
    """Publish the accepted records of an ended job, with everything a person decided, as a dataset of its own."""
    folder = run_of(job, service.settings)
    name, count = publish_reviewed(job, folder, service.settings, publication.name if publication else None)
    return PublishedDataset(dataset=name, records=count)


def _warnings(work: Assignment, settings: Settings) -> list[str]:
    """What would stop a run before its first request: a plan can be made without a key, a dataset cannot."""
    if work.mock:
        return []
    try:
        access_for(work.params, settings)
    except InvalidInput as refusal:
        return [str(refusal)]
    return []


def _told(plan: Plan, estimate: GenerationEstimate, warnings: list[str]) -> GenerationPlan:
    quotas = plan.quotas()

    def counts(attribute: str) -> dict[str, int]:
        found = Counter(str(getattr(slot, attribute)) for slot in plan.slots)
        return {value: count for value, count in found.most_common() if value}

    return GenerationPlan(
        records=len(plan.slots),
        origin=plan.origin,
        note=plan.note,
        leaves=[
            PlannedLeaf(id=leaf.id, branch=leaf.branch, name=leaf.name, count=quotas[leaf.id]) for leaf in plan.leaves
        ],
        difficulties=counts("difficulty"),
        forms=counts("form"),
        personas=counts("persona"),
        labels=counts("label"),
        evolved=sum(slot.evolve is not None for slot in plan.slots),
        estimate=estimate,
        warnings=warnings,
    )


def _row(row: Row, review: Review | None) -> GeneratedRow:
    return GeneratedRow(
        **row.model_dump(
            include={
                "id",
                "status",
                "reason",
                "detail",
                "subtopic",
                "record",
                "quality",
                "similarity",
                "flags",
                "count",
            }
        ),
        decision=review.decision if review else None,
        edited=review.record if review else None,
    )
