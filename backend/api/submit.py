"""One route per kind of job, made from `JOB_KINDS`: the params class is the request body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel

from backend.api.deps import ServiceDep, over_environment
from backend.core.params import Params
from backend.jobs.kinds import JobKind
from backend.jobs.labels import MOST_TAGS, Tag
from backend.jobs.models import JobStatus

IdempotencyKey = Annotated[
    str | None,
    Header(max_length=200, description="The same key with the same body answers the same job, however often sent"),
]

NewTags = Annotated[list[Tag], Query(max_length=MOST_TAGS, description="Tags of the job, once for each")]
NO_TAGS: list[str] = []


class Submitted(BaseModel):
    """The job is on the disk and in the queue."""

    job_id: str
    status: JobStatus


def submit_router(kinds: Mapping[str, JobKind]) -> APIRouter:
    """The routes of these kinds."""
    router = APIRouter(tags=["jobs"])
    for kind in kinds.values():
        router.add_api_route(
            kind.path,
            _submission(kind),
            methods=["POST"],
            status_code=202,
            name=f"submit_{kind.name}",
            summary=kind.title,
            description=kind.description,
        )
    return router


def _submission(kind: JobKind) -> Callable[..., Submitted]:
    def submit(
        params: Params, service: ServiceDep, idempotency_key: IdempotencyKey = None, tag: NewTags = NO_TAGS
    ) -> Submitted:
        job = service.submit(kind, params, idempotency_key, tags=tuple(dict.fromkeys(tag)))
        return Submitted(job_id=job.id, status=job.status)

    # The concrete class is known only here; FastAPI reads it from the annotation.
    submit.__annotations__["params"] = over_environment(kind.params)
    return submit
