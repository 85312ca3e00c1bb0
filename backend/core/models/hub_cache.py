"""The models of the Hugging Face hub that are on this machine, found without the library and without a network.

The cache is laid out as `models--<owner>--<name>/refs/<revision>`, which holds a commit, `snapshots/<commit>/<file>`,
which are links, and `blobs/`. Other programs fill it too, and may have fetched only a part of a model.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from backend.core.environment.settings import Settings, environment
from backend.core.errors import BadModel
from backend.core.params.hub_id import REVISION, is_hub_id
from backend.core.paths import normalise_path

COMMIT = re.compile(r"[0-9a-f]{40}")
MAIN = "main"

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"


def cache_folder(settings: Settings, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the library keeps models: by the same variables in the same order."""
    if environ.get("HF_HUB_CACHE"):
        return normalise_path(environ["HF_HUB_CACHE"])
    if settings.model_cache_dir:
        return settings.model_cache_dir
    if environ.get("HF_HOME"):
        return normalise_path(environ["HF_HOME"]) / "hub"
    return normalise_path(environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def model_folder(model: str, settings: Settings) -> Path:
    """What the cache keeps of a model: blobs, refs and snapshots."""
    return cache_folder(settings) / f"models--{model.replace('/', '--')}"


def snapshot_of(model: str, revision: str | None, settings: Settings) -> Path | None:
    """The folder of a whole model in the cache; None = it is not there, or only a part of it.

    Raises:
        BadModel: the revision is none.
    """
    revision = revision or MAIN
    if not is_hub_id(model):
        return None
    if not REVISION.fullmatch(revision):
        raise BadModel("model_revision is no branch, tag or commit of the hub.", "model_revision")
    home = model_folder(model, settings)
    commit = revision if COMMIT.fullmatch(revision) else _commit(home / "refs" / revision)
    folder = home / "snapshots" / commit if commit else None
    return folder if folder and is_whole(folder) else None


def commit_of(folder: Path) -> str | None:
    """The commit that a snapshot of the cache is of; None = another folder."""
    return folder.name if folder.parent.name == "snapshots" and COMMIT.fullmatch(folder.name) else None


def hub_id_of(folder: Path) -> str | None:
    """The model that a snapshot of the cache is of; None = another folder."""
    if commit_of(folder) is None:
        return None
    kind, _, name = folder.parent.parent.name.partition("--")
    return name.replace("--", "/", 1) if kind == "models" else None


def cached_models(settings: Settings) -> list[tuple[str, Path]]:
    """Every whole model in the cache, with its folder at `main` or else the one that was fetched last."""
    found = []
    root = cache_folder(settings)
    for home in sorted(root.glob("models--*--*")) if root.is_dir() else ():
        name = home.name.removeprefix("models--").replace("--", "/", 1)
        folders = [snapshot_of(name, None, settings), *_newest_first(home / "snapshots")]
        whole = next((folder for folder in folders if folder and is_whole(folder)), None)
        if whole and is_hub_id(name):
            found.append((name, whole))
    return found


def is_whole(folder: Path) -> bool:
    """Whether a snapshot has its configuration and all of its weights as safetensors."""
    if not (folder / "config.json").is_file():
        return False
    if (folder / SINGLE).is_file():
        return True
    try:
        mapped = json.loads((folder / INDEX).read_bytes())["weight_map"]
        return bool(mapped) and all((folder / str(name)).is_file() for name in set(mapped.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def is_offline() -> bool:
    """Whether whoever set this machine up forbids the hub."""
    environ = environment()
    return any(environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE") for name in OFFLINE_VARIABLES)


OFFLINE_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
"""Either keeps the library off the network."""


def _commit(ref: Path) -> str | None:
    try:
        text = ref.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if COMMIT.fullmatch(text) else None


def _newest_first(snapshots: Path) -> list[Path]:
    found = [folder for folder in snapshots.glob("*") if folder.is_dir()]
    return sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True)
