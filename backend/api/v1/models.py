"""The models that answer, in OpenAI's shape."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from backend.api.deps import ServiceDep
from backend.jobs.answering.served import UnknownModel

router = APIRouter(prefix="/v1", tags=["openai"])


class ModelEntry(BaseModel):
    """A model by the name that `model` takes; what a server in place of ours tells beyond that is passed on."""

    model_config = ConfigDict(extra="allow")

    id: str
    object: Literal["model"] = "model"
    created: int
    """Seconds since 1970; 0 = not known"""
    owned_by: Literal["base", "adapter", "merged", "server"]


class ModelList(BaseModel):
    """Every model."""

    object: Literal["list"] = "list"
    data: list[ModelEntry]


@router.get("/models")
async def list_models(service: ServiceDep) -> ModelList:
    """Bases, adapters and merged models; the machine's base first."""
    if service.inference_server:
        listed = await service.inference_server.models()
        return ModelList(
            data=[ModelEntry.model_validate({"created": 0, **model, "owned_by": "server"}) for model in listed]
        )
    served = await run_in_threadpool(service.served.list)
    return ModelList(
        data=[ModelEntry(id=model.id, created=model.created, owned_by=model.owned_by) for model in served]
    )


@router.get("/models/{model:path}")
async def retrieve_model(model: str, service: ServiceDep) -> ModelEntry:
    """One of them by its name, which may hold a slash."""
    if service.inference_server:
        for entry in (await list_models(service)).data:
            if entry.id == model:
                return entry
        raise UnknownModel("The inference server has no model of this name: GET /v1/models lists those it has.")
    found = await run_in_threadpool(service.served.find, model)
    return ModelEntry(id=found.id, created=found.created, owned_by=found.owned_by)
