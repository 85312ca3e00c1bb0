"""The change of a tensor of the base, in that tensor's own orientation, made without a copy of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from backend.core.params import MergeParams
from backend.engine.adapter_file import Update
from backend.engine.merge.base_plan import Target
from backend.engine.merge.deltas import Delta, LowRank
from backend.engine.merge.methods import METHODS
from backend.engine.merge.parents import Parent, updates_of


@dataclass(frozen=True)
class Part:
    """One adapter's share.

    Args:
        left: `(out, rank)` in float32.
        right: `(rank, in)` in float32.
        scale: LoRA's scaling times the weight.
    """

    left: torch.Tensor
    right: torch.Tensor
    scale: float


class WeightedSum(Delta):
    """The exact weighted sum of updates in float32, each multiplied, scaled and added in the order of PEFT.

    A factor that is scaled first gives other last bits unless the scaling is a power of two.

    Args:
        parts: the adapters' shares.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.shape = (parts[0].left.shape[0], parts[0].right.shape[1])

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Rows of the sum."""
        total = torch.zeros(stop - start, self.shape[1])
        self.add_to(total, start, stop, torch.empty_like(total))
        return total

    def add_to(self, rows: torch.Tensor, start: int, stop: int, room: torch.Tensor) -> None:
        """Add rows of the sum in place.

        Args:
            rows: `(stop - start, in)` in float32.
            start, stop: which ones.
            room: of the same shape, overwritten.
        """
        for part in self._parts:
            torch.mm(part.left[start:stop], part.right, out=room)
            rows.add_(room.mul_(part.scale))


def change_of(target: Target, parents: Sequence[Parent], params: MergeParams) -> Delta:
    """What the method adds to a tensor.

    Args:
        target: the tensor and its layer.
        parents: the adapters with their weights.
        params: the method and its settings; the rank plays no part, for nothing is cut.

    Raises:
        InvalidInput: the method cannot take these adapters.
        BadModel: an adapter holds NaN or infinity.
    """
    updates, weights = updates_of(parents, target.module)
    method = METHODS[params.method]
    if method.works == "sum":
        return WeightedSum([_part(update, weight, target) for update, weight in zip(updates, weights, strict=True)])
    if target.transposed and method.works == "full":
        # Element by element the transpose is the same; DARE draws other elements, as often.
        updates = [replace(update, a=update.b.T, b=update.a.T) for update in updates]
    delta = method.apply(updates, weights, target.module, params)
    if target.transposed and isinstance(delta, LowRank):
        return LowRank(delta.right.T.contiguous(), delta.left.T.contiguous())
    return delta


def _part(update: Update, weight: float, target: Target) -> Part:
    left, right = update.b.float(), update.a.float()
    if target.transposed:
        left, right = right.T.contiguous(), left.T.contiguous()
    return Part(left, right, update.scale * weight)
