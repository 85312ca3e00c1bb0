"""How long examples are, in numbers that a person can hold in mind."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from statistics import quantiles

from pydantic import BaseModel

BARS = 32
"""Of a histogram, about."""
FAR = 1.5
"""Bars end here times the 99th percentile; what few examples lie beyond share the last, or one giant would leave the
others a single bar."""


class Spread(BaseModel):
    """Tokens of the examples."""

    total: int
    shortest: int
    median: float
    p90: float
    p99: float
    longest: int


class Bar(BaseModel):
    """Examples of `low` to `high` tokens, both included."""

    low: int
    high: int
    count: int


def spread_of(lengths: Sequence[int]) -> Spread:
    """The spread of at least one length."""
    cuts = quantiles(lengths, n=100, method="inclusive") if len(lengths) > 1 else [lengths[0]] * 99
    return Spread(
        total=sum(lengths),
        shortest=min(lengths),
        median=cuts[49],
        p90=cuts[89],
        p99=cuts[98],
        longest=max(lengths),
    )


def histogram_of(lengths: Sequence[int]) -> list[Bar]:
    """About 32 bars of a round width."""
    ordered = sorted(lengths)
    longest = ordered[-1]
    end = min(longest, max(1, int(ordered[int(0.99 * (len(ordered) - 1))] * FAR)))
    width = _round_width(end / BARS)
    bars, below = [], 0
    for low in range(1, end + 1, width):
        high = low + width - 1
        is_last = high >= end
        up_to = len(ordered) if is_last else bisect_right(ordered, high)
        bars.append(Bar(low=low, high=max(high, longest) if is_last else high, count=up_to - below))
        below = up_to
    return bars


def _round_width(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 ... that is no less."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= least:
                return digit * power
        power *= 10
