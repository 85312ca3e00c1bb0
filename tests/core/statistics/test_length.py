"""E16: win rates at equal length, against scipy's optimiser and against outcomes made with a known liking."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from scipy import optimize

from backend.core.statistics import length_adjusted


def _outcomes(seed: int, n: int, skill: float, liking: float, longer: float) -> tuple[list[float], list[float]]:
    """Pairs in which the better answer is also `longer` by so many standard deviations."""
    generator = random.Random(seed)
    lengths = [generator.gauss(longer * 100, 100) for _ in range(n)]
    spread = float(np.std(lengths, ddof=1))
    chances = [1 / (1 + math.exp(-(skill + liking * math.tanh(length / spread)))) for length in lengths]
    return [float(generator.random() < chance) for chance in chances], lengths


def test_the_fit_is_scipys() -> None:
    outcomes, lengths = _outcomes(1, 300, 0.3, 1.5, 0.8)
    outcomes[:40] = [0.5] * 40
    x = np.tanh(np.array(lengths) / np.std(lengths, ddof=1))
    y = np.array(outcomes)

    def loss(theta: np.ndarray) -> float:
        z = theta[0] + theta[1] * x
        return float((np.logaddexp(0, z) - y * z).sum() + theta[1] ** 2 / 2)

    wanted = optimize.minimize(loss, [0, 0], method="BFGS", options={"gtol": 1e-10}).x
    found = length_adjusted(outcomes, lengths)
    assert found is not None
    assert found.coefficient == pytest.approx(wanted[1], abs=1e-5)
    assert found.adjusted == pytest.approx(1 / (1 + math.exp(-wanted[0])), abs=1e-6)
    assert found.raw == pytest.approx(np.mean(y))


def test_a_judge_that_likes_length_is_corrected_and_the_interval_covers() -> None:
    covered = 0
    for seed in range(100):
        # No skill at all, but longer answers and a judge that likes them: the raw rate is far above one half.
        found = length_adjusted(*_outcomes(seed, 200, 0.0, 2.0, 1.0))
        assert found is not None
        assert found.raw > 0.6
        covered += found.low <= 0.5 <= found.high
    assert covered >= 88  # 95 expected; below 88 one in 500


def test_one_sided_results_converge() -> None:
    outcomes, lengths = _outcomes(2, 150, 0.0, 0.0, 0.0)
    found = length_adjusted([1.0] * 149 + [0.0], lengths)
    assert found is not None
    assert 0.9 < found.adjusted < 1
    assert found.low <= found.adjusted <= found.high
    assert outcomes  # made by the same seed


def test_too_little_to_tell_gives_nothing() -> None:
    outcomes, lengths = _outcomes(3, 100, 0.5, 1.0, 0.5)
    assert length_adjusted(outcomes[:99], lengths[:99]) is None
    assert length_adjusted([1.0] * 100, lengths) is None
    assert length_adjusted(outcomes, [5.0] * 100) is None
    with pytest.raises(ValueError, match="no pairs"):
        length_adjusted(outcomes, lengths[:-1])
