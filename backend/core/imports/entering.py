"""An adapter made elsewhere on its way into the models folder and the registry: whole, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from backend.core.errors import BadModel, Conflict
from backend.core.imports.foreign import CONFIG, ForeignAdapter, judge
from backend.core.paths import shown
from backend.core.registry import Adapter, AdapterRegistry
from backend.core.storage.files import write_json
from backend.core.storage.new_folder import new_folder


def enter(
    take: Callable[[Path], None],
    target: Path,
    registry: AdapterRegistry,
    *,
    base_model: str | None = None,
    description: str = "",
) -> tuple[Adapter, ForeignAdapter]:
    """Take an adapter in.

    Args:
        take: writes its files into the folder it is given.
        target: its folder in the models folder; the last part is its name.
        base_model: see `judge`.

    Raises:
        BadModel: it cannot be used here; nothing is kept.
        Conflict: the name is taken.
    """
    if any(known.name == target.name for known in registry.read().adapters):
        raise Conflict(f"There is an adapter {target.name!r} already: choose another name.")
    try:
        with new_folder(target) as partial:
            take(partial)
            foreign = judge(partial, base_model)
            _name_base(partial / CONFIG, foreign)
    except BadModel as error:
        raise type(error)(f"The adapter cannot be used: {error}", error.field) from error
    entry = _entry(foreign, target, description)
    registry.add(entry)
    return entry, foreign


def _name_base(path: Path, foreign: ForeignAdapter) -> None:
    """Programs that load the adapter find its base by the config."""
    if foreign.base_model != foreign.named_base:
        write_json(path, {**json.loads(path.read_bytes()), "base_model_name_or_path": foreign.base_model})


def _entry(foreign: ForeignAdapter, target: Path, description: str) -> Adapter:
    told = asdict(foreign)
    return Adapter.model_validate(
        {
            "name": target.name,
            "path": shown(target),
            "description": description.strip(),
            "training_date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "base_model": foreign.base_model,
            "lora_r": foreign.rank,
            "lora_alpha": foreign.alpha,
            "lora_target_modules": list(foreign.targets),
            "imported": {name: told[name] for name in ("named_base", "use_rslora", "use_dora", "layers")},
        }
    )
