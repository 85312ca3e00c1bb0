"""An uploaded adapter on its way into the registry: its name is free, its base is one that this machine may use."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from backend.core.imports.entering import enter
from backend.core.imports.foreign import ForeignAdapter
from backend.core.imports.taking import unzip_adapter
from backend.core.registry import Adapter
from backend.jobs.adapters import require_untaken
from backend.jobs.confine import base_model
from backend.jobs.service import Service


def import_adapter(
    service: Service, archive: Path, name: str, base: str | None, description: str
) -> tuple[Adapter, ForeignAdapter]:
    """Take in the adapter in a zip file.

    Raises:
        BadModel, InvalidInput: it cannot be used, or the base is none; nothing is kept.
        Conflict: the name is taken.
    """
    settings = service.settings
    named = base_model(base, settings) if base else None
    with service.store.locked():
        require_untaken(service, name)
    take = partial(unzip_adapter, archive)
    target = settings.model_output_dir / name
    return enter(take, target, service.registry, base_model=named, description=description)
