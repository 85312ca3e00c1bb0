"""Correlation of ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backend.core.statistics.distributions import t_two_sided


@dataclass(frozen=True)
class Correlation:
    """Spearman's rho.

    Args:
        rho: from -1 to 1; None when one of the two does not vary or fewer than three pairs are there.
        p: two-sided p-value by Student's t; None like rho.
        n: pairs.
    """

    rho: float | None
    p: float | None
    n: int


def spearman(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """The correlation of the ranks (Spearman 1904); ties share their mean rank.

    Raises:
        ValueError: the two differ in length.
    """
    n = len(first)
    if len(second) != n:
        raise ValueError(f"{n} and {len(second)} values are no pairs")
    if n < 3:
        return Correlation(None, None, n)
    left, right = ranks(first), ranks(second)
    middle = (n + 1) / 2
    across = math.fsum((a - middle) * (b - middle) for a, b in zip(left, right, strict=True))
    spread = math.fsum((a - middle) ** 2 for a in left) * math.fsum((b - middle) ** 2 for b in right)
    if spread == 0:
        return Correlation(None, None, n)
    rho = max(-1.0, min(1.0, across / math.sqrt(spread)))
    t = rho * math.sqrt((n - 2) / (1 - rho * rho)) if abs(rho) < 1 else math.inf
    return Correlation(rho, t_two_sided(t, n - 2), n)


def ranks(values: Sequence[float]) -> list[float]:
    """Each value's rank from 1; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    given = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            given[place] = (start + end) / 2 + 1
        start = end + 1
    return given
