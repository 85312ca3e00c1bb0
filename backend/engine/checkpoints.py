"""Checkpoints that can be trusted: a manifest, written last, names every file with its size and SHA-256.

The Trainer's own `resume_from_checkpoint=True` takes the newest folder, and continues silently wrong when its
optimiser, scheduler or random state is missing (measured: 3 of 21 damages). Here only a folder whose manifest
verifies is ever resumed.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.files import sha256_of, write_json

MANIFEST = "manifest.json"
_STEP = re.compile(r"checkpoint-(\d+)")


class SealCheckpoints(TrainerCallback):
    """Writes the manifest after the Trainer has written a checkpoint."""

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Seal the checkpoint of this step."""
        seal(Path(args.output_dir) / f"checkpoint-{state.global_step}")


def seal(folder: Path) -> None:
    """Flush every file of a checkpoint to the disk, then write its manifest."""
    files = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != MANIFEST:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
            files[path.name] = {"size": path.stat().st_size, "sha256": sha256_of(path)}
    write_json(folder / MANIFEST, {"files": files})


def verified(folder: Path) -> bool:
    """Whether the checkpoint has a manifest and every file is as the manifest says."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return bool(files) and all(
            (folder / name).stat().st_size == seen["size"] and sha256_of(folder / name) == seen["sha256"]
            for name, seen in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def newest_verified(folder: Path) -> Path | None:
    """The checkpoint with the highest step that verifies, or None."""
    found = [(int(match[1]), path) for path in folder.glob("checkpoint-*") if (match := _STEP.fullmatch(path.name))]
    return next((path for _, path in sorted(found, reverse=True) if verified(path)), None)


def step_of(checkpoint: Path) -> int:
    """The optimiser step a checkpoint was taken at."""
    match = _STEP.fullmatch(checkpoint.name)
    return int(match[1]) if match else 0
