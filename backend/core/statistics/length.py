"""A win rate with the judge's liking for long answers taken out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backend.core.statistics.distributions import normal_quantile

FEWEST_PAIRS = 100
RIDGE = 1.0
"""A prior of standard deviation 1 on the length's coefficient: it only shows where the pairs say next to nothing."""
_STEPS = 100


@dataclass(frozen=True)
class LengthAdjusted:
    """A win rate beside what it would be between answers of equal length.

    Args:
        raw: mean outcome.
        adjusted: the model's win rate at equal length.
        low, high: its 95 % interval.
        coefficient: log-odds of a win per unit of tanh(length difference / its standard deviation); above 0 the
            judge prefers longer answers.
        n: pairs.
    """

    raw: float
    adjusted: float
    low: float
    high: float
    coefficient: float
    n: int


def length_adjusted(outcomes: Sequence[float], length_differences: Sequence[float]) -> LengthAdjusted | None:
    """The length-controlled win rate after Dubois et al. (arXiv:2404.04475), for any data.

    log-odds(win) = a + b * tanh(difference / sd), fitted with a ridge on b; the adjusted rate is that of a difference
    of 0. Their term for the instruction's difficulty is left out: it exists for their 805 prompts only. The interval
    comes from the sandwich variance of a, which stays right for ties.

    Args:
        outcomes: 1 for a win of the answer, 0.5 for a tie, 0 for a loss.
        length_differences: the answer's length minus the other's, in any unit.

    Returns:
        None with fewer than `FEWEST_PAIRS` pairs, or when the lengths do not vary, or all outcomes are the same:
        there is nothing to tell the two influences apart by.

    Raises:
        ValueError: the two differ in length.
    """
    n = len(outcomes)
    if len(length_differences) != n:
        raise ValueError(f"{n} outcomes and {len(length_differences)} length differences are no pairs")
    if n < FEWEST_PAIRS or len(set(outcomes)) == 1:
        return None
    centre = math.fsum(length_differences) / n
    spread = math.sqrt(math.fsum((value - centre) ** 2 for value in length_differences) / (n - 1))
    if spread == 0:
        return None
    signs = [math.tanh(value / spread) for value in length_differences]
    a, b = _fit(outcomes, signs)
    error = _sandwich(outcomes, signs, a, b)
    margin = normal_quantile(0.975) * error
    return LengthAdjusted(math.fsum(outcomes) / n, _logistic(a), _logistic(a - margin), _logistic(a + margin), b, n)


def _fit(outcomes: Sequence[float], signs: Sequence[float]) -> tuple[float, float]:
    """Newton's method; a hair of ridge on the constant too, so that a nearly one-sided result converges."""
    a = b = 0.0
    for _ in range(_STEPS):
        slope_a, slope_b, aa, ab, bb = _slopes(outcomes, signs, a, b)
        determinant = aa * bb - ab * ab
        step_a = (bb * slope_a - ab * slope_b) / determinant
        step_b = (aa * slope_b - ab * slope_a) / determinant
        # A full step can overshoot where the curve is flat.
        scale = min(1.0, 2.0 / max(abs(step_a), abs(step_b), 1e-300))
        a, b = a + scale * step_a, b + scale * step_b
        if max(abs(step_a), abs(step_b)) < 1e-12:
            break
    return a, b


def _slopes(
    outcomes: Sequence[float], signs: Sequence[float], a: float, b: float
) -> tuple[float, float, float, float, float]:
    """The log-likelihood's slopes by a and b, and the negative of its three second derivatives, with the ridge."""
    slope_a = slope_b = aa = ab = bb = 0.0
    for outcome, sign in zip(outcomes, signs, strict=True):
        expected = _logistic(a + b * sign)
        weight = expected * (1 - expected)
        slope_a += outcome - expected
        slope_b += (outcome - expected) * sign
        aa += weight
        ab += weight * sign
        bb += weight * sign * sign
    return slope_a, slope_b - RIDGE * b, aa + 1e-9, ab, bb + RIDGE


def _sandwich(outcomes: Sequence[float], signs: Sequence[float], a: float, b: float) -> float:
    """The standard error of a: Huber's H^-1 B H^-1 (1967)."""
    _, _, aa, ab, bb = _slopes(outcomes, signs, a, b)
    determinant = aa * bb - ab * ab
    # The first row of the inverse, times each pair's slope.
    variance = math.fsum(
        ((bb - ab * sign) / determinant * (outcome - _logistic(a + b * sign))) ** 2
        for outcome, sign in zip(outcomes, signs, strict=True)
    )
    return math.sqrt(variance)


def _logistic(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))
