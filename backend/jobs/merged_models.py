"""Whole models that were merged here (`--into_base`): what they came of, and the end of one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from backend.core.errors import InUse, NotFound
from backend.core.paths import normalise_path, resolve_name
from backend.core.registry import Adapter
from backend.core.runs.folder import RUN_FILE
from backend.core.storage.files import set_aside
from backend.jobs.adapters import user_of
from backend.jobs.service import Service

LARGEST_RECORD = 2**20


class MergeParent(BaseModel):
    """An adapter that went into a merge, by the name it had then."""

    name: str
    weight: float | None = None


class MergedModel(BaseModel):
    """What its `run.json` says of a whole model that was merged here."""

    name: str
    made_at: str | None = Field(None, validation_alias="finished_at")
    method: str | None = None
    base_model: str | None = None
    merged_from: list[MergeParent] = Field(validation_alias="parents")


def merged_models(root: Path) -> list[MergedModel]:
    """Those in the models folder, by name."""
    folders = sorted(root.iterdir()) if root.is_dir() else []
    return [model for folder in folders if (model := merged_model(folder)) is not None]


def merged_model(folder: Path) -> MergedModel | None:
    """The model in a folder; None = there is none that was merged here."""
    is_model = (folder / "config.json").is_file() and not (folder / "adapter_config.json").exists()
    if folder.name.startswith(".") or folder.is_symlink() or not is_model:
        return None
    record = _record(folder / RUN_FILE)
    params = record.get("params")
    if record.get("kind") != "merge" or not isinstance(params, dict):
        return None
    made = {"name": folder.name, "method": params.get("method"), "base_model": params.get("base_model_name")}
    try:
        return MergedModel.model_validate({**record, **made})
    except ValidationError:
        return None


def delete_model(service: Service, name: str) -> None:
    """Take a model that was merged here off the disk.

    Raises:
        InvalidInput: the name is none.
        NotFound: no model of that name was merged here; what a person put there is his to remove.
        InUse: an unfinished job makes or reads it, or adapters were trained on it.
    """
    root = service.settings.model_output_dir
    with service.store.locked():  # no job may start to use it meanwhile
        folder = resolve_name(root, name)
        if merged_model(folder) is None:
            raise NotFound(f"No model {name!r} was merged here: what else lies in {root.name}/ is yours to remove.")
        if job := user_of(service, name, folder):
            raise InUse(f"The model {name!r} is in use by the job {job.name!r} ({job.id}): cancel it first.")
        if built := [adapter.name for adapter in service.registry.read().adapters if _is_base_of(adapter, folder)]:
            raise InUse(f"The adapters {', '.join(built)} were trained on {name!r} and need it: delete them first.")
        aside = set_aside(folder)
    shutil.rmtree(aside)  # what the worker has open stays readable to it


def _is_base_of(adapter: Adapter, folder: Path) -> bool:
    return bool(adapter.base_model) and normalise_path(adapter.base_model) == folder


def _record(path: Path) -> dict[str, Any]:
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_RECORD:
            return {}
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
