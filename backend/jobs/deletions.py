"""Deletions of adapters that a crash caught half way."""

from __future__ import annotations

import os
from pathlib import Path

from backend.core.errors import PipelineError
from backend.core.paths import normalise_path
from backend.core.registry import AdapterRegistry
from backend.core.storage.files import SET_ASIDE


def undo_deletions(registry: AdapterRegistry, root: Path) -> None:
    """Put back the adapters that a crash caught between the step out of sight and the registry, which decides."""
    try:
        listed = {normalise_path(adapter.path) for adapter in registry.read().adapters}
    except PipelineError:
        listed = None
    for aside in root.glob(f"{SET_ASIDE}*"):
        folder = root / aside.name.removeprefix(SET_ASIDE).rpartition("-")[0]
        if not folder.exists() and (listed is None or folder in listed):
            os.replace(aside, folder)
