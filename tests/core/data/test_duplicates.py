"""Duplicates, word for word and nearly."""

from __future__ import annotations

from backend.core.data.duplicates import exact_duplicates, near_duplicates, shared


def test_duplicates_are_found_word_for_word_and_nearly() -> None:
    long = "the quick brown fox jumps over the lazy dog and runs far away into the deep dark forest at night"
    texts = ["A b, c!", "a B c", long, long.replace("night", "dawn"), "nothing like the others at all here"]
    assert exact_duplicates(texts) == [[0, 1]]
    assert [(left, right) for left, right, _ in near_duplicates(texts)] == [(2, 3)]
    assert shared(["What is mass?"], ["what is MASS", "what is force"]) == [0]
