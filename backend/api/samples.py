"""What a model answers while it is trained."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import JobDep, ServiceDep
from backend.jobs.samples import Sample, samples_in

router = APIRouter(prefix="/jobs", tags=["jobs"])


class SampleList(BaseModel):
    """The same few questions, answered at several steps."""

    samples: list[Sample]


@router.get("/{job_id}/samples")
def job_samples(job: JobDep, service: ServiceDep) -> SampleList:
    """What the model of a training run answers to the same questions as it learns, by step; 0 = the base."""
    return SampleList(samples=samples_in(service.folder(job.id).path))
