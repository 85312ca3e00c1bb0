"""The oldest versions of packages that may open what strangers have made: below them are known holes.

pyproject.toml has the same numbers for installers; here they are asked of what is installed, when a program starts.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping

from backend.core.errors import MissingDependency

SERVICE: Mapping[str, tuple[int, ...]] = {
    "starlette": (0, 49, 1),
    "python-dotenv": (1, 2, 2),
    "jinja2": (3, 1, 6),
}
"""Starlette: ranges without end (CVE-2025-62727). dotenv: followed links, and lost a file's mode. Jinja: leaving the
sandbox (CVE-2025-27516)."""

MODELS: Mapping[str, tuple[int, ...]] = {
    "torch": (2, 6),
    "transformers": (5, 3),
    "jinja2": (3, 1, 6),
}
"""torch: `weights_only` ran code (CVE-2025-32434). transformers: so did a checkpoint's random state (CVE-2026-1839)
and a key of a configuration (CVE-2026-4372)."""


class TooOld(MissingDependency):
    """An installed package is older than it may be."""


def require_floors(floors: Mapping[str, tuple[int, ...]]) -> None:
    """Raises TooOld for an installed package below its floor; one that is missing is told where it is imported."""
    for package, floor in floors.items():
        try:
            installed = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        if numbers_of(installed) < floor:
            wanted = ".".join(map(str, floor))
            raise TooOld(
                f"{package} {installed} has known holes: `pip install '{package}>={wanted}'`, or install the project "
                "anew."
            )


def numbers_of(version: str) -> tuple[int, ...]:
    """The numbers a version begins with: `2.13.0+cpu` is (2, 13, 0); what follows a letter does not count."""
    numbers = []
    for part in version.partition("+")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers)
