"""A figure and what is known about it."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST = 5
"""Fewer values get no interval: at 4 a 95 % interval of a mean is wider than three standard deviations."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval.

    Args:
        value: the figure; None when there are no values at all.
        low, high: ends of the interval; None where too few values are there for one.
        n: how many values it rests on.
        sd: sample standard deviation (n - 1) of the values, where that means something.
        se: standard error of the figure, where that means something.
        method: how the interval was made: `student_t`, `clustered_t`, `wilson`, `bootstrap`, or `none`.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    sd: float | None = None
    se: float | None = None
    method: str = "none"

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, or None."""
        return None if self.low is None or self.high is None else (self.low, self.high)
