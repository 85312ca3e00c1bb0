"""A model's folder: config, index and shards, checked against each other before anything is computed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.errors import BadModel
from backend.core.paths import shown
from backend.engine.merge.shards import FIELD, Shard, StoredTensor, read_shard

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
MOST_NAMED = 5


@dataclass(frozen=True)
class Checkpoint:
    """A model folder whose headers were read and checked.

    Args:
        folder: of the model.
        config: the content of `config.json`.
        shards: in the order of their names.
        index: the content of the index; None = a single file.
    """

    folder: Path
    config: dict[str, Any]
    shards: tuple[Shard, ...]
    index: dict[str, Any] | None

    @property
    def tensors(self) -> dict[str, StoredTensor]:
        """All of them, by name."""
        return {tensor.name: tensor for shard in self.shards for tensor in shard.tensors}

    @property
    def bytes(self) -> int:
        """Of all shards."""
        return sum(shard.size for shard in self.shards)


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read the headers of a model.

    Raises:
        BadModel: the config, the index or a shard is missing, damaged, leads out of the folder or contradicts another;
            the message names the file and the tensor.
    """
    config = _read_json(inside(folder, "config.json"))
    index = None
    if (folder / SINGLE).exists():
        names = [SINGLE]
    elif (folder / INDEX).exists():
        index = _read_json(inside(folder, INDEX))
        names = _shard_names(folder, index)
    else:
        pickled = any(folder.glob("pytorch_model*.bin"))
        why = "only a pickle, which is not opened: save it as safetensors" if pickled else "copy the whole folder"
        raise BadModel(f"{shown(folder)} holds neither {SINGLE} nor {INDEX} ({why}).", FIELD)
    checkpoint = Checkpoint(folder, config, tuple(read_shard(inside(folder, name)) for name in names), index)
    _require_agreement(checkpoint)
    return checkpoint


def inside(folder: Path, name: object) -> Path:
    """A file of a model folder by its plain name.

    Links are followed as far as the folder itself, or into the `blobs` beside the `snapshots` in which the Hugging
    Face cache keeps it; a name or link that leads elsewhere would let a model's index read any file of the machine.

    Raises:
        BadModel: the name is no plain name, the file is missing, or it leads outside.
    """
    if not isinstance(name, str) or name in ("", ".", "..") or any(sign in name for sign in "/\\\0"):
        raise BadModel(f"{shown(folder)} names the file {name!r}, which is no plain file name: not opened.", FIELD)
    path = folder / name
    if not path.is_file():
        raise BadModel(f"{shown(folder)} lacks the file {name}: copy or download the model again.", FIELD)
    home, there = folder.resolve(), path.resolve()
    allowed = [home, home.parent.parent / "blobs"] if home.parent.name == "snapshots" else [home]
    if there.parent not in allowed:
        raise BadModel(f"{shown(path)} is a link that leads out of the model's folder ({there}): not opened.", FIELD)
    return path


def copy_files(source: Path, folder: Path, names: Iterable[str]) -> None:
    """Copy those of the files that exist. Raises BadModel for a link that leads elsewhere."""
    for name in names:
        if (source / name).exists():
            shutil.copyfile(inside(source, name), folder / name)


def _shard_names(folder: Path, index: Mapping[str, Any]) -> list[str]:
    mapped = index.get("weight_map")
    if not isinstance(mapped, dict) or not mapped:
        raise BadModel(f"{shown(folder / INDEX)} holds no weight_map: download the model again.", FIELD)
    for name in mapped.values():
        inside(folder, name)
    return sorted(set(mapped.values()))


def _require_agreement(checkpoint: Checkpoint) -> None:
    """Every tensor lies in one file, and there where the index says."""
    found: dict[str, str] = {}
    for shard in checkpoint.shards:
        for tensor in shard.tensors:
            if tensor.name in found:
                places = f"{found[tensor.name]} and {shard.path.name}"
                raise BadModel(f"{shown(checkpoint.folder)}: {tensor.name} is in {places}: which one counts?", FIELD)
            found[tensor.name] = shard.path.name
    mapped = found if checkpoint.index is None else checkpoint.index["weight_map"]
    wrong = [f"{name} in {file}" for name, file in mapped.items() if found.get(name) != file]
    wrong += [f"{name}, which the index lacks" for name in found if name not in mapped]
    if wrong:
        raise BadModel(f"The {INDEX} of {shown(checkpoint.folder)} contradicts its shards: {some(wrong)}.", FIELD)


def some(names: list[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadModel(f"{shown(path)} cannot be read as JSON ({error}): download the model again.", FIELD) from None
    if not isinstance(content, dict):
        raise BadModel(f"{shown(path)} holds no table: download the model again.", FIELD)
    return content
