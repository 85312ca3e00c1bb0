"""How far raters agree beyond chance: judges among themselves, and judges with people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from backend.core.statistics.correlation import spearman

Level = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True)
class Agreement:
    """A judge's scores beside a person's, over the items both scored.

    Args:
        n: items both scored.
        kappa: quadratically weighted kappa of the scores rounded to whole points; None when chance alone explains it.
        spearman: correlation of the ranks; None when one side does not vary.
        exact, within_one: shares of items whose rounded scores are equal, or at most one point apart.
    """

    n: int
    kappa: float | None
    spearman: float | None
    exact: float | None
    within_one: float | None


def agreement_with(scores: Sequence[float], labels: Sequence[float]) -> Agreement:
    """Compare a judge's scores with labels of people for the same items.

    Raises:
        ValueError: the two differ in length.
    """
    n = len(scores)
    if len(labels) != n:
        raise ValueError(f"{n} scores and {len(labels)} labels are no pairs")
    if n == 0:
        return Agreement(0, None, None, None, None)
    left, right = [round(score) for score in scores], [round(label) for label in labels]
    apart = [abs(a - b) for a, b in zip(left, right, strict=True)]
    return Agreement(
        n,
        weighted_kappa(left, right),
        spearman(scores, labels).rho,
        sum(gap == 0 for gap in apart) / n,
        sum(gap <= 1 for gap in apart) / n,
    )


def weighted_kappa(
    first: Sequence[float], second: Sequence[float], weights: Literal["linear", "quadratic"] = "quadratic"
) -> float | None:
    """Cohen's weighted kappa (Cohen 1968) of two raters; the weight of a disagreement is its distance, or its square.

    Returns:
        1 for full agreement, 0 for what chance gives; None when both raters always said one and the same.

    Raises:
        ValueError: the two differ in length, or there are none.
    """
    n = len(first)
    if n == 0 or len(second) != n:
        raise ValueError(f"{n} and {len(second)} ratings are no pairs")
    power = 1 if weights == "linear" else 2
    seen = sum(abs(a - b) ** power for a, b in zip(first, second, strict=True)) / n
    left, right = Counter(first), Counter(second)
    by_chance = sum(
        abs(a - b) ** power * count_a * count_b for a, count_a in left.items() for b, count_b in right.items()
    ) / (n * n)
    return None if by_chance == 0 else 1 - seen / by_chance


def krippendorff_alpha(units: Sequence[Sequence[float | None]], level: Level = "ordinal") -> float | None:
    """Krippendorff's alpha for any number of raters, with missing ratings (Krippendorff 2011, "Computing alpha").

    Args:
        units: one sequence of ratings per item; None for a missing one. Items with fewer than two do not count.
        level: how far apart two ratings are: different or not, by the ratings between them, or by their distance.

    Returns:
        1 for full agreement, 0 for what chance gives, below 0 for less; None when there is nothing to compare or no
        rating differs from another.
    """
    rated = [[rating for rating in unit if rating is not None] for unit in units]
    rated = [unit for unit in rated if len(unit) > 1]
    totals = Counter(rating for unit in rated for rating in unit)
    if len(totals) < 2:
        return None
    distance = _distance(level, totals)
    n = sum(totals.values())
    seen = sum(_disagreement(Counter(unit), distance) / (len(unit) - 1) for unit in rated)
    by_chance = _disagreement(totals, distance) / (n - 1)
    return 1 - seen / by_chance


def _disagreement(counts: Counter[float], distance: Callable[[float, float], float]) -> float:
    """The squared distances of all ordered pairs of ratings."""
    return sum(distance(a, b) * counts[a] * counts[b] for a in counts for b in counts if a != b)


def _distance(level: Level, totals: Counter[float]) -> Callable[[float, float], float]:
    """The squared distance of two ratings."""
    if level == "nominal":
        return lambda a, b: float(a != b)
    if level == "interval":
        return lambda a, b: (a - b) ** 2
    # Ordinal: half of the ratings at both ends and all in between, so that a rare level is a small step.
    middle: dict[float, float] = {}
    below = 0
    for rating in sorted(totals):
        middle[rating] = below + totals[rating] / 2
        below += totals[rating]
    return lambda a, b: (middle[a] - middle[b]) ** 2
