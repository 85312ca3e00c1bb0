"""THE list of ways to merge. A further one is a line in `METHODS`; the command line, the API and the page read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch

from backend.core.params.merge import MergeMethod, MergeParams
from backend.engine.adapter_file import Update
from backend.engine.merge.bases import core_space, knots, task_singular_vectors
from backend.engine.merge.deltas import Combined, Delta, LowRank
from backend.engine.merge.elementwise import Rule
from backend.engine.merge.factorwise import combine_factors

DENSITY = 0.5
"""Share kept by pruning when nobody says."""

Works = Literal["sum", "factors", "full", "basis"]


PLAIN = Rule(None, elect=False)
TIES = Rule("magnitude", elect=True)
DARE = Rule("random", elect=False)
DARE_TIES = Rule("random", elect=True)
PRUNE = Rule("magnitude", elect=False)


@dataclass(frozen=True)
class Method:
    """A way to merge.

    Args:
        works: on the exact sum, on the factors apart, on full updates, or in a common basis.
        rule: how elements are combined, for those that do; density and seed are filled in.
        merge: what makes the change of a module from its parents' updates.
        truncates: whether the result has to be cut to a rank to be an adapter.
    """

    works: Works
    merge: Callable[[Sequence[Update], Sequence[float], Rule, str], Delta]
    rule: Rule = PLAIN
    truncates: bool = True

    def apply(self, updates: Sequence[Update], weights: Sequence[float], module: str, params: MergeParams) -> Delta:
        """The merged change of one module.

        Args:
            updates: the parents' that have the module.
            weights: theirs.
            module: its name.
            params: density, seed and sign rule.

        Raises:
            InvalidInput: the method cannot take these updates.
        """
        density = DENSITY if params.density is None else params.density
        signs = params.majority_sign_method
        rule = replace(self.rule, density=density, signs=signs, seed=params.seed)
        return self.merge(updates, weights, rule, module)

    @property
    def draws(self) -> bool:
        """Whether density has a meaning."""
        return self.rule.prune is not None


def product(update: Update) -> LowRank:
    """An update as a product, its scaling in the left factor, in float64."""
    return LowRank(update.b.double() * update.scale, update.a.double())


def exact_sum(updates: Sequence[Update], weights: Sequence[float]) -> LowRank:
    """The weighted sum of the updates, without loss: their factors stacked."""
    parts = [product(update) for update in updates]
    left = torch.cat([part.left * weight for part, weight in zip(parts, weights, strict=True)], dim=1)
    return LowRank(left, torch.cat([part.right for part in parts]))


def _sum(updates: Sequence[Update], weights: Sequence[float], rule: Rule, module: str) -> Delta:
    return exact_sum(updates, weights)


def _on_full(updates: Sequence[Update], weights: Sequence[float], rule: Rule, module: str) -> Delta:
    return Combined([product(update) for update in updates], weights, rule, module)


def _knots(updates: Sequence[Update], weights: Sequence[float], rule: Rule, module: str) -> Delta:
    return knots([product(update) for update in updates], weights, rule, module)


def _core(updates: Sequence[Update], weights: Sequence[float], rule: Rule, module: str) -> Delta:
    return core_space([product(update) for update in updates], weights, rule, module)


def _tsv(updates: Sequence[Update], weights: Sequence[float], rule: Rule, module: str) -> Delta:
    return task_singular_vectors([product(update) for update in updates], weights)


METHODS: dict[MergeMethod, Method] = {
    "sum": Method("sum", _sum),
    "svd": Method("sum", _sum),
    "cat": Method("sum", _sum, truncates=False),
    "linear": Method("factors", combine_factors, truncates=False),
    "ties": Method("factors", combine_factors, TIES, truncates=False),
    "dare_linear": Method("factors", combine_factors, DARE, truncates=False),
    "dare_ties": Method("factors", combine_factors, DARE_TIES, truncates=False),
    "magnitude_prune": Method("factors", combine_factors, PRUNE, truncates=False),
    "ties_svd": Method("full", _on_full, TIES),
    "dare_linear_svd": Method("full", _on_full, DARE),
    "dare_ties_svd": Method("full", _on_full, DARE_TIES),
    "magnitude_prune_svd": Method("full", _on_full, PRUNE),
    "knots_ties": Method("basis", _knots, TIES),
    "core_ties": Method("basis", _core, TIES),
    "tsv": Method("basis", _tsv),
}
