"""What routes ask for, by name: signatures then read like sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Body, Depends, Path, Query, Request
from pydantic import BeforeValidator

from backend.core.environment.defaults import from_environment
from backend.core.environment.settings import Settings, environment
from backend.core.params import Params
from backend.jobs.models import Job
from backend.jobs.service import Service

P = TypeVar("P", bound=Params)


async def _service(request: Request) -> Service:
    """The service, started with the first request when no lifespan did (an app mounted in a test client)."""
    service: Service = request.app.state.service
    return service.start()


ServiceDep = Annotated[Service, Depends(_service)]


async def _settings(service: ServiceDep) -> Settings:
    return service.settings


SettingsDep = Annotated[Settings, Depends(_settings)]

JobId = Annotated[str, Path(max_length=64, description="Id that the submission answered")]


async def _job(job_id: JobId, service: ServiceDep) -> Job:
    return service.store.require(job_id)


JobDep = Annotated[Job, Depends(_job)]
"""The job of the address, or 404."""

Cursor = Annotated[int, Query(ge=0, le=2**53)]
"""A position that an earlier answer gave."""


def over_environment(
    kind: type[P], fields: type[Params] | None = None, absent: Mapping[str, object] | None = None
) -> object:
    """The annotation of a body of this kind whose absent fields come from the environment, as on the command line.

    Args:
        fields: take only the fields of this class from the environment; None = all.
        absent: stands for what neither gives.
    """

    def add_environment(given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {**(absent or {}), **from_environment(fields or kind, environment()), **given}

    return Annotated[kind, BeforeValidator(add_environment), Body()]
