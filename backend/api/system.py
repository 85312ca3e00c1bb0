"""Is it alive, and what can the machine do."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep, SettingsDep
from backend.api.version import VERSION
from backend.jobs.machine import Machine, machine

router = APIRouter(tags=["system"])


class Health(BaseModel):
    """The service is there."""

    status: Literal["ok"]
    version: str
    test_mode: bool
    server_id: str
    """Changes with every start of the service"""


@router.get("/health")
async def health(service: ServiceDep) -> Health:
    """Answers as long as the service works; needs no token."""
    return Health(
        status="ok", version=VERSION, test_mode=service.settings.pipeline_test_mode, server_id=service.server_id
    )


@router.get("/system")
def system(settings: SettingsDep) -> Machine:
    """Cores, memory, disk and GPUs as they are now."""
    return machine(settings.model_output_dir)
