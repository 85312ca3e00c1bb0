"""The base models that runs can start from: what is on this machine, and whether the hub may be asked for more.

`POST /models/download` fetches one; a run whose model is missing waits for that download by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from backend.api.deps import ServiceDep
from backend.core.environment.settings import Settings
from backend.core.models.hub_cache import cached_models, commit_of, is_offline, snapshot_of
from backend.core.storage.files import folder_size
from backend.jobs.answering.served import TINY, ServedModel, default_base_model
from backend.jobs.merged_models import MergedModel, delete_model, merged_model
from backend.jobs.model_checks import problem_of

router = APIRouter(prefix="/models", tags=["models"])


class BaseModelEntry(BaseModel):
    """A base model by the name that `base_model_name` takes."""

    name: str
    source: Literal["built-in", "folder", "hub"]
    is_here: bool
    """Whether a run can start without a download; the built-in one is made on first use"""
    commit: str | None
    """Of a hub model: what is in the cache"""
    size_bytes: int | None
    problem: str | None
    """Why nothing is loaded from its folder; null = nothing speaks against it"""
    merged: MergedModel | None
    """Of a model that was merged here: what it came of; such a one can be deleted"""


class BaseModelList(BaseModel):
    """Every base model known here."""

    default: str
    """What a request without `base_model_name` takes"""
    may_download: bool
    """Whether other models of the hub can be fetched; not with HF_HUB_OFFLINE"""
    models: list[BaseModelEntry]


@router.get("")
def list_base_models(service: ServiceDep) -> BaseModelList:
    """The base models on this machine, the default one first."""
    settings = service.settings
    found = {model.id: _own(model, settings) for model in service.served.list() if model.owned_by != "adapter"}
    for name, folder in cached_models(settings):
        found.setdefault(name, _entry(name, "hub", folder))
    return BaseModelList(default=default_base_model(), may_download=not is_offline(), models=list(found.values()))


@router.delete("/{name}", status_code=204, name="delete_model")
def remove_model(name: str, service: ServiceDep) -> None:
    """Delete a whole model that was merged here; others in the models folder are a person's own."""
    delete_model(service, name)


def _own(model: ServedModel, settings: Settings) -> BaseModelEntry:
    if model.id == TINY:
        folder = settings.model_output_dir / "base" / TINY
        return _entry(TINY, "built-in", folder if folder.is_dir() else None, is_here=True)
    place = Path(model.base_model_name)
    if place.is_absolute():
        return _entry(model.id, "folder", place)
    return _entry(model.id, "hub", snapshot_of(model.id, None, settings))


def _entry(
    name: str, source: Literal["built-in", "folder", "hub"], folder: Path | None, *, is_here: bool = False
) -> BaseModelEntry:
    problem = problem_of(folder) if folder else None
    return BaseModelEntry(
        name=name,
        source=source,
        is_here=is_here or folder is not None,
        commit=commit_of(folder) if folder else None,
        size_bytes=folder_size(folder) if folder else None,
        problem=None if problem is None else str(problem),
        merged=merged_model(folder) if folder and source == "folder" else None,
    )
