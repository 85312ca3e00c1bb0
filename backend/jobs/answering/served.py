"""The models that answer, by the names that `GET /v1/models` lists: bases, adapters of the registry, merged models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.core.environment.defaults import from_environment
from backend.core.environment.settings import Settings, environment
from backend.core.errors import NotFound
from backend.core.params import InferenceParams
from backend.core.params.groups import ModelChoice
from backend.core.paths import normalise_path
from backend.core.registry import Adapter, AdapterRegistry
from backend.core.runs.folder import FAILED_PROOF
from backend.jobs.model_checks import require_loadable

TINY = "tiny"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MOST_NAMED = 50
"""So many known names an error lists."""


class UnknownModel(NotFound):
    """No model that answers has this name."""


@dataclass(frozen=True)
class ServedModel:
    """A model that answers.

    Args:
        id: its name.
        owned_by: what it is.
        base_model_name, adapter_path: the same in the worker's words.
        created: seconds since 1970; 0 = not known.
    """

    id: str
    owned_by: Literal["base", "adapter", "merged"]
    base_model_name: str
    adapter_path: str | None = None
    created: int = 0


class ServedModels:
    """Every model of this machine that answers.

    Args:
        settings: where models lie.
        registry: the adapters.
    """

    def __init__(self, settings: Settings, registry: AdapterRegistry) -> None:
        self._settings = settings
        self._registry = registry

    def list(self) -> list[ServedModel]:
        """All of them, the machine's base first. Of two with one name the first counts, as in `find`."""
        found: dict[str, ServedModel] = {}
        for model in self._all():
            found.setdefault(model.id, model)
        return list(found.values())

    def find(self, name: str | None) -> ServedModel:
        """The model of that name; None = the machine's base.

        Raises:
            UnknownModel: there is none; the message lists those there are.
            BadModel: its folder holds what is not opened here.
        """
        name = name or default_base_model()
        for model in self._all():
            if model.id == name:
                return _loadable(model)
        known = ", ".join(sorted(model.id for model in self.list())[:MOST_NAMED])
        raise UnknownModel(f"There is no model {name!r}. Known: {known}.")

    def adapter(self, name: str) -> ServedModel:
        """An adapter by its name, whatever else has that name. Raises NotFound."""
        return _loadable(_of_adapter(self._registry.find(name)))

    def _all(self) -> Iterator[ServedModel]:
        for base in dict.fromkeys((default_base_model(), TINY)):
            yield ServedModel(base, "base", base)
        for adapter in self._registry.read().adapters:
            yield _of_adapter(adapter)
        root = self._settings.model_output_dir
        for folder in sorted(root.iterdir()) if root.is_dir() else ():
            if _is_merged_model(folder):
                yield ServedModel(folder.name, "merged", str(folder), created=_made(folder))


def default_base_model() -> str:
    """The base model of this machine: `BASE_MODEL_NAME`, else the built-in default."""
    given = from_environment(ModelChoice, environment()).get("base_model_name")
    return str(given or InferenceParams.model_fields["base_model_name"].default)


def _loadable(model: ServedModel) -> ServedModel:
    """The model, whose files were judged. Raises BadModel."""
    for place in (model.adapter_path, model.base_model_name):
        if place is not None and Path(place).is_absolute():
            require_loadable(Path(place), "model")
    return model


def _of_adapter(adapter: Adapter) -> ServedModel:
    folder = normalise_path(adapter.path)
    base = adapter.base_model or default_base_model()
    return ServedModel(adapter.name, "adapter", base, str(folder), _made(folder))


def _is_merged_model(folder: Path) -> bool:
    """Whether a folder holds a whole model: a merge, or a base that somebody put there."""
    if not _NAME.fullmatch(folder.name) or folder.is_symlink() or folder.name.endswith(FAILED_PROOF):
        return False
    return (folder / "config.json").is_file() and not (folder / "adapter_config.json").exists()


def _made(folder: Path) -> int:
    with suppress(OSError):
        return int(folder.stat().st_mtime)
    return 0
