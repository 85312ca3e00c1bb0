"""Rules that combine tensors element by element: pruning, TIES and DARE, as PEFT defines them.

They depend on the basis the tensors are written in, so they mean something on a full update, in KnOTS's and Core
Space's bases, and (PEFT's names without `_svd`) nothing definite on the factors, whose basis is arbitrary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

Signs = Literal["total", "frequency"]


@dataclass(frozen=True)
class Rule:
    """How tensors of one shape become one.

    Args:
        prune: what is left out of each tensor first: the smallest magnitudes, random elements (DARE), or nothing.
        elect: whether only the elements that agree with the majority's sign count (TIES), divided by their number.
        density: share of elements kept by pruning.
        signs: whether the sum of the values or of the signs decides the majority.
        seed: of DARE's random elements.
    """

    prune: Literal["magnitude", "random"] | None
    elect: bool
    density: float = 1.0
    signs: Signs = "total"
    seed: int = 0


def combine(tensors: Sequence[torch.Tensor], weights: Sequence[float], rule: Rule) -> torch.Tensor:
    """The weighted sum, or with `elect` TIES's disjoint mean, of tensors that are pruned already."""
    if not rule.elect:
        total = torch.zeros_like(tensors[0])
        for tensor, weight in zip(tensors, weights, strict=True):
            total.add_(tensor, alpha=weight)
        return total
    votes = torch.zeros_like(tensors[0])
    for tensor in tensors:
        votes += tensor if rule.signs == "total" else tensor.sign()
    majority = torch.where(votes >= 0, 1.0, -1.0).to(votes.dtype)
    total, count = torch.zeros_like(votes), torch.zeros_like(votes)
    for tensor, weight in zip(tensors, weights, strict=True):
        agrees = tensor.sign() == majority
        total += tensor * agrees * weight
        count += agrees
    return total / count.clamp(min=1)


def keep_largest(tensor: torch.Tensor, threshold: float) -> torch.Tensor:
    """The tensor with everything below the magnitude set to zero."""
    return torch.where(tensor.abs() >= threshold, tensor, torch.zeros((), dtype=tensor.dtype))


def drop_and_rescale(tensor: torch.Tensor, density: float, generator: torch.Generator) -> torch.Tensor:
    """DARE (arXiv:2311.03099): each element kept with this probability and divided by it, so that the mean stays."""
    kept = torch.rand(tensor.shape, generator=generator, dtype=torch.float32) < density
    return tensor * kept / density


def random_of(seed: int, *place: object) -> torch.Generator:
    """Random numbers that belong to a place (module, adapter, rows), whatever is merged before or beside it."""
    digest = hashlib.sha256(repr((seed, *place)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def pruned(tensor: torch.Tensor, rule: Rule, *place: object) -> torch.Tensor:
    """A whole tensor pruned by the rule, for tensors that fit in memory.

    Args:
        tensor: what to prune.
        rule: how.
        place: names the tensor for DARE's random numbers.
    """
    if rule.prune is None or rule.density >= 1:
        return tensor
    if rule.prune == "random":
        return drop_and_rescale(tensor, rule.density, random_of(rule.seed, *place))
    kept = int(rule.density * tensor.numel())
    if kept == 0:
        return torch.zeros_like(tensor)
    threshold = tensor.abs().flatten().kthvalue(tensor.numel() - kept + 1).values
    return keep_largest(tensor, float(threshold))
