"""`summary.json`: everything a report or the dashboard shows about a run; and `comparison.json` of two runs.

The fields of `ModelFigures` at the top level are those of the main model (`model`): with several, the last one named.
`models` holds the same figures for each; the first of them is the baseline that the others are compared with.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backend.core.evaluation.comparison import ChangedItem, Comparison, Mode, Preference, RunComparison, RunReference
from backend.core.evaluation.figures import (
    Bounds,
    Category,
    Cost,
    Figures,
    Interval,
    Length,
    Mean,
    Metric,
    PassRate,
    Perplexity,
    Score,
    Share,
    Tokens,
)
from backend.core.evaluation.rows import Answer, ResultRow, Status, Verdict

__all__ = [
    "Agreement", "Answer", "ChangedItem", "Comparison", "Health", "HumanAgreement", "Interval", "Mode", "ModelFigures",
    "Preference", "ResultRow", "RunComparison", "RunReference", "RunStatus", "Status", "Summary", "Verdict",
]  # fmt: skip

RunStatus = Literal["complete", "below_coverage", "partial", "cancelled"]


class ModelFigures(Figures):
    """The figures of one model."""

    model: str
    n_total: int
    n_scored: int
    """Items with a score: `scored`, `empty_prediction`, and duplicates of those"""
    coverage: float
    """n_scored / n_total"""
    score: Score
    bounds: Bounds
    pass_rate: PassRate | None = None
    criteria: dict[str, Mean] = Field({})
    categories: list[Category] = Field([])
    reference_metrics: dict[str, Metric] = Field({})
    perplexity: Perplexity | None = None
    length: Length | None = None
    mde80: float | None = None
    """Smallest true difference to a second model that a paired comparison over these items would show with a
    probability of 80 %: 2.8 standard errors of the paired difference (estimated from this model's own where there is
    no second one)"""
    errors: dict[str, int] = Field({})
    """Unscored items by class"""


class Agreement(Figures):
    """Do several ratings of the same item agree?"""

    between: Literal["judges", "repeats", "judges_and_repeats"]
    n: int
    """Items with at least two ratings"""
    alpha: float | None
    """Krippendorff's, ordinal: 1 = perfect, 0 = chance"""
    exact: Share
    """Items where all ratings are the same"""
    mean_spread: float | None
    """Mean standard deviation within an item"""


class HumanAgreement(Figures):
    """The judge against people's labels."""

    n: int
    n_labels: int
    """Labels in the file"""
    weighted_kappa: float | None
    """Quadratic weights"""
    spearman: float | None
    exact: Share
    within_one: Share
    mean_difference: Mean
    """judge - human"""


class Control(Figures):
    """A planted answer whose grade is known beforehand; never part of the statistics."""

    kind: Literal["reference", "unrelated", "empty_ish", "asks_for_top_score"]
    judge: str
    item_id: str
    expected: Literal["high", "low"]
    score: float | None
    """The grade; in mode `pairwise` the share of orders in which the planted answer was not beaten"""
    passed: bool | None
    """null when the judge gave no verdict"""


class Finding(Figures):
    """A conclusion about the judge that the reader must know before any figure."""

    code: Literal[
        "not_discriminating", "misses_good_answers", "obeys_the_answer", "rewards_nothing", "order_biased",
        "prefers_long", "judges_itself", "same_judge_as_writer", "controls_unscored", "few_distinct_scores",
    ]  # fmt: skip
    severity: Literal["warning", "serious"]
    sentence: str


class Health(Figures):
    """Can this judge be believed?"""

    n: int
    """Controls with a verdict"""
    passed: Share
    controls: list[Control] = Field([])
    findings: list[Finding] = Field([])


class Summary(ModelFigures):
    """`summary.json`."""

    schema_version: Literal[1] = 1
    run: str
    """The folder's name"""
    created_at: str
    """ISO 8601, UTC"""
    tag: str | None = None
    mode: Mode
    status: RunStatus
    """`below_coverage`: finished, with less scored than `min_coverage` (exit 3). `partial`: stopped, can be resumed"""
    status_detail: str = ""
    min_coverage: float = 0.95
    dataset: str | None = None
    """The file the items are from"""
    models: list[ModelFigures] = Field([])
    comparisons: list[Comparison] = Field([])
    """Every other model against the first"""
    preferences: list[Preference] = Field([])
    """Mode `pairwise`, and a comparison of models by a judge"""
    agreement: Agreement | None = None
    human: HumanAgreement | None = None
    health: Health | None = None
    """null when no judge was asked"""
    judges: list[str] = Field([])
    judge_host: str | None = None
    """Host of the judge's address"""
    rubric: str | None = None
    """The rubric's name"""
    criteria_help: dict[str, str] = Field({})
    """What each criterion asks"""
    requests: int = 0
    retries: int = 0
    tokens: Tokens = Tokens()
    cost: Cost = Cost()
    wall_s: float = 0.0
    efficiency: float | None = None
    """Sum of latencies / (concurrency x wall clock)"""
    config_hash: str = ""
    mock: bool = False
    """Scores were made up by test mode"""
    test_mode: bool = False
    warnings: list[str] = Field([])
    """For the top of the report"""

    # Under the names of the first version, and counted as then: the main model's.
    items: int = 0
    scored: int = 0
    exact_match: float | None = None
    exact_match_interval: tuple[float, float] | None = None
    token_f1: float | None = None
