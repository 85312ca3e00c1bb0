"""One answer from the base model or one of its adapters."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep, over_environment
from backend.core.cli import from_environment
from backend.core.params import GenerateRequest, InferenceParams
from backend.core.params.groups import ModelChoice, Sampling
from backend.core.paths import normalise_path
from backend.core.settings import environment
from backend.jobs.service import Service
from backend.jobs.worker import Usage

router = APIRouter(tags=["generate"])


class Generated(BaseModel):
    """What the model said."""

    text: str
    adapter: str | None
    usage: Usage
    finish_reason: str


def generate(request: GenerateRequest, service: ServiceDep) -> Generated:
    """Answer a prompt or the last turn of a conversation."""
    answer = service.worker.ask(worker_request(request, service))
    return Generated(text=answer.text, adapter=request.adapter, usage=answer.usage, finish_reason=answer.finish_reason)


# Absent sampling fields come from the environment; FastAPI reads that from the annotation.
generate.__annotations__["request"] = over_environment(GenerateRequest, Sampling)
router.post("/generate")(generate)


def worker_request(request: GenerateRequest, service: Service) -> dict[str, Any]:
    """The request in the worker's words: the adapter as its folder, the base model it was trained on.

    Raises:
        NotFound: no such adapter.
    """
    adapter = service.registry.find(request.adapter) if request.adapter else None
    messages = request.messages or []
    turns = [message.model_dump() for message in messages] or [{"role": "user", "content": request.prompt}]
    return {
        "messages": turns,
        "adapter_path": str(normalise_path(adapter.path)) if adapter else None,
        "base_model_name": (adapter and adapter.base_model) or default_base_model(),
        **request.model_dump(include=set(Sampling.model_fields)),
        "seed": secrets.randbelow(2**32) if request.seed is None else request.seed,
    }


def default_base_model() -> str:
    """The base model of this machine: `BASE_MODEL_NAME`, else the built-in default."""
    given = from_environment(ModelChoice, environment()).get("base_model_name")
    return str(given or InferenceParams.model_fields["base_model_name"].default)
