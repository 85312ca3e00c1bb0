"""The heaviest batch of a run."""

from __future__ import annotations

from backend.core.estimates.batches import heaviest

SKEWED = [10] * 90 + [1000] * 10


def test_padded_every_example_takes_the_places_of_the_longest() -> None:
    found = heaviest(SKEWED, 4, 25, pads=True, learnt_share=0.5)
    assert (found.places, found.longest, found.learnt) == (4000, 1000, 2000)


def test_end_to_end_the_longest_hardly_ever_meet() -> None:
    few = heaviest(SKEWED, 4, 25, pads=False, learnt_share=0.5)
    many = heaviest(SKEWED, 4, 2000, pads=False, learnt_share=0.5)
    # Of 25 batches of four, ten long examples among them, one has two or three; all four long ones are one of 18,000.
    assert few.places in (2020, 3010)
    assert few.places <= many.places <= 4000
    assert few.learnt == few.places // 2


def test_all_examples_are_one_batch_where_there_are_few() -> None:
    assert sorted(heaviest([5, 7, 9], 8, 3, pads=False, learnt_share=1.0).lengths) == [5, 7, 9]
    assert heaviest([5, 7, 9], 8, 3, pads=True, learnt_share=1.0).places == 27


def test_the_same_run_has_the_same_batch() -> None:
    found = {heaviest(range(1, 500), 8, 100, pads=False, learnt_share=1.0) for _ in range(3)}
    assert len(found) == 1
