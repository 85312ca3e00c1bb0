"""PEFT's methods on the factors themselves, kept under its names for those who compare.

They combine the A and the B apart, so the product has cross terms between adapters as large as the answer: off the
weighted sum by 72 to 103 % on trained adapters. `drift` computes the figure for the adapters at hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from backend.core.errors import InvalidInput
from backend.engine.adapter_file import Update
from backend.engine.merge.deltas import LowRank
from backend.engine.merge.elementwise import Rule, combine, pruned


def combine_factors(updates: Sequence[Update], weights: Sequence[float], rule: Rule, module: str) -> LowRank:
    """The factors combined apart, each with the square root of weight and scaling, the sign on A (peft#2918).

    Raises:
        InvalidInput: the ranks differ, so that there is nothing to add up.
    """
    ranks = [update.rank for update in updates]
    if len(set(ranks)) > 1:
        raise InvalidInput(
            f"{module} has the ranks {', '.join(map(str, ranks))} in these adapters; methods on the factors need the "
            "same rank everywhere: use --method sum, or one that ends in _svd.",
            "method",
        )
    products = [weight * update.scale for weight, update in zip(weights, updates, strict=True)]
    roots = [abs(product) ** 0.5 for product in products]
    signed = [root if product >= 0 else -root for root, product in zip(roots, products, strict=True)]
    rights = [pruned(update.a.float(), rule, module, "a", place) for place, update in enumerate(updates)]
    lefts = [pruned(update.b.float(), rule, module, "b", place) for place, update in enumerate(updates)]
    return LowRank(combine(lefts, roots, rule), combine(rights, signed, rule))


def drift(got: LowRank, wanted: LowRank) -> float:
    """`|got - wanted| / |wanted|` of two products, from their factors, in float64."""
    left = torch.cat([got.left.double(), -wanted.left.double()], dim=1)
    right = torch.cat([got.right.double(), wanted.right.double()])
    size = norm(wanted)
    return norm(LowRank(left, right)) / size if size else 0.0


def norm(product: LowRank) -> float:
    """The Frobenius norm of a product, from its factors: the trace of (LᵀL)(RRᵀ), by QR for the sake of precision."""
    r_left = torch.linalg.qr(product.left.double()).R
    r_right = torch.linalg.qr(product.right.double().T).R
    return float((r_left @ r_right.T).norm())
