"""The figures of a summary: numbers that never come without their count and, from five items on, their interval."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Figures(BaseModel):
    """Base of everything in `summary.json`: unknown fields of later versions are kept away, not guessed at."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=(), use_attribute_docstrings=True)


class Interval(Figures):
    """A 95 % interval."""

    low: float
    high: float


Method = Literal["student_t", "wilson", "clustered_t", "bootstrap", "sandwich", "none"]
"""`sandwich`: of a regression; `none`: too few values for an interval"""


class Bin(Figures):
    """Scores in [low, high); the last bin of a histogram holds its upper end too."""

    low: float
    high: float
    count: int


class Scale(Figures):
    """What a score can be, ends included."""

    low: float
    high: float


class Mean(Figures):
    """A mean over items."""

    n: int
    mean: float | None = None
    """null when n is 0"""
    sd: float | None = None
    """Sample standard deviation; null when n < 2"""
    se: float | None = None
    ci95: Interval | None = None
    """null when n < 5: too few to say"""
    method: Method = "student_t"


class Share(Figures):
    """A count out of n."""

    n: int
    count: float
    value: float | None = None
    """null when n is 0"""
    ci95: Interval | None = None
    """null when n < 5: too few to say"""
    method: Method = "wilson"


class Score(Mean):
    """The main figure of a model."""

    name: str
    """`overall` (a judge's), `weighted` (of a rubric), or the metric's name in mode `reference`"""
    scale: Scale
    median: float | None = None
    median_ci95: Interval | None = None
    """Bootstrap; null when n < 5"""
    histogram: list[Bin] = Field([])


class Bounds(Figures):
    """The mean if every unscored item had the lowest, and the highest, score: what the unscored could change."""

    low: float | None
    high: float | None


class PassRate(Share):
    """The share of scored items at or above the threshold."""

    threshold: float


class Category(Mean):
    """The main score within one category of items."""

    name: str
    n_total: int
    """Items of the category, unscored ones included"""


class Metric(Mean):
    """A metric against the references, each in [0, 1] except where `scale` says otherwise."""

    scale: Scale = Scale(low=0, high=1)
    corpus: float | None = None
    """The figure over the whole corpus where that is not the mean (BLEU, chrF)"""
    corpus_ci95: Interval | None = None
    signature: str | None = None
    """sacrebleu's signature of the figure"""


class Perplexity(Figures):
    """How surprised the model was by the references, token-weighted, loss on answer tokens only."""

    n: int
    """Items with a likelihood"""
    per_token: float
    """Per token of this model's tokenizer: comparable within one tokenizer only"""
    bits_per_byte: float
    """Comparable across tokenizers"""
    tokens: int
    bytes: int


class Length(Figures):
    """Does the judge reward long answers?"""

    n: int
    spearman: float | None = None
    """Between score and the answer's length in characters"""
    mean_characters: float | None = None


class Tokens(Figures):
    """Tokens as the server reported them."""

    prompt: int = 0
    cached: int = 0
    """Part of `prompt`"""
    completion: int = 0
    reasoning: int = 0
    """Part of `completion`"""
    unreported: int = 0
    """Answers whose usage the server did not tell: the sums miss them"""


class Cost(Figures):
    """Money for the judge."""

    value: float | None = None
    """null = unknown: no price for the model, or usage unreported; never 0 for want of a price"""
    currency: str = "USD"
    why_unknown: str | None = None
