"""Lengths in numbers and bars."""

from __future__ import annotations

import random

import pytest

from backend.core.data.duplicates import groups_of
from backend.core.data.lengths import histogram_of, spread_of


@pytest.mark.parametrize("lengths", [[1], [5, 5, 5], list(range(1, 900)), [*range(100, 400), 90_000], [3, 2**20]])
def test_the_bars_hold_every_example_once(lengths: list[int]) -> None:
    random.Random(1).shuffle(lengths)
    bars = histogram_of(lengths)
    assert len(bars) <= 40
    for bar in bars:
        assert bar.count == sum(bar.low <= length <= bar.high for length in lengths)
    assert sum(bar.count for bar in bars) == len(lengths)


def test_the_spread_of_one_and_of_many() -> None:
    assert spread_of([7]).model_dump() == {
        "total": 7, "shortest": 7, "median": 7, "p90": 7, "p99": 7, "longest": 7,
    }  # fmt: skip
    found = spread_of(range(1, 102))
    assert (found.shortest, found.median, found.p90, found.longest) == (1, 51, 91, 101)


def test_pairs_make_groups() -> None:
    assert groups_of([(1, 4), (7, 9), (4, 2), (9, 12)]) == [[1, 2, 4], [7, 9, 12]]
    assert groups_of([]) == []
