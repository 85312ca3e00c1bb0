"""The copies of the base's embeddings that PEFT puts into an adapter which changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from backend.core.errors import BadModel
from backend.engine.adapter_file import PREFIX, WEIGHTS
from backend.engine.merge.deltas import blocks_of
from backend.engine.merge.parents import Parent
from backend.engine.merge.shards import FIELD, StoredRows, StoredTensor, read_shard

ENDING = ".base_layer.weight"


def require_true_copies(tensors: Mapping[str, StoredTensor], parents: Sequence[Parent]) -> None:
    """Every copy is what the base has.

    Args:
        tensors: the base's, by the layer of the adapters.
        parents: the adapters.

    Raises:
        BadModel: one differs, so that its update belongs to another base.
    """
    for parent in parents:
        for copy in read_shard(parent.file.folder / WEIGHTS).tensors:
            module = copy.name.removeprefix(PREFIX).removesuffix(ENDING)
            if copy.name.endswith(ENDING) and not _alike(copy, tensors[module]):
                raise BadModel(
                    f"The adapter {parent.name} carries a copy of {module} that differs from {tensors[module].name} "
                    "of the base: it was trained on another model, or one with further tokens.",
                    FIELD,
                )


def _alike(copy: StoredTensor, tensor: StoredTensor) -> bool:
    """Whether both are the same in bfloat16, the least precise type in which a base is loaded for training."""
    if copy.shape != tensor.shape:
        return False
    with StoredRows(copy) as mine, StoredRows(tensor) as theirs:
        return all(
            torch.equal(mine.rows(*block).to(torch.bfloat16), theirs.rows(*block).to(torch.bfloat16))
            for block in blocks_of(*copy.shape)
        )
