"""The figures of one model: means with intervals over what was scored, and bounds for what was not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from backend.core import metrics
from backend.core.evaluation.estimates import histogram, interval_of, mean_fields, mean_of, metric_of, share_of
from backend.core.evaluation.figures import (
    Bounds,
    Category,
    Interval,
    Length,
    Mean,
    Metric,
    PassRate,
    Perplexity,
    Scale,
    Score,
)
from backend.core.evaluation.items import Question
from backend.core.evaluation.rows import Answer
from backend.core.evaluation.summary import ModelFigures
from backend.core.statistics import median_interval, smallest_detectable, spearman


@dataclass(frozen=True)
class Measure:
    """What a score is in this run.

    Args:
        name: of the score.
        scale: lowest and highest.
        threshold: scores at or above it pass; None = nobody said.
        criteria: names of the judge's criteria.
        seed: of bootstrap intervals.
    """

    name: str
    scale: tuple[float, float]
    threshold: float | None
    criteria: tuple[str, ...]
    seed: int


def figures_of(model: str, answers: Sequence[Answer], questions: Sequence[Question], measure: Measure) -> ModelFigures:
    """All figures of one model.

    Args:
        answers: one per question, in their order.
    """
    groups = clusters_of(questions)
    scored = [at for at, answer in enumerate(answers) if answer.score is not None]
    values = [value for answer in answers if (value := answer.score) is not None]
    score = score_of(values, measure, [groups[at] for at in scored] if groups else None)
    return ModelFigures(
        model=model,
        n_total=len(answers),
        n_scored=len(values),
        coverage=len(values) / len(answers),
        score=score,
        bounds=_bounds(values, len(answers), measure),
        pass_rate=_pass_rate(values, measure.threshold),
        criteria=_criteria(answers, measure),
        categories=_categories(answers, questions, measure.scale),
        reference_metrics=_metrics(answers, questions, groups, measure.seed),
        perplexity=_perplexity(answers),
        length=_length(answers),
        mde80=smallest_detectable(score.se) if score.se is not None else None,
        errors=dict(sorted(Counter(_error(answer) for answer in answers if answer.score is None).items())),
    )


def _error(answer: Answer) -> str:
    return answer.error_class or ("no_reference" if answer.status == "no_reference" else "unknown")


def clusters_of(questions: Sequence[Question]) -> list[Hashable] | None:
    """The group of each item: by `source`, else by `category`; an item of none is its own. None = no groups."""
    by_source = any(question.source for question in questions)
    labels = [question.source if by_source else question.category for question in questions]
    if not any(labels):
        return None
    return [label or ("item", question.item_id) for label, question in zip(labels, questions, strict=True)]


def score_of(values: Sequence[float], measure: Measure, groups: Sequence[Hashable] | None) -> Score:
    """The main figure."""
    low, high = measure.scale
    median = median_interval(values, measure.seed)
    return Score(
        **mean_fields(values, groups, measure.scale),
        name=measure.name,
        scale=Scale(low=low, high=high),
        median=median.value,
        median_ci95=interval_of(median),
        histogram=histogram(values, low, high),
    )


def _bounds(values: Sequence[float], total: int, measure: Measure) -> Bounds:
    missing, known = total - len(values), math.fsum(values)
    low, high = measure.scale
    return Bounds(low=(known + missing * low) / total, high=(known + missing * high) / total)


def _pass_rate(values: Sequence[float], threshold: float | None) -> PassRate | None:
    if threshold is None:
        return None
    share = share_of(sum(value >= threshold for value in values), len(values))
    return PassRate(**share.model_dump(), threshold=threshold)


def _criteria(answers: Sequence[Answer], measure: Measure) -> dict[str, Mean]:
    found = {}
    for name in measure.criteria:
        grades = [answer.criteria.get(name) for answer in answers]
        found[name] = mean_of([grade for grade in grades if grade is not None])
    return found


def _categories(
    answers: Sequence[Answer], questions: Sequence[Question], scale: tuple[float, float]
) -> list[Category]:
    names = sorted({question.category for question in questions if question.category})
    found = []
    for name in names:
        members = [answer for answer, q in zip(answers, questions, strict=True) if q.category == name]
        values = [answer.score for answer in members if answer.score is not None]
        found.append(Category(**mean_fields(values, scale=scale), name=name, n_total=len(members)))
    return found


def _metrics(
    answers: Sequence[Answer], questions: Sequence[Question], groups: Sequence[Hashable] | None, seed: int
) -> dict[str, Metric]:
    """Every metric against the references, over the items that have one; corpus figures where they differ."""
    with_reference = [at for at, question in enumerate(questions) if question.reference is not None]
    if not with_reference:
        return {}
    references = [str(questions[at].reference) for at in with_reference]
    clusters = [groups[at] for at in with_reference] if groups else None
    found = {
        name: metric_of([answers[at].reference_metrics[name] for at in with_reference], scale, clusters)
        for name, scale in metrics.SCALES.items()
        if all(name in answers[at].reference_metrics for at in with_reference)
    }
    corpus = metrics.Corpus(metrics.tokenizer_for(references), seed)
    for at, reference in zip(with_reference, references, strict=True):
        corpus.add(answers[at].prediction, reference)
    for name, figure in corpus.figures().items() if found else ():
        interval = None
        if figure.low is not None and figure.high is not None:
            interval = Interval(low=figure.low, high=figure.high)
        found[name] = found[name].model_copy(
            update={"corpus": figure.score, "corpus_ci95": interval, "signature": figure.signature}
        )
    return found


def _perplexity(answers: Sequence[Answer]) -> Perplexity | None:
    known = [answer.likelihood for answer in answers if answer.likelihood is not None]
    tokens, size = sum(found.tokens for found in known), sum(found.bytes for found in known)
    if not tokens or not size:
        return None
    nll = math.fsum(found.nll for found in known)
    return Perplexity(
        n=len(known),
        per_token=math.exp(min(nll / tokens, 700.0)),
        bits_per_byte=nll / math.log(2) / size,
        tokens=tokens,
        bytes=size,
    )


def _length(answers: Sequence[Answer]) -> Length:
    scored = [answer for answer in answers if answer.status == "scored" and answer.score is not None]
    sizes = [float(len(answer.prediction)) for answer in scored]
    scores = [answer.score for answer in scored if answer.score is not None]
    return Length(
        n=len(scored),
        spearman=spearman(scores, sizes).rho,
        mean_characters=math.fsum(sizes) / len(sizes) if sizes else None,
    )
