"""Adapters made elsewhere, sent as a zip file of the folder that their trainer saved."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from backend.api.adapters import AdapterEntry, entry_of
from backend.api.deps import ServiceDep
from backend.api.uploads import receive
from backend.core.params.base import Name
from backend.jobs.imports import import_adapter

router = APIRouter(tags=["adapters"])

IMPORT_BYTES = 4 * 2**30
"""Rank 128 on every layer of a 70B model takes 3.3 GB."""


class Imported(BaseModel):
    """An adapter that was taken in."""

    adapter: AdapterEntry
    notes: list[str]
    """What a person should know about it"""


@router.post(
    "/adapters/import",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {}}}}},
)
async def upload_adapter(
    request: Request,
    service: ServiceDep,
    name: Name,
    base_model_name: Annotated[str | None, Query(max_length=4096)] = None,
    description: Annotated[str, Query(max_length=2000)] = "",
) -> Imported:
    """Take in a LoRA adapter, sent as the plain body: a zip file of its PEFT folder, safetensors only."""
    root = service.settings.model_output_dir
    root.mkdir(parents=True, exist_ok=True)
    archive = await receive(request, root, ".zip", IMPORT_BYTES)
    try:
        adapter, foreign = await run_in_threadpool(
            import_adapter, service, archive, name, base_model_name, description
        )
    finally:
        archive.unlink(missing_ok=True)
    return Imported(adapter=entry_of(adapter), notes=list(foreign.notes))
