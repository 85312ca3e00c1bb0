"""E16: agreement of raters and correlation, against published values and independent computations."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from backend.core.statistics import agreement_with, krippendorff_alpha, ranks, spearman, weighted_kappa

_ = None
KRIPPENDORFF = [
    (1, 1, _, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4),
    (4, 4, 4, 4), (1, 1, 2, 1), (2, 2, 2, 2), (_, 5, 5, 5), (_, _, 1, 1), (_, _, 3, _),
]  # fmt: skip
"""Four observers, twelve units: the example of Krippendorff (2011) and of R's irr::kripp.alpha."""


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107)])
def test_alpha_is_that_of_the_published_example(level: str, alpha: float) -> None:
    assert krippendorff_alpha(KRIPPENDORFF, level) == pytest.approx(alpha, abs=5e-7)  # type: ignore[arg-type]


def test_alpha_is_undefined_where_nothing_differs() -> None:
    assert krippendorff_alpha([(5, 5), (5, 5)]) is None
    assert krippendorff_alpha([(5, None), (None, 3)]) is None
    assert krippendorff_alpha([(1, 1), (2, 2), (3, 3)]) == 1.0


def _kappa_by_matrix(first: list[int], second: list[int], power: int) -> float:
    levels = sorted({*first, *second})
    table = np.zeros((len(levels), len(levels)))
    for a, b in zip(first, second, strict=True):
        table[levels.index(a), levels.index(b)] += 1 / len(first)
    weights = np.abs(np.subtract.outer(levels, levels)) ** power
    return 1 - (weights * table).sum() / (weights * np.outer(table.sum(1), table.sum(0))).sum()


@pytest.mark.parametrize("seed", range(10))
def test_kappa_is_that_of_the_table(seed: int) -> None:
    generator = random.Random(seed)
    first = [generator.randint(1, 10) for _ in range(80)]
    second = [min(10, max(1, value + generator.choice((-2, -1, 0, 0, 1)))) for value in first]
    assert weighted_kappa(first, second) == pytest.approx(_kappa_by_matrix(first, second, 2), abs=1e-12)
    assert weighted_kappa(first, second, "linear") == pytest.approx(_kappa_by_matrix(first, second, 1), abs=1e-12)


def test_kappa_of_the_published_table() -> None:
    # vcd::Kappa(SexualFun) in R: 91 couples, four ordered levels, equally spaced weights.
    counts = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
    cells = [(row, column) for row in range(4) for column in range(4) for _ in range(counts[row][column])]
    assert weighted_kappa(*zip(*cells, strict=True), "linear") == pytest.approx(0.2374, abs=5e-5)
    assert weighted_kappa([3, 3], [3, 3]) is None


@pytest.mark.parametrize("seed", range(10))
def test_spearman_is_scipys_with_ties(seed: int) -> None:
    generator = random.Random(seed)
    first = [generator.randint(1, 10) for _ in range(70)]
    second = [value * generator.random() for value in first]
    wanted = stats.spearmanr(first, second)
    found = spearman(first, second)
    assert found.rho == pytest.approx(wanted.statistic, abs=1e-9)
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-6)
    assert ranks(first) == list(stats.rankdata(first))


def test_spearman_is_undefined_where_nothing_varies() -> None:
    assert spearman([1, 1, 1], [1, 2, 3]).rho is None
    assert spearman([1, 2], [1, 2]).rho is None
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]).rho == 1.0
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]).p == 0.0


def test_a_judge_is_compared_with_people() -> None:
    found = agreement_with([9, 7, 3.4, 1, 10], [9, 8, 3, 4, 10])
    assert found.exact == pytest.approx(3 / 5)
    assert found.within_one == pytest.approx(4 / 5)
    assert found.kappa == pytest.approx(_kappa_by_matrix([9, 7, 3, 1, 10], [9, 8, 3, 4, 10], 2))
    assert agreement_with([], []).kappa is None
