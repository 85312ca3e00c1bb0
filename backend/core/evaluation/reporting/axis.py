"""From values to places: the range an axis shows, its round ticks, and where on it a value lies."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """A range of values.

    Args:
        low, high: its ends; low < high.
    """

    low: float
    high: float

    @classmethod
    def around(cls, values: Iterable[float | None], *, within: tuple[float, float] | None = None) -> Axis:
        """The smallest range with round ends that holds the values, no wider than `within`."""
        known = [value for value in values if value is not None and math.isfinite(value)]
        if not known:
            return cls(*within) if within else cls(0.0, 1.0)
        low, high = min(known), max(known)
        if low == high:
            margin = abs(low) / 10 or 1.0
            low, high = low - margin, high + margin
        step = round_step((high - low) / 4)
        low, high = math.floor(low / step) * step, math.ceil(high / step) * step
        if within:
            low, high = max(low, within[0]), min(high, within[1])
        return cls(low, high) if low < high else cls.around([*known, known[0] - step, known[0] + step])

    @classmethod
    def about(cls, middle: float, values: Iterable[float | None], *, most: float = math.inf) -> Axis:
        """A range with `middle` in its middle, for differences, which are read by their side; at most `most` away."""
        known = [abs(value - middle) for value in values if value is not None and math.isfinite(value)]
        reach = max(known, default=0.0) or 1.0
        step = round_step(reach / 2)
        reach = min(most, math.ceil(reach / step - 1e-9) * step)
        return cls(middle - reach, middle + reach)

    def place(self, value: float) -> float:
        """Where the value lies, in percent of the range from its low end; values outside at the nearer end."""
        return round(100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low))), 3)

    def ticks(self, count: int = 5) -> list[float]:
        """About so many round values inside the range."""
        step = round_step((self.high - self.low) / count)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [0.0 if place == 0 else place * step for place in range(first, last + 1)]


def round_step(about: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(about))
    return next((factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= about * (1 - 1e-9)), about)
