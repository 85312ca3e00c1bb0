"""Intervals of means and shares in closed form."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence

from backend.core.statistics.distributions import normal_quantile, t_quantile
from backend.core.statistics.estimate import FEWEST, Estimate

FEWEST_CLUSTERS = 10
"""With fewer groups the clustered error is itself a guess (Cameron and Miller 2015, section VI)."""


def mean_interval(
    values: Sequence[float], clusters: Sequence[Hashable] | None = None, *, confidence: float = 0.95
) -> Estimate:
    """The mean with Student's t interval.

    On skewed judge scores its coverage is 0.90 at 10 values and 0.94 at 50, where the percentile bootstrap reaches
    0.85 and 0.93.

    Args:
        values: the scores.
        clusters: the group each value belongs to, where questions share a source. From `FEWEST_CLUSTERS` groups on,
            the error is clustered (Miller, arXiv:2411.00640) and t has as many degrees of freedom as groups, less one.
        confidence: share of such intervals that hold the true mean.
    """
    n = len(values)
    if n == 0:
        return Estimate(None, None, None, 0)
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(mean, None, None, 1)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    groups = len(set(clusters)) if clusters is not None else 0
    clustered = clusters is not None and FEWEST_CLUSTERS <= groups < n
    se = clustered_error(values, clusters) if clusters is not None and clustered else sd / math.sqrt(n)
    if n < FEWEST:
        return Estimate(mean, None, None, n, sd, se)
    margin = t_quantile((1 + confidence) / 2, (groups if clustered else n) - 1) * se
    return Estimate(mean, mean - margin, mean + margin, n, sd, se, "clustered_t" if clustered else "student_t")


def clustered_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """The standard error of the mean when values of one group resemble each other.

    sqrt(G / (G - 1) * sum over groups of (sum of the group's deviations)^2) / n: the formula of Miller
    (arXiv:2411.00640, 2.2) with the correction for a finite number of groups G. With one value in each group it is
    sd / sqrt(n).

    Raises:
        ValueError: the two differ in length, or there are fewer than two groups.
    """
    n = len(values)
    if len(clusters) != n:
        raise ValueError(f"{n} values need as many clusters, not {len(clusters)}")
    mean = math.fsum(values) / n if n else 0.0
    sums: dict[Hashable, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - mean
    groups = len(sums)
    if groups < 2:
        raise ValueError("a clustered error needs at least two groups")
    return math.sqrt(groups / (groups - 1) * math.fsum(total**2 for total in sums.values())) / n


def share_interval(successes: float, count: int, *, confidence: float = 0.95) -> Estimate:
    """A share with Wilson's interval.

    At 20 values and a share of 0.9 it covers 0.958, where the textbook's covers 0.875. Fractions are allowed as
    successes: half a win for a tie.

    Raises:
        ValueError: successes are not between 0 and count.
    """
    if not 0 <= successes <= count:
        raise ValueError(f"{successes} successes of {count} is no share")
    if count == 0:
        return Estimate(None, None, None, 0)
    share = successes / count
    se = math.sqrt(share * (1 - share) / count)
    if count < FEWEST:
        return Estimate(share, None, None, count, None, se)
    low, high = wilson_interval(successes, count, confidence=confidence)
    return Estimate(share, low, high, count, None, se, "wilson")


def wilson_interval(successes: float, count: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a share (Wilson 1927) for any count: honest near 0 and 1, where the usual one is not."""
    if count == 0:
        return 0.0, 1.0
    z = normal_quantile((1 + confidence) / 2)
    share = successes / count
    centre = share + z * z / (2 * count)
    margin = z * math.sqrt((share * (1 - share) + z * z / (4 * count)) / count)
    scale = 1 + z * z / count
    # The bounds of none and of all are exact; floating point would miss them by 1e-17.
    low = 0.0 if successes == 0 else (centre - margin) / scale
    return low, 1.0 if successes == count else (centre + margin) / scale
