"""What is exported: an adapter with its base, or a whole model, with what is known of its training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from backend.core.data.prompts import Template
from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.export.card import plain_params
from backend.core.models.folder import require_safe
from backend.core.models.hub_cache import commit_of, hub_id_of
from backend.core.params import ExportParams, MergeParams
from backend.core.params.hub_id import is_hub_id
from backend.core.registry import AdapterRegistry
from backend.engine.adapter_file import AdapterFile
from backend.engine.answering.templates import trained_system
from backend.engine.merge.base_folder import find_base
from backend.engine.merge.parents import Parent
from backend.engine.models import read_run

FIELD = "model"


@dataclass(frozen=True)
class Subject:
    """A model to be exported.

    Args:
        name: as asked for.
        folder: its own.
        adapter: its file; None = a whole model.
        base_name: the base it was trained on, as it calls it.
        base_folder: the base's files; of a whole model, its own.
    """

    name: str
    folder: Path
    adapter: AdapterFile | None
    base_name: str
    base_folder: Path

    @cached_property
    def run(self) -> dict[str, Any]:
        """Its record; empty when it has none (an adapter from elsewhere)."""
        return read_run(self.folder)

    @property
    def system_prompt(self) -> str | None:
        """What its training said where a conversation had no system prompt."""
        return trained_system(self.folder)

    def trained_template(self, tokenizer: Any) -> Template | None:
        """The template its run recorded, with the special tokens of its tokenizer; None where nobody has."""
        recorded = self.run.get("template")
        if isinstance(recorded, dict) and isinstance(recorded.get("source"), str):
            name, source = str(recorded.get("name")), recorded["source"]
            return Template(name, source, tokenizer.bos_token or "", tokenizer.eos_token or "")
        return None

    def facts(self) -> dict[str, Any]:
        """What a card and `export.json` tell of it, without a path of this machine."""
        run = self.run
        data, result = run.get("dataset"), run.get("result")
        parents = run.get("parents")
        return {
            "base": {
                "name": _plain_name(self.base_name),
                "hub_id": hub_id_of(self.base_folder) or self._hub_name(),
                "commit": commit_of(self.base_folder) or run.get("base_commit"),
            },
            "dataset": {
                "name": Path(str(data.get("path"))).name,
                "sha256": data.get("sha256"),
                "examples": data.get("examples", 0),
            }
            if isinstance(data, dict)
            else None,
            "lora": self._lora(),
            "params": plain_params(run.get("params") or {}) if run.get("kind") == "train" else {},
            "scores": {key: value for key, value in (result or {}).items() if isinstance(value, int | float)},
            "merged_from": [
                {"name": Path(str(parent["name"])).name, "weight": parent["weight"]} for parent in parents or []
            ],
            "description": str((run.get("params") or {}).get("description") or ""),
        }

    def _hub_name(self) -> str | None:
        """The base's name, where it can only be one of the hub."""
        return self.base_name if is_hub_id(self.base_name) and not Path(self.base_name).exists() else None

    def _lora(self) -> dict[str, Any] | None:
        if self.adapter is None:
            return None
        config = self.adapter.config
        targets = sorted({module.rpartition(".")[2] for module in self.adapter.modules})
        told = {name: config.get(name) for name in ("r", "lora_alpha", "use_rslora", "use_dora")}
        return {**told, "target_modules": targets}

    @property
    def largest_rank(self) -> int:
        """Of an adapter's layers."""
        assert self.adapter is not None
        return max(self.adapter.shapes(module)[1] for module in self.adapter.modules)


def open_subject(params: ExportParams, settings: Settings) -> Subject:
    """What `model` names.

    Raises:
        BadModel: it is neither an adapter nor a model, cannot be opened, or its base is not on this machine.
    """
    registry = AdapterRegistry(settings.adapter_config_path)
    folder = registry.folder_of(params.model, settings.model_output_dir)
    if folder is None:
        known = ", ".join(adapter.name for adapter in registry.read().adapters) or "none yet"
        raise BadModel(f"There is no model {params.model!r}: give a folder or an adapter ({known}).", FIELD)
    if (folder / "adapter_config.json").is_file():
        file = AdapterFile(folder)
        parent = Parent(params.model, file, 1.0, 1.0)
        asked = MergeParams(adapters=[f"{folder}:1"], report=True, base_model_name=params.base_model_name)
        base = find_base([parent], asked, settings)
        return Subject(folder.name, folder, file, base.name, base.folder)
    if not (folder / "config.json").is_file():
        raise BadModel(f"{params.model} holds neither an adapter nor a model: give the folder a run has saved.", FIELD)
    require_safe(folder, FIELD)
    named = read_run(folder).get("params", {}).get("base_model_name")
    return Subject(folder.name, folder, None, str(named or folder.name), folder)


def _plain_name(base: str) -> str:
    return Path(base).name if Path(base).is_absolute() else base
