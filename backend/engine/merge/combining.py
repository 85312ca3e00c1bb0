"""All modules of a merge, one after the other: the change, its rank, what is lost, how far from the plain sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import torch

from backend.core.params import MergeParams
from backend.engine.merge.deltas import LowRank
from backend.engine.merge.factorwise import drift
from backend.engine.merge.methods import METHODS, exact_sum
from backend.engine.merge.parents import Parent, modules_of, updates_of
from backend.engine.merge.truncation import RankPolicy, Truncated, truncate_matrix, truncate_product

PEFT_SUMS = ("svd", "ties_svd", "dare_linear_svd", "dare_ties_svd", "magnitude_prune_svd")
"""Methods that PEFT cuts to the largest rank unless told otherwise."""


@dataclass(frozen=True)
class MergedModule:
    """One module of the merged adapter.

    Args:
        name: the layer's.
        left: `(out, rank)`, in the precision it is stored in.
        right: `(rank, in)`, likewise.
        kept: share of the squared norm of the merged change that the rank holds.
        drift: `|merged - sum| / |sum|` against the exact weighted sum, for methods on the factors; else None.
    """

    name: str
    left: torch.Tensor
    right: torch.Tensor
    kept: float
    drift: float | None

    @property
    def rank(self) -> int:
        """Of the product."""
        return int(self.left.shape[1])


def policy_of(params: MergeParams) -> RankPolicy:
    """How the rank is chosen, from its text."""
    text = params.rank or ("max" if params.method in PEFT_SUMS else "energy:0.999")
    kind, _, share = text.partition(":")
    if kind == "energy":
        return RankPolicy("energy", float(share))
    return RankPolicy("number", float(kind)) if kind.isdecimal() else RankPolicy(kind)  # type: ignore[arg-type]


def merge_modules(
    parents: Sequence[Parent], params: MergeParams, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Iterator[MergedModule]:
    """Each module merged, in the first parent's order.

    Raises:
        InvalidInput: the method cannot take these adapters.
        BadModel: an adapter holds NaN.
    """
    modules, policy = modules_of(parents), policy_of(params)
    for position, module in enumerate(modules):
        yield _merge_module(parents, module, params, policy)
        progress(position + 1, len(modules))


def _merge_module(parents: Sequence[Parent], module: str, params: MergeParams, policy: RankPolicy) -> MergedModule:
    updates, weights = updates_of(parents, module)
    method = METHODS[params.method]
    delta = method.apply(updates, weights, module, params)
    ranks = [update.rank for update in updates]
    if not isinstance(delta, LowRank):
        cut = truncate_matrix(delta, policy, ranks, params.seed)
    elif method.truncates:
        cut = truncate_product(delta, policy, ranks)
    else:
        cut = Truncated(delta.left.double(), delta.right.double(), 1.0)
    off = drift(LowRank(cut.left, cut.right), exact_sum(updates, weights)) if method.works == "factors" else None
    # Rounded here, once, and not kept in float64: a 7B model's merged adapter would be 640 MB.
    dtype = getattr(torch, params.output_dtype)
    return MergedModule(module, cut.left.to(dtype), cut.right.to(dtype), cut.kept, off)


def told(modules: Sequence[MergedModule], method: str) -> list[str]:
    """What a person has to know about a merge: its rank, what the rank lost, how far it is from the sum."""
    kept = [module.kept for module in modules]
    worst = min(modules, key=lambda module: module.kept)
    ranks = sorted({module.rank for module in modules})
    spread = f"{ranks[0]}" if len(ranks) == 1 else f"{ranks[0]} to {ranks[-1]}"
    lines = [
        f"Merged {len(modules)} layers with {method}, rank {spread}; energy kept: median {median(kept):.2%}, "
        f"least {worst.kept:.2%} ({worst.name})."
    ]
    if worst.kept < 0.9:
        lines.append("A tenth or more of a layer's change is lost at this rank: raise --rank, or use --into_base.")
    drifts = [module.drift for module in modules if module.drift is not None]
    if drifts:
        lines.append(
            f"{method} works on the factors: its result is {median(drifts):.0%} off the weighted sum of the updates "
            f"(median; most {max(drifts):.0%}). --method sum is exact."
        )
    return lines
