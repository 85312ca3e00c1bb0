"""Layers of a written model against the base's weights plus the merged change, computed once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch

from backend.core.errors import PipelineError
from backend.core.params import MergeParams
from backend.core.paths import shown
from backend.core.storage.files import sha256_of
from backend.engine.merge.base_plan import Target, is_conv1d, plan
from backend.engine.merge.base_view import FourBit, RoundTrip, four_bits_of, is_quantised, require_round_trip
from backend.engine.merge.checkpoint import Checkpoint, open_checkpoint
from backend.engine.merge.deltas import Delta, blocks_of
from backend.engine.merge.parents import Parent
from backend.engine.merge.shards import TYPES, StoredRows, StoredTensor
from backend.engine.merge.weighted_sum import WeightedSum, change_of

MOST_DIFFERENT = 1e-3
"""Share of a layer's weights that may be the next number up or down: another BLAS adds up in another order."""
STEP = {torch.float32: 2.0**-22, torch.float16: 2.0**-9, torch.bfloat16: 2.0**-6}
"""Two numbers of the type in a row, relative to the larger, and as much again."""


class Unreachable(Exception):
    """What is needed to compute the merge again is not here, or not what it was; the message says which."""


def compare_written(
    folder: Path,
    base: Path,
    hashes: Mapping[str, str],
    parents: Sequence[Parent],
    params: MergeParams,
    sample: Sequence[str],
) -> tuple[list[str], int]:
    """What is wrong with layers of a written model, in words, and how many were compared.

    Args:
        folder: the written model.
        base: the base's folder.
        hashes: of the base's shards, as they were.
        parents: the adapters with their weights.
        params: how they were merged.
        sample: the layers.

    Raises:
        Unreachable: the base has changed or cannot be read, so nothing was compared; says what.
        BadModel: the written model is damaged.
    """
    written = open_checkpoint(folder).tensors
    try:
        checkpoint = open_checkpoint(base)
        planned = plan(checkpoint, parents, untie=params.untie)
        round_trip = params.base_view == "nf4-roundtrip"
        view = require_round_trip(checkpoint, four_bits_of(parents)) if round_trip else None
    except PipelineError as error:
        raise Unreachable(f"the base cannot be used any more ({error})") from error
    targets = {name: target for name, target in planned.targets.items() if target.module in sample}
    if view:
        # A transposed weight is quantised across the blocks in which it is read here.
        targets = {name: target for name, target in targets.items() if not is_conv1d(name, checkpoint)}
    _require_same(checkpoint, targets.values(), hashes)
    faults = []
    for name, target in targets.items():
        fault = _fault(written.get(name), target, parents, params, view if is_quantised(target.tensor) else None)
        if fault:
            faults.append(f"{name} {fault}")
    return faults, len(targets)


def _require_same(checkpoint: Checkpoint, targets: Iterable[Target], hashes: Mapping[str, str]) -> None:
    for path in sorted({target.tensor.path for target in targets}):
        if sha256_of(path) != hashes.get(path.name):
            raise Unreachable(f"the base has changed since ({shown(path)})")


def _fault(
    written: StoredTensor | None,
    target: Target,
    parents: Sequence[Parent],
    params: MergeParams,
    view: FourBit | None,
) -> str | None:
    """What is wrong with one layer."""
    if written is None or (written.shape, written.dtype) != (target.tensor.shape, target.tensor.dtype):
        return "is missing or has another shape or type than the base's"
    height, width = target.tensor.shape
    dtype = TYPES[written.dtype]
    delta = change_of(target, parents, params)
    different = far = 0
    with StoredRows(target.tensor) as before, StoredRows(written) as after:
        trip = RoundTrip(before.rows, list(blocks_of(height, width)), width, view) if view else None
        for start, stop in blocks_of(height, width):
            stored = before.rows(start, stop)
            before_it = (trip.rows(stored, start) if trip else stored).float()
            wanted, got = _changed(before_it, delta, start, stop), after.rows(start, stop)
            # A small number can be the sum of large ones, and is then as uncertain as they are.
            size = torch.maximum(wanted.abs(), torch.maximum(before_it.abs(), (wanted - before_it).abs()))
            different += int((wanted.to(dtype) != got).sum())
            far += int((~((wanted.to(dtype).float() - got.float()).abs() <= STEP[dtype] * size)).sum())
    if far:
        return f"differs from the base plus the merged change in {far:,} weights"
    if different > MOST_DIFFERENT * height * width:
        return f"differs from the base plus the merged change in the last digit of {different:,} weights"
    return None


def _changed(rows: torch.Tensor, delta: Delta, start: int, stop: int) -> torch.Tensor:
    """The sum in float32, in the order in which it was written."""
    if not isinstance(delta, WeightedSum):
        return rows + delta.rows(start, stop)
    changed = rows.clone()
    delta.add_to(changed, start, stop, torch.empty_like(changed))
    return changed
