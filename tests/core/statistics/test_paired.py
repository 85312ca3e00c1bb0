"""E16: two runs over the same items, against R's and scipy's values and against scipy itself."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from backend.core.statistics import holm, mcnemar, paired, smallest_detectable

SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_the_paired_t_test_is_that_of_r() -> None:
    # t.test(extra ~ group, paired): p-value 0.002833, 95 percent interval 0.7001142 2.4598858, mean 1.58.
    found = paired(SLEEP_1, SLEEP_2)
    assert found.difference.value == pytest.approx(1.58)
    assert found.difference.interval == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert found.p_t == pytest.approx(0.00283289, abs=5e-9)
    assert (found.better, found.worse, found.same) == (9, 0, 1)


def test_all_sign_patterns_are_looked_at_when_they_are_few() -> None:
    # Nine differences, all of one sign: 2 of 512 patterns are as extreme.
    found = paired(SLEEP_1, SLEEP_2)
    assert found.permutations == 512
    assert found.p_permutation == pytest.approx(2 / 512)


@pytest.mark.parametrize("scale", [1, 0.37])
def test_drawn_sign_patterns_agree_with_scipys_permutation_test(scale: float) -> None:
    generator = random.Random(5)
    before = [generator.randint(1, 10) * scale for _ in range(60)]
    after = [value + generator.choice((-1, 0, 0, 1, 1, 2)) * scale + generator.random() * 0.01 for value in before]
    after[:30] = [before[place] + generator.choice((-2, -1, 0, 1)) * scale for place in range(30)]
    found = paired(before, after, seed=1)
    wanted = stats.permutation_test(
        (np.array(after), np.array(before)), lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples", n_resamples=20_000, vectorized=True, rng=np.random.default_rng(2),
    )  # fmt: skip
    assert found.permutations == 10_000
    # Two draws of 10,000 and 20,000: three standard errors of their difference.
    error = 3 * (wanted.pvalue * (1 - wanted.pvalue) * (1 / 10_000 + 1 / 20_000)) ** 0.5
    assert found.p_permutation == pytest.approx(wanted.pvalue, abs=error + 1e-4)
    assert found.p_t == pytest.approx(stats.ttest_rel(after, before).pvalue, abs=1e-9)
    assert paired(before, after, seed=1) == found


def test_nothing_changed_is_no_evidence() -> None:
    found = paired([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])
    assert found.p_t is None
    assert found.p_permutation == 1.0
    assert found.difference.interval == (0.0, 0.0)
    assert paired([], []).p_permutation is None
    with pytest.raises(ValueError, match="no pairs"):
        paired([1], [1, 2])


def test_the_same_change_everywhere_is_as_certain_as_its_number_of_pairs() -> None:
    found = paired([1.0] * 6, [2.0] * 6)
    assert found.p_t == 0.0
    assert found.p_permutation == pytest.approx(2 / 64)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (5, 15), (1, 0), (40, 38), (3_000, 2_800)])
def test_mcnemar_is_the_exact_binomial_test(gained: int, lost: int) -> None:
    wanted = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(wanted, rel=1e-9)
    assert mcnemar(gained, lost) == mcnemar(lost, gained)


def test_holm_is_that_of_r() -> None:
    # p.adjust(c(0.04, 0.01, 0.05, 0.02, 0.03), "holm")
    assert holm([0.04, 0.01, 0.05, 0.02, 0.03]) == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_smallest_detectable_difference_is_2_8_errors() -> None:
    assert smallest_detectable(1.0) == pytest.approx(stats.norm.ppf(0.975) + stats.norm.ppf(0.8), abs=1e-12)
    assert smallest_detectable(0.5) == pytest.approx(1.4, abs=0.001)
