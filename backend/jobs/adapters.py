"""Adapters beyond their registry entry: their size, and their deletion."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from backend.core.errors import InUse, InvalidInput, PipelineError
from backend.core.paths import normalise_path
from backend.core.registry import Adapter
from backend.core.storage.files import folder_size, set_aside
from backend.jobs.model_checks import problem_of
from backend.jobs.models import Job
from backend.jobs.service import Service


def adapter_size(adapter: Adapter) -> int | None:
    """Bytes on the disk, None when the folder is gone."""
    try:
        folder = normalise_path(adapter.path)
        return folder_size(folder) if folder.is_dir() else None
    except (InvalidInput, OSError, ValueError):  # a path entered by hand may be none, or be gone as we look
        return None


def problem_in(adapter: Adapter) -> str | None:
    """Why nothing is loaded from its folder; None = nothing speaks against it."""
    problem = problem_of(normalise_path(adapter.path))
    return None if problem is None else str(problem)


def delete_adapter(service: Service, name: str) -> None:
    """Take an adapter out of the registry and, where the folder is ours, off the disk.

    Only folders inside MODEL_OUTPUT_DIR are deleted: the registry may name others, which a person entered by hand.

    Raises:
        NotFound: no such adapter.
        InUse: an unfinished job makes or reads it.
    """
    with service.store.locked():  # no job may start to use it meanwhile
        adapter = service.registry.find(name)
        folder = normalise_path(adapter.path)
        _require_unused(service, name, folder)
        aside = set_aside(folder) if _is_ours(service, name, folder) else None
        try:
            service.registry.remove(name)
        except (PipelineError, OSError):
            if aside and _is_listed(service, name):
                os.replace(aside, folder)
            raise
    if aside:
        # The worker may hold the files open; on POSIX they stay readable to it until it leaves.
        shutil.rmtree(aside)


def _require_unused(service: Service, name: str, folder: Path) -> None:
    for job in service.store.values():
        if not job.status.is_final and _uses(job, name, folder):
            raise InUse(f"The adapter {name!r} is in use by the job {job.name!r} ({job.id}): cancel it first.")


def _is_listed(service: Service, name: str) -> bool:
    """Whether the registry still has it; in doubt yes, for what is deleted cannot be put back."""
    try:
        return any(adapter.name == name for adapter in service.registry.read().adapters)
    except PipelineError:
        return True


def _is_ours(service: Service, name: str, folder: Path) -> bool:
    """Whether the folder lies in MODEL_OUTPUT_DIR and belongs to this adapter alone."""
    root = service.settings.model_output_dir.resolve()
    inside = folder.resolve().is_relative_to(root) and folder.resolve() != root and not folder.is_symlink()
    others = (other for other in service.registry.read().adapters if other.name != name)
    return folder.is_dir() and inside and not any(normalise_path(other.path) == folder for other in others)


def _uses(job: Job, name: str, folder: Path) -> bool:
    """Whether a job makes the adapter or names it in any of its parameters."""
    if job.target == str(folder):
        return True
    values = [value for given in job.params.values() for value in (given if isinstance(given, list) else [given])]
    return any(
        value in (name, str(folder)) or (isinstance(value, str) and value.startswith((f"{name}:", f"{folder}:")))
        for value in values
    )
