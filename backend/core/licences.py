"""The packages that the product stands on, with their licences as they themselves declare them."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from functools import cache

from backend.core.versions import PACKAGES

SERVICE_PACKAGES = ("fastapi", "pydantic", "uvicorn", "httpx", "openai")
LONGEST = 40
"""Letters; older packages give the whole text of their licence in place of its name."""


@dataclass(frozen=True)
class Package:
    """An installed package.

    Args:
        name, version: of it.
        licence: its SPDX expression, or what it says instead; None = nothing of use.
    """

    name: str
    version: str
    licence: str | None


@cache
def packages() -> tuple[Package, ...]:
    """Those that are installed, in the order of their weight; a process keeps what it has loaded."""
    found = []
    for name in (*PACKAGES, *SERVICE_PACKAGES):
        try:
            told = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found.append(Package(name, told["Version"], _licence(told)))
    return tuple(found)


def _licence(told: importlib.metadata.PackageMetadata) -> str | None:
    classified = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License")
    ]
    candidates = [*(told.get_all("License-Expression") or ()), *(told.get_all("License") or ()), *classified]
    return next((text for text in candidates if text and len(text) <= LONGEST and "\n" not in text), None)
