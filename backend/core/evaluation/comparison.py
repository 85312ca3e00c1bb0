"""Two models compared on the same items, by score or by preference; and two runs (`comparison.json`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backend.core.evaluation.figures import Figures, Mean, Share

Mode = Literal["reference", "single", "rubric", "pairwise"]


class McNemar(Figures):
    """Pass or fail, paired: how many only one of the two passes."""

    only_a: int
    only_b: int
    p_value: float | None


class CategoryDifference(Mean):
    """b - a within a category."""

    name: str
    p_value: float | None = None
    p_holm: float | None = None
    """Corrected for the number of categories"""


class Comparison(Figures):
    """Model b (candidate) against model a (baseline) on the items that both have a score for."""

    a: str
    b: str
    metric: str
    """The name of the main score"""
    mean_a: float | None
    mean_b: float | None
    """Over the paired items only"""
    n_unpaired: int
    """Items left out since one of the two has no score"""
    difference: Mean
    """b - a, paired by item"""
    p_t: float | None = None
    p_permutation: float | None = None
    """Sign-flip permutation"""
    mcnemar: McNemar | None = None
    categories: list[CategoryDifference] = Field([])
    metrics: dict[str, Mean] = Field({})
    """b - a of every metric against the references"""
    mde80: float | None = None
    verdict: Literal["better", "worse", "no_difference_shown", "too_few"]
    """b against a: the interval is above 0, below 0, holds 0, or there is none"""
    sentence: str
    """The same for people, with the figures"""


class WinRate(Share):
    """Wins of b with ties as halves; interval by bootstrap over the items."""


class Preference(Figures):
    """Pairwise: b (candidate) against a (baseline)."""

    a: str
    b: str
    n: int
    """Items with a verdict"""
    n_total: int
    wins: int
    ties: int
    losses: int
    win_rate: WinRate
    length_adjusted: WinRate | None = None
    """Win rate at equal length (ridge logistic regression); from 100 pairs on"""
    consistency: Share
    """Items where both orders gave the same verdict"""
    first_slot: Share
    """How often the answer shown first won, of the verdicts that were no tie: 0.5 = no bias"""
    errors: dict[str, int] = Field({})
    verdict: Literal["better", "worse", "no_difference_shown", "too_few"]
    sentence: str


class RunReference(Figures):
    """One side of a comparison of runs."""

    run: str
    model: str
    mode: Mode
    created_at: str
    tag: str | None = None
    judges: list[str] = Field([])
    mock: bool = False


class ChangedItem(Figures):
    """An item of two runs."""

    item_id: str
    index: int
    input: str
    reference: str | None = None
    category: str | None = None
    prediction_a: str
    prediction_b: str
    score_a: float | None
    score_b: float | None
    change: float | None


class RunComparison(Figures):
    """`comparison.json`: two runs on the same items."""

    schema_version: Literal[1] = 1
    created_at: str
    a: RunReference
    b: RunReference
    scale: tuple[float, float]
    comparison: Comparison
    matched_by: Literal["id", "input"]
    only_in_a: int
    only_in_b: int
    same_predictions: int
    """Items answered alike in both: a difference of their scores is the judge's"""
    items: list[ChangedItem]
    """Largest change first, unscored last"""
    warnings: list[str] = Field([])
