"""Statistics in the form of `summary.json`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, cast

from backend.core.evaluation.figures import Bin, Interval, Mean, Metric, Scale, Share
from backend.core.evaluation.figures import Method as MethodName
from backend.core.statistics import Estimate, mean_interval, share_interval

MOST_BINS = 25
"""Whole grades get a bin each up to here."""


def interval_of(estimate: Estimate) -> Interval | None:
    """Its interval, where it has one."""
    return None if estimate.interval is None else Interval(low=estimate.interval[0], high=estimate.interval[1])


def mean_of(values: Sequence[float], clusters: Sequence[Hashable] | None = None) -> Mean:
    """A mean; of nothing but zeros and ones it is a share, and gets Wilson's interval unless items are clustered."""
    return Mean(**mean_fields(values, clusters))


def mean_fields(
    values: Sequence[float],
    clusters: Sequence[Hashable] | None = None,
    scale: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """The fields of a `Mean`.

    Args:
        scale: lowest and highest value there can be. Student's interval knows of no end and would pass it (a mean of
            99.5 % is "98.9 % to 100.1 %"); what lies beyond is cut off, which takes nothing that can be true.
    """
    estimate = mean_interval(values, clusters)
    low_high, method = interval_of(estimate), estimate.method
    if method == "student_t" and set(values) <= {0.0, 1.0}:
        share = share_interval(sum(values), len(values))
        low_high, method = interval_of(share), share.method
    if low_high is not None and scale is not None:
        low_high = Interval(low=max(scale[0], low_high.low), high=min(scale[1], low_high.high))
    return {
        "n": estimate.n,
        "mean": estimate.value,
        "sd": estimate.sd,
        "se": estimate.se,
        "ci95": low_high,
        "method": cast(MethodName, method),
    }


def difference_of(values: Sequence[float], most: float | None = None) -> Mean:
    """The mean of differences: Student's t, whatever values occur.

    Where all differences are one and the same, t's interval has no width, though a few of the items not looked at may
    differ: as many as Wilson's interval leaves room for are then taken to differ by as much as can be.

    Args:
        values: the differences.
        most: the largest difference there can be, either way; no interval reaches beyond. None = not known.
    """
    estimate = mean_interval(values)
    found, method = interval_of(estimate), cast(MethodName, estimate.method)
    if found is not None and most is not None and estimate.sd == 0 and estimate.value is not None:
        alike = share_interval(len(values), len(values)).low or 0.0
        room = most * (1 - alike)
        centre = estimate.value * alike
        found, method = Interval(low=centre - room, high=centre + room), "wilson"
    if found is not None and most is not None:
        found = Interval(low=max(-most, found.low), high=min(most, found.high))
    return Mean(n=estimate.n, mean=estimate.value, sd=estimate.sd, se=estimate.se, ci95=found, method=method)


def share_of(count: float, n: int) -> Share:
    """A share."""
    estimate = share_interval(count, n)
    return Share(
        n=n, count=count, value=estimate.value, ci95=interval_of(estimate), method=cast(MethodName, estimate.method)
    )


def metric_of(values: Sequence[float], scale: tuple[float, float], clusters: Sequence[Hashable] | None) -> Metric:
    """A metric's mean."""
    return Metric(**mean_fields(values, clusters), scale=Scale(low=scale[0], high=scale[1]))


def histogram(values: Sequence[float], low: float, high: float) -> list[Bin]:
    """Counts per bin: one for each whole grade, centred on it, else ten."""
    whole = float(low).is_integer() and float(high).is_integer() and 2 <= high - low <= MOST_BINS
    count = round(high - low) + 1 if whole else 10
    start = low - 0.5 if whole else low
    width = 1.0 if whole else (high - low) / 10
    counts = [0] * count
    for value in values:
        counts[max(0, min(int((value - start) / width + 1e-9), count - 1))] += 1
    return [
        Bin(low=start + place * width, high=start + (place + 1) * width, count=found)
        for place, found in enumerate(counts)
    ]
