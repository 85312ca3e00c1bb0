"""The registry of adapters."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep
from backend.core.registry import Adapter
from backend.jobs.adapters import adapter_size, delete_adapter, problem_in

router = APIRouter(prefix="/adapters", tags=["adapters"])


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


@router.get("")
def list_adapters(service: ServiceDep) -> AdapterList:
    """The adapters in the order they were entered."""
    registry = service.registry.read()
    entries = [
        AdapterEntry.model_validate(
            {**adapter.model_dump(), "size_bytes": adapter_size(adapter), "problem": problem_in(adapter)}
        )
        for adapter in registry.adapters
    ]
    return AdapterList(base_model=registry.base_model, adapters=entries)


@router.delete("/{name}", status_code=204, name="delete_adapter")
def remove_adapter(name: str, service: ServiceDep) -> None:
    """Delete an adapter: its entry, and its folder if it lies in MODEL_OUTPUT_DIR."""
    delete_adapter(service, name)
