"""Datasets: listed, uploaded, and seen as the model will see them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, JsonValue
from starlette.concurrency import run_in_threadpool

from backend.api.deps import ServiceDep
from backend.api.uploads import receive
from backend.core.data.datasets import Record
from backend.core.data.folder import DatasetInfo
from backend.core.data.prompts import Template, named_template
from backend.core.data.segments import segments_of
from backend.core.errors import InvalidInput
from backend.core.params import Message, Params
from backend.core.params.groups import PromptTemplate

router = APIRouter(prefix="/datasets", tags=["datasets"])

FileName = Annotated[
    str, Query(max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$", description="File name")
]


class DatasetList(BaseModel):
    """The files of the data folder."""

    datasets: list[DatasetInfo]


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


class PreviewSegment(BaseModel):
    """A piece of the rendered text."""

    text: str
    supervised: bool
    """Whether the model learns to write it"""


class PreviewMessage(BaseModel):
    """One turn."""

    role: str
    content: str


class PreviewRow(BaseModel):
    """One example: as it stands in the file, as a conversation, as text."""

    index: int
    raw: JsonValue
    messages: list[PreviewMessage]
    text: str
    segments: list[PreviewSegment]


class PreviewProblem(BaseModel):
    """What is wrong with a record."""

    index: int | None
    field: str
    message: str


class Preview(BaseModel):
    """A page of examples."""

    name: str
    recognised: str
    total: int
    rows: list[PreviewRow]
    problems: list[PreviewProblem]
    """The first hundred"""


@router.get("")
def list_datasets(service: ServiceDep) -> DatasetList:
    """The datasets in the data folder."""
    return DatasetList(datasets=service.datasets.list())


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
        loaded = await run_in_threadpool(folder.publish, partial, name)
    finally:
        partial.unlink(missing_ok=True)
    info = await run_in_threadpool(folder.info, folder.root / name)
    return Uploaded(**info.model_dump(), recognised=loaded.recognised.replace(partial.name, name))


@router.post("/{name}/records", status_code=201)
def add_record(name: str, record: NewRecord, service: ServiceDep) -> Grown:
    """Add a conversation to a dataset, in the form it has; one that is not there is made."""
    turns = [{"role": turn.role, "content": turn.content} for turn in record.messages]
    return Grown(name=name, records=service.datasets.append(name, turns))


@router.get("/{name}/preview")
def preview_dataset(
    name: str,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    prompt_template: PromptTemplate = "auto",
) -> Preview:
    """A page of examples, each raw, as a conversation, and as text with the part to learn marked.

    `auto` shows Qwen's ChatML: the tokenizer's own template is rendered in a run's own process only.
    """
    loaded = service.datasets.load(name)
    template = named_template("qwen" if prompt_template == "auto" else prompt_template)
    return Preview(
        name=name,
        recognised=loaded.recognised,
        total=len(loaded.records),
        rows=[_row(record, template) for record in loaded.records[offset : offset + limit]],
        problems=[
            PreviewProblem(index=found.index, field=found.field, message=found.message)
            for found in loaded.problems[:100]
        ],
    )


def _row(record: Record, template: Template) -> PreviewRow:
    try:
        segments = segments_of(record.messages, template, record.tools)
    except InvalidInput as error:  # this one conversation does not fit the template: say so in its place
        raise InvalidInput(f"Record {record.index}: {error}", "prompt_template") from None
    return PreviewRow(
        index=record.index,
        raw=record.raw,
        messages=[PreviewMessage(role=turn["role"], content=turn["content"]) for turn in record.messages],
        text="".join(segment.text for segment in segments),
        segments=[PreviewSegment(text=segment.text, supervised=segment.supervised) for segment in segments],
    )
