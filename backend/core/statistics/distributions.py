"""Student's t, the normal and the binomial: probabilities and quantiles to about 12 digits.

The regularised incomplete beta function carries all of them (DLMF 8.17), by its continued fraction after Lentz
(Numerical Recipes, 3rd edition, 6.4). scipy would bring 100 MB for it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300
_STEPS = 10_000
"""The continued fraction needs about sqrt(max(a, b)) steps: enough for a hundred million items."""

normal_cdf = NormalDist().cdf
normal_quantile = NormalDist().inv_cdf


def incomplete_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b), the share of a Beta(a, b) variable's mass below x.

    Raises:
        ValueError: a or b is not positive, or x is outside 0 to 1.
    """
    if a <= 0 or b <= 0 or not 0 <= x <= 1:
        raise ValueError(f"I_x(a, b) needs positive a and b and x in 0 to 1, not a={a}, b={b}, x={x}")
    if x in (0.0, 1.0):
        return x
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    # The fraction converges fast below the mean; above it the mirrored one does.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, _inverse(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = _inverse(1 + part * d)
            c = 1 + part / c or _TINY
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def _inverse(value: float) -> float:
    return 1 / (value or _TINY)


def t_two_sided(t: float, df: float) -> float:
    """The probability that Student's t with `df` degrees of freedom is at least |t| away from 0."""
    if math.isinf(t):
        return 0.0
    return incomplete_beta(df / 2, 0.5, df / (df + t * t))


@lru_cache(maxsize=1024)
def t_quantile(probability: float, df: float) -> float:
    """The value below which a share `probability` (0 to 1, exclusive) of Student's t lies.

    Bisection on the probability itself: exact to the last bits, and a table of categories needs few of them.
    """
    if not 0 < probability < 1 or df <= 0:
        raise ValueError(f"a quantile needs 0 < probability < 1 and df > 0, not {probability} and {df}")
    if probability < 0.5:
        return -t_quantile(1 - probability, df)
    outside = 2 * (1 - probability)
    low, high = 0.0, 1.0
    while t_two_sided(high, df) > outside:
        low, high = high, 2 * high
    while high - low > 1e-14 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if t_two_sided(middle, df) > outside else (low, middle)
    return (low + high) / 2


def binomial_cdf(successes: int, trials: int, share: float) -> float:
    """The probability of at most `successes` in `trials` when each succeeds with probability `share`."""
    if successes >= trials:
        return 1.0
    if successes < 0:
        return 0.0
    return incomplete_beta(trials - successes, successes + 1, 1 - share)
