"""Which model a name or a folder means: a base, an adapter on its base, or a merged model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.params import InferenceParams
from backend.core.registry import AdapterRegistry
from backend.engine.loading import TINY, base_of_adapter


@dataclass(frozen=True)
class ModelReference:
    """A base model and, maybe, an adapter on it.

    Args:
        base: `tiny`, a folder or a hub id.
        adapter: the adapter's folder.
    """

    base: str
    adapter: Path | None = None


def resolve_model(params: InferenceParams, settings: Settings) -> ModelReference:
    """What `model_path` means.

    Raises:
        BadModel: neither an adapter of the registry, nor a folder with a model, nor a base.
    """
    given = params.model_path
    if given is None or given == TINY:
        return ModelReference(given or params.base_model_name)
    registry = AdapterRegistry(settings.adapter_config_path)
    folder = registry.folder_of(given, settings.model_output_dir)
    if folder is None:
        if given.startswith((".", "/", "~")) or given.count("/") != 1:
            known = ", ".join(adapter.name for adapter in registry.read().adapters)
            raise BadModel(
                f"There is no model {given!r}: give an adapter of the registry ({known or 'none yet'}), a folder, "
                "or a base model.",
                "model_path",
            )
        return ModelReference(given)
    if (folder / "adapter_config.json").is_file():
        return ModelReference(base_named_by(folder, params), folder)
    if (folder / "config.json").is_file():
        return ModelReference(str(folder))
    raise BadModel(
        f"{given} holds neither an adapter nor a model: give the folder that a run has saved.", "model_path"
    )


def base_named_by(folder: Path, params: InferenceParams) -> str:
    """The base an adapter was trained on: as its run says, else its config, else as given."""
    trained = read_run(folder).get("params", {}).get("base_model_name")
    return str(trained or base_of_adapter(folder) or params.base_model_name)


def read_run(folder: Path) -> dict[str, Any]:
    """A folder's `run.json`; empty when it has none (an adapter from elsewhere)."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return run if isinstance(run, dict) else {}
