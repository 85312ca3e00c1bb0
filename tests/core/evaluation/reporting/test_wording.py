"""Figures as people read them, and where on an axis they lie."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.evaluation.figures import Cost, Interval, Scale, Share
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis, round_step

TEN, UNIT, HUNDRED = Scale(low=1, high=10), Scale(low=0, high=1), Scale(low=0, high=100)


def test_scores_have_the_digits_that_mean_something() -> None:
    assert wording.score(7.286, TEN) == "7.29"
    assert wording.score(0.98951, UNIT) == "99.0 %"
    assert wording.score(63.249, HUNDRED) == "63.2"
    assert wording.score(-0.5, TEN, signed=True) == "−0.50"
    assert wording.score(0.25, UNIT, signed=True) == "+25.0 points"
    assert wording.gap(-0.017, UNIT) == "1.7 points"
    assert wording.gap(-0.4, TEN) == "0.40"
    assert wording.score(0.001, TEN, signed=True) == "0.00"
    assert wording.score(None, TEN) == wording.score(float("nan"), TEN) == "–"
    assert wording.interval(Interval(low=1, high=2.5), TEN) == "1.00 to 2.50"
    assert wording.interval(None, TEN) == "–"
    assert wording.interval(Interval(low=0.02, high=0.11), UNIT, signed=True) == "+2.0 to +11.0 points"


def test_intervals_end_where_the_scale_does() -> None:
    assert wording.interval(Interval(low=0.9889, high=1.0007), UNIT) == "98.9 % to 100 %"
    assert wording.interval(Interval(low=-0.2, high=1.4), TEN) == "1.00 to 1.40"
    assert wording.interval(Interval(low=-1.2, high=-0.9), UNIT, signed=True) == "−100.0 to −90.0 points"
    assert Axis.about(0, [0.99, 1.01], most=1.0) == Axis(-1, 1)


def test_all_and_none_are_only_said_of_all_and_none() -> None:
    assert wording.percent(1.0) == "100 %"
    assert wording.percent(0.99999) == "99.9 %"
    assert wording.percent(0.0) == "0 %"
    assert wording.percent(0.00001) == "0.1 %"
    assert wording.share(Share(n=8, count=7.5, value=0.9375)) == "93.8 % (7.5 of 8)"
    assert wording.share(Share(n=0, count=0)) == "–"


def test_ticks_say_no_digits_too_many() -> None:
    assert [wording.tick(value, TEN) for value in (1, 2.5, -3)] == ["1", "2.5", "−3"]
    assert wording.tick(0.25, UNIT) == "25 %"
    assert wording.tick(0.1 + 0.2, UNIT, signed=True) == "+30 points"


def test_unknown_cost_is_never_nothing() -> None:
    assert wording.money(Cost()) == "unknown"
    assert wording.money(Cost(value=0.0)) == "0.00 USD"
    assert wording.money(Cost(value=0.0351)) == "0.0351 USD"
    assert wording.money(Cost(value=12.3, currency="EUR")) == "12.30 EUR"


def test_times_and_chances() -> None:
    assert [wording.duration(value) for value in (None, 1.25, 94, 200, 9_000)] == [
        "–",
        "1.2 s",
        "94 s",
        "3 min",
        "2 h 30 min",
    ]
    assert [wording.p_value(value) for value in (None, 0.0004, 0.0123, 0.5)] == [
        "–",
        "p < 0.001",
        "p = 0.012",
        "p = 0.50",
    ]
    assert wording.moment("2026-11-23T17:42:10Z") == "23 November 2026, 17:42 UTC"
    assert wording.moment("yesterday") == "yesterday"


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_an_axis_holds_its_values_between_round_ends(values: list[float]) -> None:
    axis = Axis.around(values)
    assert axis.low < axis.high
    slack = 1e-6 * (axis.high - axis.low)
    assert all(axis.low - slack <= value <= axis.high + slack for value in values)
    assert all(0 <= axis.place(value) <= 100 for value in values)
    assert 1 <= len(axis.ticks()) <= 12


def test_an_axis_stays_inside_the_scale() -> None:
    assert Axis.around([9.2, 9.9], within=(1, 10)) == Axis(9.0, 10.0)
    assert Axis.around([None], within=(1, 10)) == Axis(1, 10)
    assert Axis.around([], within=None) == Axis(0, 1)
    assert Axis.around([10, 10], within=(1, 10)).high == 10
    assert Axis.around([0.0, 0.0], within=(0, 1)) == Axis(0, 1)


def test_an_axis_of_differences_has_none_in_the_middle() -> None:
    axis = Axis.about(0, [-0.3, 2.7])
    assert (axis.low, axis.high) == (-4, 4) or axis.place(0) == 50
    assert Axis.about(0, []).place(0) == 50


def test_steps_are_round() -> None:
    assert [round_step(value) for value in (0.9, 1.1, 2.2, 4, 6, 0.03)] == pytest.approx([1, 2, 2.5, 5, 10, 0.05])
