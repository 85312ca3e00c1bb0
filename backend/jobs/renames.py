"""A folder that gets another name together with its entry in the registry, whatever ends the service on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from backend.core.errors import PipelineError
from backend.core.paths import normalise_path
from backend.core.registry import AdapterRegistry
from backend.core.storage.files import explained_errors, sync_folder, write_json

INTENT = ".renaming-"
"""How the file in the models folder begins that says what is being renamed."""


@contextmanager
def moved(registry: AdapterRegistry, root: Path, folder: Path, target: Path) -> Iterator[None]:
    """A block that enters the folder's new place into the registry; the folder lies where the registry says after it.

    Args:
        registry: decides, if the block is left by an error.
        root: the models folder, in which both places lie.
        folder, target: the old place and the new one, where nothing is.
    """
    root, folder, target = root.resolve(), folder.resolve(), target.parent.resolve() / target.name
    intent = root / f"{INTENT}{token_hex(4)}.json"
    with explained_errors(target):
        write_json(intent, {"from": str(folder.relative_to(root)), "to": str(target.relative_to(root))})
        try:
            os.rename(folder, target)
        except OSError:
            intent.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
    try:
        yield
    finally:
        _settle(registry, root, intent)


def undo_renames(registry: AdapterRegistry, root: Path) -> None:
    """Bring what a crash caught between the folder's new name and the registry in line with the registry."""
    for intent in root.glob(f"{INTENT}*.json"):
        with suppress(PipelineError, OSError):  # an unreadable registry is told elsewhere, and asked again next time
            _settle(registry, root.resolve(), intent)


def _settle(registry: AdapterRegistry, root: Path, intent: Path) -> None:
    try:
        told = json.loads(intent.read_text(encoding="utf-8"))
        old, new = (root / str(told[end]) for end in ("from", "to"))
    except (ValueError, KeyError, TypeError):
        intent.unlink(missing_ok=True)  # nothing was moved before it was whole
        return
    listed = {normalise_path(adapter.path).resolve() for adapter in registry.read().adapters}
    if new not in listed and old in listed and new.is_dir() and not old.exists():
        os.rename(new, old)
        sync_folder(old.parent)
    intent.unlink(missing_ok=True)
