"""What a written adapter holds of a layer's change, against what its rank can hold: from the factors, without a model.

The best approximation of a change at a rank, S, stands at a right angle to what it leaves out: <D - S, S> = 0. So a
written layer that was damaged, swapped or made with other weights shows, however much its rank has cut away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from backend.core.params import MergeParams
from backend.engine.adapter_file import AdapterFile, Update
from backend.engine.merge.combining import policy_of
from backend.engine.merge.deltas import Delta, LowRank
from backend.engine.merge.factorwise import norm
from backend.engine.merge.methods import METHODS, product
from backend.engine.merge.parents import Parent, updates_of
from backend.engine.merge.truncation import thin_svd, truncate_matrix

ROUNDING = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}
"""How far storing the factors moves a layer's change, relative to it: twice the rounding of each factor, and more."""


@dataclass(frozen=True)
class Held:
    """A layer of a written adapter.

    Args:
        module: its name.
        size: the squared norm of the change that was to be written.
        lost: share of it that is not there.
        possible: share that the best approximation loses; None = not known without computing it.
        slant: |<D - S, S>| relative to the size; 0 for the best approximation at whatever rank.
        rounding: what storing may add to any of them.
    """

    module: str
    size: float
    lost: float
    possible: float | None
    slant: float
    rounding: float

    @property
    def fault(self) -> str | None:
        """What is wrong with it, in words; None = it holds what it should."""
        if not self.slant <= 2 * self.rounding:
            return f"{self.module} does not hold the merged change ({self.slant:.1e} of it points elsewhere)"
        if self.size and not self.lost < 1:
            return f"{self.module} holds nothing of the merged change"
        if self.possible is not None and not self.lost <= self.possible + self.rounding:
            return f"{self.module} lost {self.lost:.2%} of the merged change, where {self.possible:.2%} would do"
        return None


def held_in(file: AdapterFile, parents: Sequence[Parent], module: str, params: MergeParams, *, again: bool) -> Held:
    """Compare one layer.

    Args:
        file: the written adapter.
        parents: what it was made of.
        module: the layer.
        params: how it was made.
        again: compute the best approximation of a full matrix once more, instead of leaving it unknown.

    Raises:
        BadModel: the written factors hold NaN.
        InvalidInput: the method cannot take these parents.
    """
    updates, weights = updates_of(parents, module)
    delta = METHODS[params.method].apply(updates, weights, module, params)
    written = file.update(module)
    size, lost, slant = _compared(delta, product(written))
    possible = _possible(delta, updates, params, again=again)
    return Held(module, size, lost, possible, slant, ROUNDING.get(written.a.dtype, ROUNDING[torch.bfloat16]))


def _possible(delta: Delta, updates: Sequence[Update], params: MergeParams, *, again: bool) -> float | None:
    ranks, policy = [update.rank for update in updates], policy_of(params)
    if not isinstance(delta, LowRank):
        return 1 - truncate_matrix(delta, policy, ranks, params.seed).kept if again else None
    if not METHODS[params.method].truncates:
        return 0.0
    energy = thin_svd(delta.left, delta.right)[1].square()
    total = float(energy.sum())
    return float(energy[policy.choose(energy.sqrt(), ranks) :].sum()) / total if total else 0.0


def _compared(delta: Delta, stored: LowRank) -> tuple[float, float, float]:
    """Squared norm of the change, the share that is missing, and the slant; in float64."""
    if isinstance(delta, LowRank):
        size, there = norm(delta) ** 2, norm(stored) ** 2
        inner = ((delta.left.double().T @ stored.left) * (delta.right.double() @ stored.right.T)).sum().item()
        missing = norm(LowRank(torch.cat([delta.left.double(), -stored.left], 1),
                               torch.cat([delta.right.double(), stored.right]))) ** 2  # fmt: skip
    else:
        size = there = inner = missing = 0.0
        for start, stop in delta.blocks():
            wanted, got = delta.rows(start, stop).double(), stored.left[start:stop] @ stored.right
            size, there = size + wanted.square().sum().item(), there + got.square().sum().item()
            inner, missing = inner + (wanted * got).sum().item(), missing + (wanted - got).square().sum().item()
    if not size:
        return 0.0, 1.0 if there else 0.0, 1.0 if there else 0.0
    return size, missing / size, abs(inner - there) / size
