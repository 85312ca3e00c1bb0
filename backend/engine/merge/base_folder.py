"""Where the base model's files are, found without transformers and without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.core.environment.settings import Settings
from backend.core.errors import BadModel
from backend.core.models.hub_cache import snapshot_of
from backend.core.params import MergeParams
from backend.core.paths import normalise_path
from backend.engine.merge.parents import Parent
from backend.engine.merge.shards import FIELD

TINY = "tiny"


@dataclass(frozen=True)
class BaseFolder:
    """A base model on this machine.

    Args:
        name: as given or as the adapters call it.
        folder: with its files.
        revision: on the hub; None = a folder.
    """

    name: str
    folder: Path
    revision: str | None = None


def find_base(parents: Sequence[Parent], params: MergeParams, settings: Settings) -> BaseFolder:
    """The folder of the base the updates go into.

    Raises:
        BadModel: nobody says which one, or it is not on this machine.
    """
    name = params.base_model_name or parents[0].base
    if not name:
        raise BadModel(f"The adapter {parents[0].name} does not name its base model: pass --base_model_name.", FIELD)
    if name == TINY:
        return BaseFolder(name, _tiny(settings))
    folder = normalise_path(name, Path.cwd())
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise BadModel(f"{name} holds no config.json, so it is no model folder.", FIELD)
        return BaseFolder(name, folder)
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise BadModel(f"There is no folder {name}: pass --base_model_name with the base model's.", FIELD)
    return _cached(name, None if params.base_model_name else _revision(parents[0]), settings)


def _tiny(settings: Settings) -> Path:
    folder = settings.model_output_dir / "base" / TINY
    if (folder / "config.json").is_file():
        return folder
    from backend.engine.tiny import ensure_tiny  # imports transformers, which nothing else here needs

    return ensure_tiny(folder)


def _revision(parent: Parent) -> str | None:
    found = parent.run.get("params", {}).get("model_revision") or parent.file.config.get("revision")
    return str(found) if found else None


def _cached(name: str, revision: str | None, settings: Settings) -> BaseFolder:
    """The snapshot of a hub model in the local cache; merging never goes online."""
    folder = snapshot_of(name, revision, settings)
    if folder is None:
        raise BadModel(
            f"The base model {name!r} is not on this machine: download it with `hf download {name}`, or pass "
            "--base_model_name with its folder.",
            FIELD,
        )
    return BaseFolder(name, folder, folder.name)
