"""E16: intervals of means, shares and medians, against R's and scipy's values and against scipy itself."""

from __future__ import annotations

import math
import random
import statistics

import numpy as np
import pytest
from scipy import stats

from backend.core.statistics import (
    bootstrap_interval,
    clustered_error,
    mean_interval,
    median_interval,
    share_interval,
    wilson_interval,
    win_rate_interval,
)
from backend.core.statistics.distributions import binomial_cdf, incomplete_beta, t_quantile, t_two_sided

SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
"""Student's own data, R's `sleep`."""


def test_the_t_interval_is_that_of_r() -> None:
    # t.test(sleep$extra[1:10]) in R 4: 95 percent confidence interval -0.5297804 2.0297804, mean 0.75.
    found = mean_interval(SLEEP_1)
    assert found.value == pytest.approx(0.75)
    assert found.interval == pytest.approx((-0.5297804, 2.0297804), abs=5e-8)
    assert found.method == "student_t"


@pytest.mark.parametrize("seed", range(20))
def test_the_t_interval_is_scipys_to_nine_digits(seed: int) -> None:
    generator = random.Random(seed)
    values = [generator.choice((1, 2, 3, 7, 8, 9, 10)) + generator.random() for _ in range(generator.randint(5, 400))]
    found = mean_interval(values)
    wanted = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert found.interval == pytest.approx(wanted, abs=1e-9)
    assert found.sd == pytest.approx(np.std(values, ddof=1), abs=1e-9)


def test_few_values_get_no_interval() -> None:
    assert mean_interval([]).value is None
    assert mean_interval([3.0]).value == 3.0
    assert mean_interval([1, 2, 3, 4]).interval is None
    assert mean_interval([1, 2, 3, 4, 5]).interval is not None
    assert share_interval(3, 4).interval is None
    assert median_interval([1, 2, 3, 4], seed=0).interval is None
    assert win_rate_interval([1, 0, 1, 0.5], seed=0).interval is None


def test_equal_values_have_an_interval_without_width() -> None:
    assert mean_interval([7.0] * 8).interval == (7.0, 7.0)


@pytest.mark.parametrize("count", [5, 20, 263, 50_000])
def test_the_wilson_interval_is_scipys(count: int) -> None:
    for successes in {0, 1, count // 3, count - 1, count}:
        wanted = stats.binomtest(successes, count).proportion_ci(method="wilson")
        assert wilson_interval(successes, count) == pytest.approx((wanted.low, wanted.high), abs=1e-9)
    assert wilson_interval(0, count)[0] == 0.0
    assert wilson_interval(count, count)[1] == 1.0


def test_the_wilson_interval_agrees_with_published_values() -> None:
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, table I
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="is no share"):
        share_interval(3, 2)


def test_the_clustered_error_is_the_double_sum_over_each_group() -> None:
    generator = random.Random(1)
    clusters = [generator.randrange(15) for _ in range(120)]
    values = [cluster + generator.gauss(0, 1) for cluster in clusters]
    residual = np.array(values) - np.mean(values)
    same = np.equal.outer(clusters, clusters)
    groups = len(set(clusters))
    wanted = math.sqrt(groups / (groups - 1) * (np.outer(residual, residual) * same).sum()) / len(values)
    assert clustered_error(values, clusters) == pytest.approx(wanted, abs=1e-12)
    # Golden: statsmodels' cov_type="cluster" without its (n - 1) / (n - k), which is 1 for a mean alone.
    assert clustered_error([1, 2, 3, 10, 11, 12], ["a", "a", "a", "b", "b", "b"]) == pytest.approx(4.5)
    assert clustered_error(values, range(120)) == pytest.approx(np.std(values, ddof=1) / math.sqrt(120), abs=1e-12)


def test_a_mean_is_clustered_from_ten_groups_on() -> None:
    values = [float(place // 4) + place % 2 for place in range(48)]
    twelve = [place // 4 for place in range(48)]
    clustered = mean_interval(values, twelve)
    assert clustered.method == "clustered_t"
    assert clustered.se == pytest.approx(clustered_error(values, twelve))
    margin = stats.t.ppf(0.975, 11) * clustered_error(values, twelve)
    assert clustered.interval == pytest.approx((np.mean(values) - margin, np.mean(values) + margin), abs=1e-9)
    nine = [place % 9 for place in range(48)]
    assert mean_interval(values, nine) == mean_interval(values)
    each_its_own = list(range(48))
    assert mean_interval(values, each_its_own) == mean_interval(values)


@pytest.mark.parametrize("n", [5, 6, 51, 400])
def test_the_median_interval_is_that_of_drawing_samples(n: int) -> None:
    generator = random.Random(n)
    values = [round(generator.gauss(5, 2), 2) for _ in range(n)]
    quick = median_interval(values, seed=3)
    slow = bootstrap_interval(values, statistics.median, seed=4, draws=2_000)
    assert quick.value == statistics.median(values)
    # Two seeds of the same distribution: a few places of the sorted values apart.
    ordered = sorted(values)
    for ours, theirs in zip(quick.interval or (), slow.interval or (), strict=True):
        between = sum(min(ours, theirs) < value < max(ours, theirs) for value in ordered)
        assert between <= max(1, 0.02 * n)
    assert median_interval(values, seed=3) == quick


def test_the_win_rate_interval_is_that_of_drawing_samples() -> None:
    outcomes = [1.0] * 70 + [0.5] * 20 + [0.0] * 60
    quick = win_rate_interval(outcomes, seed=1)
    slow = bootstrap_interval(outcomes, lambda drawn: sum(drawn) / len(drawn), seed=2, draws=4_000)
    assert quick.value == pytest.approx(80 / 150)
    assert quick.interval == pytest.approx(slow.interval, abs=0.01)
    spread = np.std(outcomes) / math.sqrt(150)
    assert quick.interval == pytest.approx((80 / 150 - 1.96 * spread, 80 / 150 + 1.96 * spread), abs=0.01)
    assert win_rate_interval([1.0] * 9, seed=0).interval == (1.0, 1.0)


def test_the_bootstrap_is_seeded_and_uses_the_usual_quantiles() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    mean = lambda drawn: sum(drawn) / len(drawn)  # noqa: E731
    found = bootstrap_interval(values, mean, seed=7, draws=999)
    generator = random.Random(7)
    drawn = [np.mean(generator.choices(values, k=6)) for _ in range(999)]
    assert found.interval == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=1e-12)
    assert found == bootstrap_interval(values, mean, seed=7, draws=999)
    assert found != bootstrap_interval(values, mean, seed=8, draws=999)


def test_probabilities_are_scipys() -> None:
    for a, b, x in [(0.5, 0.5, 0.1), (2, 3, 0.9), (5000, 0.5, 0.999), (0.5, 25_000, 1e-5), (300, 200, 0.6)]:
        assert incomplete_beta(a, b, x) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-9)
    for df in (1, 2, 4, 30, 999, 49_999):
        for probability in (0.025, 0.5, 0.9, 0.975, 0.9999):
            assert t_quantile(probability, df) == pytest.approx(stats.t.ppf(probability, df), rel=1e-9, abs=1e-12)
        assert t_two_sided(2.5, df) == pytest.approx(2 * stats.t.sf(2.5, df), rel=1e-9)
    assert binomial_cdf(3, 20, 0.3) == pytest.approx(stats.binom.cdf(3, 20, 0.3), rel=1e-12)
    assert binomial_cdf(20, 20, 0.3) == 1.0
    assert binomial_cdf(-1, 20, 0.3) == 0.0
    with pytest.raises(ValueError, match="needs positive a and b"):
        incomplete_beta(0, 1, 0.5)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    # Skewed grades of a judge: mostly good, some terrible. At n = 20 the percentile bootstrap covers 0.89 of them.
    levels, weights = [1, 2, 5, 7, 8, 9, 10], [8, 4, 5, 15, 28, 28, 12]
    truth = sum(level * weight for level, weight in zip(levels, weights, strict=True)) / 100
    generator = random.Random(0)
    for n, lowest in ((20, 0.905), (50, 0.92), (200, 0.935)):
        found = [mean_interval(generator.choices(levels, weights, k=n)).interval for _ in range(2_000)]
        covered = sum(low <= truth <= high for low, high in filter(None, found)) / 2_000
        assert lowest <= covered <= 0.965
    passes = [wilson_interval(sum(generator.random() < 0.9 for _ in range(20)), 20) for _ in range(2_000)]
    assert sum(low <= 0.9 <= high for low, high in passes) / 2_000 == pytest.approx(0.957, abs=0.02)
