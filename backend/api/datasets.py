"""Datasets: listed, uploaded, and added to."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from backend.api.dataset_queries import FileName
from backend.api.deps import ServiceDep
from backend.api.uploads import receive
from backend.core.data.folder import DatasetInfo
from backend.core.params import Message, Params
from backend.jobs.datasets import Uses, uses_of

router = APIRouter(prefix="/datasets", tags=["datasets"])


class DatasetEntry(DatasetInfo):
    """A dataset with the jobs that read it."""

    used_by: int
    """Jobs that ever read it"""
    in_use: bool
    """A job that has not ended reads it: it keeps its name and is not deleted"""


class DatasetList(BaseModel):
    """The files of the data folder."""

    datasets: list[DatasetEntry]


class Uploaded(DatasetInfo):
    """A dataset that was taken in."""

    recognised: str


class NewRecord(Params):
    """A conversation to be learnt from."""

    messages: list[Message] = Field(min_length=2, max_length=1000)
    """The turns, ending with the answer"""


class Grown(BaseModel):
    """A dataset that took a record in."""

    name: str
    records: int
    """How many it holds now"""


@router.get("")
def list_datasets(service: ServiceDep) -> DatasetList:
    """The datasets in the data folder."""
    uses = uses_of(service.store.values())
    return DatasetList(datasets=[_entry(info, uses, service.datasets.root) for info in service.datasets.list()])


@router.post(
    "",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {}}}}},
)
async def upload_dataset(request: Request, service: ServiceDep, name: FileName) -> Uploaded:
    """Take in a file of examples, sent as the plain body; it is read before it gets its name."""
    folder = service.datasets
    folder.target(name)
    folder.root.mkdir(parents=True, exist_ok=True)
    partial = await receive(request, folder.root, Path(name).suffix)
    try:
        recognised = await run_in_threadpool(folder.publish, partial, name)
    finally:
        partial.unlink(missing_ok=True)
    info = await run_in_threadpool(folder.info, folder.root / name)
    return Uploaded(**info.model_dump(), recognised=recognised)


@router.post("/{name}/records", status_code=201)
def add_record(name: str, record: NewRecord, service: ServiceDep) -> Grown:
    """Add a conversation to a dataset, in the form it has; one that is not there is made."""
    turns = [{"role": turn.role, "content": turn.content} for turn in record.messages]
    return Grown(name=name, records=service.datasets.append(name, turns))


def _entry(info: DatasetInfo, uses: Uses, root: Path) -> DatasetEntry:
    path = root / info.name
    return DatasetEntry(**info.model_dump(), used_by=uses.of(path), in_use=uses.is_in_use(path))
