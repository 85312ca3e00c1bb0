"""The models a job needs and this machine lacks: fetched by jobs of their own, which the job waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.models.hub_cache import is_offline, snapshot_of
from backend.core.params import DownloadParams
from backend.core.params.hub_id import is_hub_id
from backend.core.registry import AdapterRegistry
from backend.jobs import admission
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job
from backend.jobs.store import JobStore


class HubModel(NamedTuple):
    """A model of the hub, and the parameter that asks for it."""

    name: str
    revision: str | None
    field: str


def missing_models(
    kind: JobKind, ready: Mapping[str, Any], registry: AdapterRegistry, settings: Settings
) -> list[HubModel]:
    """The hub models that a job will load and that are not whole in the cache.

    Args:
        ready: the job's parameters.

    Raises:
        BadModel: a revision is none.
    """
    if kind.base_only_with and not any(ready.get(switch) for switch in kind.base_only_with):
        return []
    wanted = {model[:2]: model for model in _named(kind, ready, registry) if is_hub_id(model.name)}
    return [model for model in wanted.values() if snapshot_of(model.name, model.revision, settings) is None]


def queued_download(store: JobStore, kind: JobKind, model: HubModel, settings: Settings) -> Job:
    """The unfinished download of a model, or a new one.

    Raises:
        BadModel: the hub may not be asked.
        QueueFull: the queue is at its limit.
    """
    require_online(model.field, model.name)
    with store.locked():  # two runs that need the same model wait for the same download
        for job in store.values():
            asked = (job.params.get("model"), job.params.get("revision"))
            if job.kind == kind.name and not job.status.is_final and asked == model[:2]:
                return job
        params = DownloadParams(model=model.name, revision=model.revision)
        return admission.admit(store, kind, params, settings)[0]


def require_online(field: str, model: str = "it") -> None:
    """Raises BadModel when whoever set this machine up forbids the hub."""
    if is_offline():
        raise BadModel(
            f"HF_HUB_OFFLINE is set, so {model} cannot be downloaded: give `tiny`, a folder in the models folder, or "
            "another model that is on this machine (GET /models lists them).",
            field,
        )


def require_hub(kind: JobKind) -> None:
    """The same for a job that is nothing without the hub."""
    if "model" in kind.params.model_fields:
        require_online("model")
    if is_offline():
        raise BadModel("HF_HUB_OFFLINE is set, so nothing is sent to the hub: unset it to go online.", "repo_id")


def _named(kind: JobKind, ready: Mapping[str, Any], registry: AdapterRegistry) -> list[HubModel]:
    """Everything the parameters name as a model; an adapter stands for its base."""
    bases = {adapter.name: adapter.base_model for adapter in registry.read().adapters}
    found = []
    for name, field in kind.params.model_fields.items():
        hints = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        widget, value = hints.get("x-widget"), ready.get(name)
        if not value or widget not in ("model", "models", "adapter", "made"):
            continue
        revision = ready.get("model_revision") if widget == "model" else None
        for given in value if isinstance(value, list) else [value]:
            plain = str(given).partition(":")[0] if widget == "adapter" else str(given)
            found.append(HubModel(bases.get(plain, plain) if widget != "model" else plain, revision, name))
    return found
