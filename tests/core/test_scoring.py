"""Scores and duplicates, checked against values worked out by hand."""

from __future__ import annotations

import pytest

from backend.core.duplicates import exact_duplicates, near_duplicates, shared
from backend.core.scoring import exact_match, token_f1, wilson_interval


@pytest.mark.parametrize(
    ("prediction", "reference", "score"),
    [
        ("The newton.", "the Newton", 1.0),
        ("9.81 m/s", "9.81 m/s", 1.0),
        ("9.81", "9.8", 0.0),
        ("newton metre", "metre newton", 0.0),
        ("ﬁeld", "field", 1.0),
        ("", "x", 0.0),
    ],
)
def test_exact_match_ignores_case_and_punctuation_only(prediction: str, reference: str, score: float) -> None:
    assert exact_match(prediction, reference) == score


def test_token_f1_is_the_harmonic_mean() -> None:
    assert token_f1("the unit is newton", "newton") == pytest.approx(2 * (1 / 4) * 1 / (1 / 4 + 1))
    assert token_f1("", "") == 1.0
    assert token_f1("a", "") == 0.0


def test_the_wilson_interval_agrees_with_published_values() -> None:
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, table I
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_duplicates_are_found_word_for_word_and_nearly() -> None:
    long = "the quick brown fox jumps over the lazy dog and runs far away into the deep dark forest at night"
    texts = ["A b, c!", "a B c", long, long.replace("night", "dawn"), "nothing like the others at all here"]
    assert exact_duplicates(texts) == [[0, 1]]
    assert [(left, right) for left, right, _ in near_duplicates(texts)] == [(2, 3)]
    assert shared(["What is mass?"], ["what is MASS", "what is force"]) == [0]
