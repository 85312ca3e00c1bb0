"""A full model from a base and adapters: tensor by tensor from file to file, rounded once, in constant memory.

Untouched tensors are copied in pieces, the others are read, changed and written by blocks of rows: each product in
float32, all adapters added to the weight in float32, one rounding to the stored type. With one adapter that is PEFT's
`merge_and_unload()` to the bit; with three, the error is the least that bfloat16 allows, where merging one after the
other makes 1.7 times that.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict, DiskFull
from backend.core.params import MergeParams
from backend.core.paths import shown
from backend.core.storage.files import explained_errors, write_atomically, write_json
from backend.engine.merge.base_folder import BaseFolder, find_base
from backend.engine.merge.base_plan import Plan, is_conv1d, plan
from backend.engine.merge.base_view import (
    FourBit,
    advice,
    can_quantise,
    four_bits_of,
    is_quantised,
    noise,
    require_round_trip,
)
from backend.engine.merge.checkpoint import INDEX, Checkpoint, copy_files, open_checkpoint
from backend.engine.merge.output import TOKENIZER_FILES
from backend.engine.merge.parents import Parent
from backend.engine.merge.rewriting import Rewriter
from backend.engine.merge.shards import StoredRows
from backend.engine.merge.weighted_sum import change_of

OTHER_FILES = ("generation_config.json", "preprocessor_config.json", "processor_config.json", "LICENSE", "NOTICE")
TOKENIZER_MARKS = ("tokenizer.json", "tokenizer.model", "vocab.json")
"""A folder with one of these has a tokenizer."""
SPARE = 1 << 24
"""Bytes to be left on the disk for everything but the shards."""
SAMPLED = 12
"""Layers whose rounding to 4 bits is measured: a tenth of a second each."""


@dataclass(frozen=True)
class IntoBase:
    """What was done.

    Args:
        base: the base's `name`, `folder`, `revision` and `config_sha256`.
        shards: SHA-256 of the base's files.
        layers: how many of its tensors were changed.
        advice: what a person should know.
        quantisation_noise: `median` and `max` of |W - dequant(W4)| / |dW|, for adapters trained on a 4-bit base.
        written_bytes: size of the result's shards.
    """

    base: dict[str, str | None]
    shards: dict[str, str]
    layers: int
    advice: list[str]
    quantisation_noise: dict[str, float] | None
    written_bytes: int


def write_model(
    folder: Path,
    parents: Sequence[Parent],
    params: MergeParams,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> IntoBase:
    """Write the base with the adapters' merged updates added to it.

    Args:
        folder: exists and holds no model.
        parents: the adapters with their weights.
        params: the method, the base and how to take it.
        settings: where models are kept.
        progress: called with the tensors done and all of them.

    Raises:
        BadModel, InvalidInput, Conflict: base and adapters do not fit; nothing was written.
        DiskFull: there is no room for the result; nothing was written, unless others filled the disk meanwhile.
    """
    base = find_base(parents, params, settings)
    checkpoint = open_checkpoint(base.folder)
    planned = plan(checkpoint, parents, untie=params.untie)
    hows = four_bits_of(parents)
    view = require_round_trip(checkpoint, hows) if params.base_view == "nf4-roundtrip" else None
    _require_room(folder, checkpoint, planned)
    ratios = _noise(planned, parents, params, hows[0]) if hows and can_quantise() else []
    with explained_errors(folder):
        hashes = _write_shards(folder, checkpoint, planned, parents, params, view, progress)
        _write_rest(folder, checkpoint, planned, parents)
    return IntoBase(
        base=_described(base),
        shards=hashes,
        layers=len(planned.targets),
        advice=_advice(base, parents, params, [name for how in hows for name in how.names], ratios),
        quantisation_noise={"median": median(ratios), "max": max(ratios)} if ratios else None,
        written_bytes=sum((folder / name).stat().st_size for name in hashes),
    )


def _require_room(folder: Path, checkpoint: Checkpoint, planned: Plan) -> None:
    if checkpoint.folder.resolve() in folder.resolve().parents:
        raise Conflict(f"The output would lie inside the base {shown(checkpoint.folder)}: choose another folder.")
    needed = checkpoint.bytes + (planned.head[1].bytes if planned.head else 0) + SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(f"The model needs {needed / 1e9:.2f} GB, and {shown(folder)} has {free / 1e9:.2f} GB free.")


def _noise(planned: Plan, parents: Sequence[Parent], params: MergeParams, how: FourBit) -> list[float]:
    """The rounding beside the update, for layers spread over the model."""
    quantised = [target for target in planned.targets.values() if is_quantised(target.tensor)]
    sampled = quantised[:: max(1, -(-len(quantised) // SAMPLED))]
    ratios = []
    for target in sampled:
        with StoredRows(target.tensor) as stored:
            ratios.append(noise(change_of(target, parents, params), stored.rows, how))
    return ratios


def _write_shards(
    folder: Path,
    checkpoint: Checkpoint,
    planned: Plan,
    parents: Sequence[Parent],
    params: MergeParams,
    view: FourBit | None,
    progress: Callable[[int, int], None],
) -> dict[str, str]:
    """All shards under the base's own names; returns the hashes of the base's."""
    done, total = 0, len(checkpoint.tensors) + bool(planned.head)
    hashes = {}
    for shard in checkpoint.shards:
        head = planned.head if planned.head and planned.head[1].path == shard.path else None
        digest = hashlib.sha256()
        with Rewriter(shard, folder / shard.path.name, digest, head) as rewriter:
            for tensor in rewriter.tensors:
                target = planned.targets.get(tensor.name)
                change = change_of(target, parents, params) if target else None
                seen = view if view and is_quantised(tensor) else None
                if change is None and seen is None:
                    rewriter.copy(tensor)
                else:
                    rewriter.change(tensor, change, seen, turned=is_conv1d(tensor.name, checkpoint))
                done += 1
                progress(done, total)
        hashes[shard.path.name] = digest.hexdigest()
    return hashes


def _write_rest(folder: Path, checkpoint: Checkpoint, planned: Plan, parents: Sequence[Parent]) -> None:
    """Tokenizer first, index and config last: a folder with a config is a model."""
    own = parents[0].file.folder
    # The adapter's tokenizer has the chat template it was trained with.
    source = own if any((own / name).is_file() for name in TOKENIZER_MARKS) else checkpoint.folder
    copy_files(source, folder, TOKENIZER_FILES)
    copy_files(checkpoint.folder, folder, OTHER_FILES)
    if checkpoint.index is None:
        pass
    elif planned.head:
        name, tensor = planned.head
        weight_map = {**checkpoint.index["weight_map"], name: tensor.path.name}
        size = sum(tensor.bytes for tensor in checkpoint.tensors.values()) + tensor.bytes
        metadata = {**(checkpoint.index.get("metadata") or {}), "total_size": size}
        write_json(folder / INDEX, {**checkpoint.index, "metadata": metadata, "weight_map": weight_map})
    else:
        write_atomically(folder / INDEX, (checkpoint.folder / INDEX).read_bytes())
    if planned.untied:
        write_json(folder / "config.json", {**checkpoint.config, "tie_word_embeddings": False})
    else:
        write_atomically(folder / "config.json", (checkpoint.folder / "config.json").read_bytes())


def _described(base: BaseFolder) -> dict[str, str | None]:
    config = hashlib.sha256((base.folder / "config.json").read_bytes()).hexdigest()
    return {"name": base.name, "folder": shown(base.folder), "revision": base.revision, "config_sha256": config}


def _advice(
    base: BaseFolder, parents: Sequence[Parent], params: MergeParams, names: Sequence[str], ratios: Sequence[float]
) -> list[str]:
    """What a person should know; `names` are the adapters trained on a 4-bit base."""
    lines = []
    others = sorted({parent.base for parent in parents if parent.base and parent.base != base.name})
    if others:
        lines.append(f"The updates went into {base.name}; the adapters name {' and '.join(others)} as their base.")
    if ratios:
        lines.append(advice(ratios, names, params.base_view))
    elif not names and params.base_view == "nf4-roundtrip":
        lines.append("No adapter's record says that it was trained on a 4-bit base: use --base_view stored.")
    return lines
