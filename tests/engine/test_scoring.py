"""Perplexity and accuracy, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")

from backend.engine.scoring import ComputeMetrics  # noqa: E402

LABELS = torch.tensor([[-100, 1, 2], [-100, -100, 0]])


def test_uniform_logits_have_the_vocabularys_perplexity() -> None:
    scores = ComputeMetrics()((torch.zeros(2, 3, 8).numpy(), LABELS.numpy()))
    assert scores["perplexity"] == pytest.approx(8.0)


def test_full_and_reduced_logits_agree() -> None:
    logits = torch.randn(2, 3, 8, generator=torch.Generator().manual_seed(0))
    reduced = tuple(part.numpy() for part in ComputeMetrics.reduce(logits, LABELS))
    assert ComputeMetrics()((logits.numpy(), LABELS.numpy())) == pytest.approx(ComputeMetrics()((reduced, LABELS)))


def test_accuracy_counts_the_next_tokens_that_are_supervised() -> None:
    logits = torch.zeros(2, 3, 8)
    logits[0, 0, 1] = logits[0, 1, 2] = 9.0  # both right; the third supervised token stays at a wrong guess
    logits[1, 1, 5] = 9.0
    assert ComputeMetrics()((logits.numpy(), LABELS.numpy()))["token_accuracy"] == pytest.approx(2 / 3)


def test_nothing_to_score_is_not_a_number() -> None:
    scores = ComputeMetrics()((torch.zeros(1, 2, 8).numpy(), torch.full((1, 2), -100).numpy()))
    assert math.isnan(scores["perplexity"])
