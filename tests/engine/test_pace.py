"""The time that is left: told late enough, from this start's steps alone, and as a range that tightens."""

from __future__ import annotations

import itertools

import pytest

from backend.engine.pace import FEWEST, Pace


def paced(*seconds: float) -> Pace:
    """A pace that has seen steps of these lengths."""
    times = itertools.accumulate(seconds, initial=100.0)
    pace = Pace(lambda: next(times))
    for _ in seconds:
        pace.step()
    return pace


def test_nothing_is_told_before_some_steps() -> None:
    assert paced(*[1.0] * (FEWEST - 1)).left(10) is None
    assert paced(*[1.0] * FEWEST).left(10) == (10.0, 0.0)


def test_the_first_step_does_not_count() -> None:
    left = paced(20.0, *[1.0] * 9).left(10)
    assert left == pytest.approx((10.0, 0.0), abs=1e-6)


def test_the_range_tightens_with_every_step_and_every_step_done() -> None:
    scattered = [0.5, 1.5] * 100
    spreads = [paced(1.0, *scattered[:count]).left(50)[1] for count in (6, 20, 200)]  # type: ignore[index]
    assert spreads == sorted(spreads, reverse=True)
    pace = paced(1.0, *scattered)
    assert pace.left(5)[1] < pace.left(50)[1]  # type: ignore[index]
    assert pace.left(0) == (0.0, 0.0)


def test_most_ends_lie_within_the_range() -> None:
    from random import Random

    draw, hits = Random(0), 0
    for _ in range(300):
        left = paced(1.0, *(draw.uniform(0.5, 1.5) for _ in range(30))).left(40)
        assert left
        hits += abs(sum(draw.uniform(0.5, 1.5) for _ in range(40)) - left[0]) <= left[1]
    assert 270 <= hits < 300
