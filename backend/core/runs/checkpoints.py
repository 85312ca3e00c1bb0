"""Checkpoints that can be trusted: a manifest, written last, names every file with its size and SHA-256.

The Trainer's own `resume_from_checkpoint=True` takes the newest folder, and continues silently wrong when its
optimiser, scheduler or random state is missing (measured: 3 of 21 damages). Its rotation goes by the files' times,
and deletes the newest when the clock was set back. Here a checkpoint is made beside the others, sealed, and given its
name; only one whose manifest verifies is ever resumed; and age is told by the step alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from backend.core.errors import ResumeRefused
from backend.core.paths import shown
from backend.core.storage.files import explained_errors, remove_folder, sha256_of, sync_folder, write_json

MANIFEST = "manifest.json"
LEAST_KEPT = 2
"""Whole checkpoints that are kept whatever the limit: when the newest is damaged, there is an older one."""
_STEP = re.compile(r"checkpoint-(\d+)")


class DamagedCheckpoint(Exception):
    """A checkpoint is not as it was sealed; the message says what is wrong with it."""


@dataclass(frozen=True)
class Checkpoint:
    """One that was found whole.

    Args:
        folder: `checkpoint-<step>`.
        step: optimiser steps done.
        run: what decided the result of the run that made it (`backend.core.runs.identity`).
    """

    folder: Path
    step: int
    run: dict[str, Any]


def seal(folder: Path, run: Mapping[str, Any], best_step: int | None = None) -> None:
    """Flush every file of a checkpoint and its folder to the disk, then write its manifest.

    Args:
        folder: named `checkpoint-<step>`.
        run: what decides the result of this run.
        best_step: the checkpoint that this one leads back to at the end of the run (early stopping).

    Raises:
        DiskFull, NotWritable, PipelineError: the disk failed; it stays without a manifest, and so is never resumed.
    """
    with explained_errors(folder):
        files = {path.relative_to(folder).as_posix(): _flushed(path) for path in _files_in(folder)}
        sync_folder(folder)
    content = {"step": step_of(folder), "best_step": best_step, "run": dict(run), "files": files}
    write_json(folder / MANIFEST, {**content, "sha256": _hash_of(content)})


def _flushed(path: Path) -> dict[str, Any]:
    """What the manifest says of a file that is on the disk now."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return {"size": path.stat().st_size, "sha256": sha256_of(path)}


def give_name(sealed: Path, folder: Path) -> Path:
    """Put a sealed checkpoint among the others, in place of one of the same step. Raises as `seal`."""
    target = folder / sealed.name
    with explained_errors(target):
        if target.exists():
            remove_folder(target)
        os.replace(sealed, target)
        sync_folder(folder)
    return target


def open_checkpoint(folder: Path) -> Checkpoint:
    """Check a checkpoint against its manifest.

    Raises:
        DamagedCheckpoint: a file is missing, more or other than when it was sealed, or one that it leads back to is.
    """
    content = _manifest_of(folder)
    present = {path.relative_to(folder).as_posix() for path in _files_in(folder)}
    if unlike := sorted(present ^ set(content["files"])):
        raise DamagedCheckpoint(f"{unlike[0]} is {'not in its manifest' if unlike[0] in present else 'missing'}")
    for name, seen in content["files"].items():
        try:
            same = (folder / name).stat().st_size == seen["size"] and sha256_of(folder / name) == seen["sha256"]
        except OSError as error:
            raise DamagedCheckpoint(f"{name} cannot be read ({error.strerror})") from error
        if not same:
            raise DamagedCheckpoint(f"{name} is not as its manifest says")
    best = content["best_step"]
    if best is not None and best != content["step"]:
        try:
            open_checkpoint(folder.parent / f"checkpoint-{best}")
        except DamagedCheckpoint as error:
            raise DamagedCheckpoint(f"checkpoint-{best}, the best so far: {error}") from error
    return Checkpoint(folder, content["step"], content["run"])


def to_resume(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The checkpoint of the highest step that is whole, and a sentence about each newer one that is damaged.

    Returns:
        None with no sentence when nothing was saved yet.

    Raises:
        ResumeRefused: there are checkpoints, and none is whole.
    """
    damaged: list[str] = []
    for path in by_step(folder):
        try:
            return open_checkpoint(path), damaged
        except DamagedCheckpoint as error:
            damaged.append(f"{path.name} is damaged: {error}.")
    if damaged:
        raise ResumeRefused(
            f"No checkpoint in {shown(folder)} is whole. {' '.join(damaged)} Put the files back from a copy, or "
            f"delete {shown(folder.parent)} to start afresh."
        )
    return None, []


def rotate(folder: Path, limit: int, best_step: int | None = None) -> None:
    """Remove the checkpoints beyond the `limit` newest, if two of those that stay are whole.

    Args:
        folder: of the checkpoints.
        limit: how many stay; below two, two do.
        best_step: one that stays however old it is.
    """
    found = by_step(folder)
    kept, old = found[: max(limit, LEAST_KEPT)], found[max(limit, LEAST_KEPT) :]
    if not old or len(list(islice(filter(is_whole, kept), LEAST_KEPT))) < LEAST_KEPT:
        return
    for path in old:
        if step_of(path) != best_step:
            remove_folder(path)


def is_whole(folder: Path) -> bool:
    """Whether a checkpoint is as it was sealed."""
    try:
        open_checkpoint(folder)
    except DamagedCheckpoint:
        return False
    return True


def by_step(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or not, the highest step first."""
    return sorted((path for path in folder.glob("checkpoint-*") if _STEP.fullmatch(path.name)), key=step_of)[::-1]


def step_of(folder: Path) -> int:
    """The optimiser step that a checkpoint's name tells."""
    match = _STEP.fullmatch(folder.name)
    return int(match[1]) if match else 0


def _manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest, itself guarded by a hash: a flipped bit in it must not read as another run's."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except OSError:
        raise DamagedCheckpoint(f"it has no {MANIFEST}") from None
    except ValueError:
        raise DamagedCheckpoint(f"its {MANIFEST} cannot be read") from None
    if not isinstance(content, dict) or content.pop("sha256", None) != _hash_of(content):
        raise DamagedCheckpoint(f"its {MANIFEST} was changed")
    if content["step"] != step_of(folder):
        raise DamagedCheckpoint(f"it was taken at step {content['step']}, which is not what its name says")
    return content


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir() and path != folder / MANIFEST)


def _hash_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
