"""`merge_manifest.json`: what went into a merge and what came out, by hash, so that it can be checked and done again.

It stands beside the adapter and not in `adapter_config.json`, whose unknown keys PEFT warns about, nor in the
safetensors' metadata, which are written in random order (safetensors#584).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

from backend.core.errors import BadModel
from backend.core.params import MergeParams
from backend.core.paths import shown
from backend.core.storage.files import sha256_of, write_json
from backend.core.versions import versions
from backend.engine.adapter_file import CONFIG, WEIGHTS
from backend.engine.merge.combining import MergedModule
from backend.engine.merge.parents import Parent

MANIFEST = "merge_manifest.json"
SCHEMA = 1


def write_manifest(
    folder: Path, parents: Sequence[Parent], modules: Sequence[MergedModule], params: MergeParams, **more: Any
) -> None:
    """Written last: it names every other file of the folder.

    Args:
        folder: the finished output, not yet published.
        parents: what went in.
        modules: what was computed; empty for a merge into the base.
        params: all of them, defaults included.
        more: further entries, such as the base's hashes or the proof.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    content = {
        "schema": SCHEMA,
        "made_at": made_at(),
        "versions": versions(),
        "params": params.model_dump(mode="json"),
        "parents": [_parent(parent) for parent in parents],
        "result": _result(modules),
        **more,
        "files": {path.relative_to(folder).as_posix(): sha256_of(path) for path in files},
    }
    write_json(folder / MANIFEST, content)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Raises BadModel when the folder has none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadModel(f"{shown(folder)} holds no readable {MANIFEST} ({error}), so it is no merge of ours.") from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise BadModel(f"The {MANIFEST} in {shown(folder)} is of another version than {SCHEMA}.")
    return content


def made_at() -> str:
    """Now, or `SOURCE_DATE_EPOCH` for builds that must be the same to the byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.fromtimestamp(int(epoch), timezone.utc) if epoch else datetime.now(timezone.utc)
    return now.isoformat(timespec="seconds")


def _parent(parent: Parent) -> dict[str, Any]:
    folder, config, run = parent.file.folder, parent.file.config, parent.run
    lineage = folder / MANIFEST
    return {
        "name": parent.name,
        "path": shown(folder),
        "weight": parent.weight,
        "weight_given": parent.given,
        "base_model": parent.base,
        "revision": config.get("revision"),
        "config_sha256": sha256_of(folder / CONFIG),
        "weights_sha256": sha256_of(folder / WEIGHTS),
        "content_sha256": parent.content_hash,
        **{name: config.get(name) for name in ("r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern")},
        "target_modules": config.get("target_modules"),
        "layers": len(parent.file.modules),
        "dataset": run.get("dataset"),
        "load_in_4bit": run.get("params", {}).get("load_in_4bit"),
        "manifest_sha256": sha256_of(lineage) if lineage.is_file() else None,
    }


def _result(modules: Sequence[MergedModule]) -> dict[str, Any]:
    if not modules:
        return {}
    worst = sorted(modules, key=lambda module: module.kept)[:3]
    drifts = [module.drift for module in modules if module.drift is not None]
    return {
        "layers": len(modules),
        "rank": max(module.rank for module in modules),
        "parameters": sum(module.left.numel() + module.right.numel() for module in modules),
        "energy_kept": {
            "median": median(module.kept for module in modules),
            "least": {module.name: module.kept for module in worst},
        },
        "drift_from_sum": max(drifts) if drifts else None,
    }
