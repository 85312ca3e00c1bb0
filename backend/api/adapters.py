"""The registry of adapters: list, look, rename, take along, delete; and what came of what."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from backend.api.deps import ServiceDep
from backend.core.errors import Conflict
from backend.core.params.base import Name, Text
from backend.core.registry import Adapter
from backend.core.storage.archive import zipped
from backend.jobs.adapters import (
    adapter_named,
    adapter_size,
    card_of,
    change_adapter,
    delete_adapter,
    files_of,
    former_names,
    problem_in,
)
from backend.jobs.lineage import Lineage, job_of, lineage
from backend.jobs.run_records import RunRecord, record_of
from backend.jobs.service import Service

router = APIRouter(tags=["adapters"])


class AdapterEntry(Adapter):
    """An adapter with its size; further fields of the registry pass through."""

    size_bytes: int | None
    """null = its folder is gone"""
    problem: str | None
    """Why nothing is loaded from its folder; null = nothing speaks against it"""


class AdapterList(BaseModel):
    """The registry."""

    base_model: str
    adapters: list[AdapterEntry]


class AdapterFile(BaseModel):
    """A file of an adapter's folder."""

    name: str
    """Its path in the folder"""
    size_bytes: int


class AdapterDetail(BaseModel):
    """One adapter with everything that its folder tells."""

    adapter: AdapterEntry
    former_names: list[str]
    """What it was called before, the last name first"""
    job_id: str | None
    """The job that made it, as long as that is remembered"""
    card: str | None
    """Its model card, in Markdown"""
    run: RunRecord | None
    """What its run says of itself"""
    files: list[AdapterFile]
    """Empty for a folder outside MODEL_OUTPUT_DIR"""


class AdapterChange(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = {"extra": "forbid"}

    name: Name | None = None
    description: Annotated[Text, Field(max_length=2000)] | None = None


def entry_of(adapter: Adapter) -> AdapterEntry:
    """An adapter as it is listed."""
    return AdapterEntry.model_validate(
        {**adapter.model_dump(), "size_bytes": adapter_size(adapter), "problem": problem_in(adapter)}
    )


def _detail(service: Service, adapter: Adapter) -> AdapterDetail:
    job, files = job_of(service, adapter), files_of(service, adapter)
    return AdapterDetail(
        adapter=entry_of(adapter),
        former_names=former_names(adapter),
        job_id=job.id if job else None,
        card=card_of(files),
        run=record_of(files),
        files=[AdapterFile(name=file.name, size_bytes=file.size_bytes) for file in files],
    )


@router.get("/adapters")
def list_adapters(service: ServiceDep) -> AdapterList:
    """The adapters in the order they were entered."""
    registry = service.registry.read()
    return AdapterList(base_model=registry.base_model, adapters=[entry_of(adapter) for adapter in registry.adapters])


@router.get("/adapters/{name}")
def read_adapter(name: str, service: ServiceDep) -> AdapterDetail:
    """One adapter, by its name or by one it had before."""
    return _detail(service, adapter_named(service, name))


@router.patch("/adapters/{name}", name="change_adapter")
def rename_adapter(name: str, change: Annotated[AdapterChange, Body()], service: ServiceDep) -> AdapterDetail:
    """Give an adapter another name, which its folder takes too, or another description."""
    return _detail(service, change_adapter(service, name, change.name, change.description))


@router.delete("/adapters/{name}", status_code=204, name="delete_adapter")
def remove_adapter(name: str, service: ServiceDep) -> None:
    """Delete an adapter: its entry, and its folder if it lies in MODEL_OUTPUT_DIR."""
    delete_adapter(service, name)


@router.get(
    "/adapters/{name}/download",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def download_adapter(name: str, service: ServiceDep) -> StreamingResponse:
    """The adapter's folder as a zip file: a plain PEFT adapter with its tokenizer, card and record."""
    adapter = service.registry.find(name)
    files = files_of(service, adapter)
    if not files:
        raise Conflict(f"The files of {name!r} are not in the models folder: there is nothing to download.")
    root = re.sub(r"[^A-Za-z0-9._-]", "_", adapter.name)
    headers = {"Content-Disposition": f'attachment; filename="{root}.zip"'}
    return StreamingResponse(zipped(files, root), media_type="application/zip", headers=headers)


@router.get("/lineage")
def read_lineage(service: ServiceDep) -> Lineage:
    """Which datasets, bases and runs the adapters and merged models of this machine came of."""
    return lineage(service)
