"""How adapters relate before they are merged: what `--report` prints and the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from statistics import median
from typing import Any

import torch

from backend.engine.merge.deltas import LowRank
from backend.engine.merge.factorwise import norm
from backend.engine.merge.methods import exact_sum, product
from backend.engine.merge.parents import Parent, modules_of, updates_of
from backend.engine.merge.truncation import thin_svd

SAMPLED_ROWS = 64
"""Rows of each update on which signs are compared; all of a 4096 x 4096 layer would be 64 MB an adapter."""

RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class PairInModule:
    """Two adapters in one layer.

    Args:
        module: the layer.
        pair: positions of the two adapters.
        cosine: of the two updates as vectors; 1 = the same direction, 0 = unrelated, below = opposed.
        conflict: share of the smaller magnitudes' weight on which the signs disagree; 0.5 = unrelated.
        overlap_in, overlap_out: share of the smaller input and output space that lies in the other's, 0 to 1.
    """

    module: str
    pair: tuple[int, int]
    cosine: float
    conflict: float
    overlap_in: float
    overlap_out: float


@dataclass(frozen=True)
class ModuleComparison:
    """One layer.

    Args:
        module: its name.
        norms: Frobenius norm of each adapter's weighted update; None where it has none.
        energy: share of the sum's squared norm that each rank of `RANKS` keeps.
        rank_999: rank that keeps 99.9 %.
    """

    module: str
    norms: list[float | None]
    energy: dict[int, float]
    rank_999: int


@dataclass(frozen=True)
class Comparison:
    """The whole report."""

    parents: list[dict[str, Any]]
    modules: list[ModuleComparison]
    pairs: list[PairInModule]
    recommended: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """For files and the API."""
        return asdict(self)


def compare(parents: Sequence[Parent]) -> Comparison:
    """Compare adapters that have been checked. Reads them once, one layer at a time."""
    modules, pairs = [], []
    for module in modules_of(parents):
        having = [place for place, parent in enumerate(parents) if module in parent.file.modules]
        updates, weights = updates_of(parents, module)
        products = [product(update) for update in updates]
        sizes: list[float | None] = [None] * len(parents)
        for place, part, weight in zip(having, products, weights, strict=True):
            sizes[place] = abs(weight) * norm(part)
        total = exact_sum(updates, weights)
        modules.append(_module(module, sizes, thin_svd(total.left, total.right)[1]))
        for (one, left), (two, right) in combinations(zip(having, products, strict=True), 2):
            pairs.append(
                _pair(module, (one, two), left, right, weights[having.index(one)] * weights[having.index(two)])
            )
    recommended, reason = recommend(pairs, [parent.name for parent in parents])
    return Comparison([_described(parent) for parent in parents], modules, pairs, recommended, reason)


def recommend(pairs: Sequence[PairInModule], names: Sequence[str]) -> tuple[str, str]:
    """A method, and why: the exact sum unless two of the adapters pull against each other.

    What counts is the pair that is furthest from unrelated: among many adapters the median pair hides it.

    Args:
        pairs: every two adapters in every layer.
        names: the adapters'.
    """
    if not pairs:
        return "sum", "There is one adapter: the sum rescales it exactly."
    found = {pair.pair: [layer for layer in pairs if layer.pair == pair.pair] for pair in pairs}
    cosines = {pair: median(layer.cosine for layer in layers) for pair, layers in found.items()}
    opposed, alike = min(cosines, key=lambda pair: cosines[pair]), max(cosines, key=lambda pair: cosines[pair])
    pair = opposed if cosines[opposed] < -0.1 else alike
    who = "The updates" if len(cosines) == 1 else f"{names[pair[0]]} and {names[pair[1]]}"
    cosine, conflict = round(cosines[pair], 2) + 0.0, median(layer.conflict for layer in found[pair])  # never -0.0
    if cosine < -0.1:
        return "ties_svd", (
            f"{who} oppose each other (median cosine {cosine:.2f}, signs differ on {conflict:.0%}): a plain sum "
            "would cancel what each has learnt; TIES lets the majority decide element by element."
        )
    if cosine > 0.5:
        return "sum", (
            f"{who} say much the same (median cosine {cosine:.2f}): use weights that add up to 1 (--normalize), "
            "or the common part counts twice."
        )
    if cosine > 0.2:
        return "sum", (
            f"{who} agree in part (median cosine {cosine:.2f}): the sum keeps both, and the common part counts "
            "twice with weights of 1; weights around 0.7 each are a fair start."
        )
    return "sum", (
        f"The updates hardly touch each other (median cosine {cosine:.2f}, signs differ on {conflict:.0%}, as for "
        "unrelated ones): their exact sum keeps them all."
    )


def _module(module: str, sizes: list[float | None], singular: torch.Tensor) -> ModuleComparison:
    energy = singular.square().cumsum(0)
    share = (energy / energy[-1]).tolist() if energy[-1] > 0 else [1.0] * len(energy)
    kept = {rank: share[rank - 1] for rank in RANKS if rank <= len(share)}
    rank = next((place + 1 for place, value in enumerate(share) if value >= 0.999 - 1e-12), len(share))
    return ModuleComparison(module, sizes, kept, rank)


def _pair(module: str, pair: tuple[int, int], one: LowRank, two: LowRank, weight: float) -> PairInModule:
    inner = float(((one.left.T @ two.left) * (one.right @ two.right.T)).sum())
    sizes = norm(one) * norm(two)
    sign = 1 if weight >= 0 else -1
    return PairInModule(
        module, pair, sign * inner / sizes if sizes else 0.0, _conflict(one, two, sign),
        _overlap(one.right.T, two.right.T), _overlap(one.left, two.left),
    )  # fmt: skip


def _overlap(one: torch.Tensor, two: torch.Tensor) -> float:
    """Mean squared cosine of the angles between two column spaces."""
    bases = [torch.linalg.qr(part).Q for part in (one, two)]
    return float((bases[0].T @ bases[1]).square().sum()) / min(one.shape[1], two.shape[1])


def _conflict(one: LowRank, two: LowRank, sign: int) -> float:
    rows = torch.linspace(0, one.shape[0] - 1, min(SAMPLED_ROWS, one.shape[0])).long()
    left, right = one.left[rows] @ one.right, sign * (two.left[rows] @ two.right)
    weight = torch.minimum(left.abs(), right.abs())
    return float((weight * (left * right < 0)).sum() / weight.sum()) if weight.sum() > 0 else 0.0


def _described(parent: Parent) -> dict[str, Any]:
    ranks = sorted({parent.file.shapes(module)[1] for module in parent.file.modules})
    scales = sorted({round(parent.file.scale(module), 6) for module in parent.file.modules})
    targets = sorted({module.rpartition(".")[2] for module in parent.file.modules})
    return {
        "name": parent.name, "weight": parent.weight, "base": parent.base, "layers": len(parent.file.modules),
        "ranks": ranks, "scales": scales, "targets": targets, "rslora": bool(parent.file.config.get("use_rslora")),
        "parameters": sum(
            rank * (out + into) for out, rank, into in map(parent.file.shapes, parent.file.modules)
        ),
    }  # fmt: skip
