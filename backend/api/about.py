"""What this is, and what it stands on."""

from __future__ import annotations

import platform

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep
from backend.api.version import VERSION
from backend.core.licences import packages

router = APIRouter(tags=["system"])

LICENCE = "Apache-2.0"


class PackageEntry(BaseModel):
    """A package that is installed."""

    name: str
    version: str
    licence: str | None


class About(BaseModel):
    """Versions and licences."""

    version: str
    licence: str
    python: str
    platform: str
    """The operating system"""
    training: str
    """Where training runs"""
    packages: list[PackageEntry]


@router.get("/about")
def about(service: ServiceDep) -> About:
    """Version and licence of the product, and of the packages that decide what it computes."""
    return About(
        version=VERSION,
        licence=LICENCE,
        python=platform.python_version(),
        platform=platform.platform(aliased=True, terse=True),
        training=service.executors.sentence,
        packages=[PackageEntry(name=one.name, version=one.version, licence=one.licence) for one in packages()],
    )
