"""A row of `results.jsonl`: one item, what every model answered, and what became of its judgement."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backend.core.evaluation.figures import Figures

Status = Literal["scored", "unscored", "empty_prediction", "duplicate_of", "no_reference"]
"""`scored`: a score by judge or metric. `empty_prediction`: nothing was answered, so the lowest score, decided here.
`duplicate_of`: same question and same answer as an earlier item, whose score (or lack of one) it has. `unscored`: the
judge gave no usable verdict; `score` is null. `no_reference`: mode `reference` has nothing to compare with; null."""

Verdict = Literal["win", "tie", "loss"]
"""Seen from the candidate against the baseline."""


class JudgeUsage(Figures):
    """Tokens of an item's judgements; null where the server did not say."""

    prompt: int | None = None
    cached: int | None = None
    completion: int | None = None
    reasoning: int | None = None


class Judge(Figures):
    """Who judged, and how often."""

    model: str
    """Several judges: their names with commas between"""
    mode: str
    repeats: int


class Rating(Figures):
    """One judge's answer to one item, one time."""

    judge: str
    repeat: int
    score: float | None
    criteria: dict[str, float | None] = Field({})
    rationale: str = ""
    error_class: str | None = None


class Likelihood(Figures):
    """How likely the model finds the reference."""

    nll: float
    """Sum over the answer's tokens, in nats"""
    tokens: int
    bytes: int


class Slot(Figures):
    """One order of a pairwise question."""

    judge: str
    repeat: int
    first: str
    """The model whose answer was shown first"""
    winner: str | None
    """The model preferred; `tie`; null when unscored"""
    rationale: str = ""
    error_class: str | None = None


class PairVerdict(Figures):
    """Candidate against baseline on this item, asked in both orders."""

    baseline: str
    candidate: str
    status: Status
    verdict: Verdict | None
    consistent: bool | None
    """Both orders agree; null when one of them is unscored. Disagreement counts as a tie"""
    slots: list[Slot] = Field([])


class Answer(Figures):
    """What one model answered, and how it was scored."""

    model: str
    prediction: str
    status: Status
    duplicate_of: str | None = None
    """item_id of the earlier item"""
    score: float | None = None
    criteria: dict[str, float | None] = Field({})
    rationale: str = ""
    judge: Judge | None = None
    spread: float | None = None
    """Standard deviation of the ratings of this item, with several judges or repeats"""
    ratings: list[Rating] = Field([])
    """Each rating, when there are several"""
    reference_metrics: dict[str, float] = Field({})
    likelihood: Likelihood | None = None
    usage: JudgeUsage | None = None
    cost: float | None = None
    latency_s: float | None = None
    attempts: int = 0
    flags: list[str] = Field([])
    """length_outlier, judge_inconsistent, repaired, downgraded, ..."""
    error_class: str | None = None
    """Why it is unscored: refusal, truncated, invalid_output, timeout, ..."""
    error_detail: str | None = None


class ResultRow(Answer):
    """One line of `results.jsonl`, in input order. The fields of `Answer` are the main model's (`summary.model`)."""

    item_id: str
    index: int
    input: str
    reference: str | None = None
    category: str | None = None
    source: str | None = None
    verdict: Verdict | None = None
    """Main model against the baseline in mode `pairwise`"""
    change: float | None = None
    """Main model's score less the baseline's"""
    others: list[Answer] = Field([])
    """The other models' answers, the baseline first"""
    pairs: list[PairVerdict] = Field([])
    """One per candidate that was paired with the baseline"""
