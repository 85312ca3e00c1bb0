"""What a comparison advises."""

from __future__ import annotations

import pytest

from backend.engine.merge.comparison import PairInModule, recommend

NAMES = ("a", "b", "c")


def layer(pair: tuple[int, int], cosine: float, conflict: float = 0.5) -> PairInModule:
    return PairInModule("q_proj", pair, cosine, conflict, 0.0, 0.0)


@pytest.mark.parametrize(
    ("cosine", "method", "words"),
    [
        (-0.9, "ties_svd", "The updates oppose each other (median cosine -0.90"),
        (-0.001, "sum", "hardly touch each other (median cosine 0.00"),
        (0.3, "sum", "The updates agree in part"),
        (0.9, "sum", "--normalize"),
    ],
)
def test_two_adapters_are_judged_by_their_median_layer(cosine: float, method: str, words: str) -> None:
    recommended, reason = recommend([layer((0, 1), value) for value in (cosine, cosine, 0.0)], NAMES)
    assert recommended == method
    assert words in reason


def test_one_opposed_pair_among_many_unrelated_ones_is_named() -> None:
    pairs = [layer((0, 1), 0.01), layer((0, 2), 0.6), layer((1, 2), -0.7, 0.9)]
    recommended, reason = recommend(pairs, NAMES)
    assert recommended == "ties_svd"
    assert reason.startswith("b and c oppose each other (median cosine -0.70, signs differ on 90%)")


def test_without_an_opposed_pair_the_most_alike_one_is_named() -> None:
    assert recommend([layer((0, 1), 0.0), layer((0, 2), 0.3), layer((1, 2), 0.0)], NAMES)[1].startswith(
        "a and c agree"
    )


def test_one_adapter_is_rescaled() -> None:
    assert recommend([], ["a"])[0] == "sum"
