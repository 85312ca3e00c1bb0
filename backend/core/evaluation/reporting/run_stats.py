"""The main figures of a run in words: its title, its result in a sentence, and what stands beside it."""

from __future__ import annotations

from backend.core.evaluation.comparison import Preference
from backend.core.evaluation.figures import Interval, Scale
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.summary import Summary

UNIT = Scale(low=0, high=1)

Stat = tuple[str, str, str]
"""Name, value, explanation."""


def title_of(summary: Summary) -> str:
    """The model, or the model against its baselines."""
    others = [figures.model for figures in summary.models if figures.model != summary.model]
    return f"{summary.model} against {', '.join(others)}" if others else summary.model


def headline(summary: Summary) -> str:
    """The result in a sentence."""
    score, scale = summary.score, summary.score.scale
    if score.mean is None:
        return f"None of the {summary.n_total:,} items has a score."
    where = "" if wording.is_share(scale) else f" on a scale from {scale.low:g} to {scale.high:g}"
    told = f"{summary.model} reaches {wording.score(score.mean, scale)}{where}"
    if score.ci95:
        told += f", 95 % interval {wording.interval(score.ci95, scale)}"
    return f"{told}."


def score_stats(summary: Summary) -> list[Stat]:
    """Name, value and explanation of the figures beside the main one."""
    scale, bounds = summary.score.scale, summary.bounds
    count = f"{summary.n_scored:,} of {summary.n_total:,} items"
    if summary.n_scored < summary.n_total and bounds.low is not None and bounds.high is not None:
        ends = f"{wording.score(bounds.low, scale)} or {wording.score(bounds.high, scale)}"
        count += f"; the others could move the mean to {ends}"
    stats = [("With a score", wording.percent(summary.coverage), count)]
    if (found := summary.pass_rate) and found.value != summary.score.mean:
        threshold = wording.tick(found.threshold, scale)
        stats.append((f"At least {threshold}", wording.percent(found.value), _interval_words(found.ci95, UNIT)))
    if summary.score.median is not None and not wording.is_share(scale):
        told = _interval_words(summary.score.median_ci95, scale)
        stats.append(("Median", wording.score(summary.score.median, scale), told))
    if summary.mde80:  # 0 where no score varies: then it says nothing
        told = "between two models over these items, in 80 of 100 comparisons"
        stats.append(("Smallest difference to be seen", wording.gap(summary.mde80, scale), told))
    return stats + _cost(summary)


def preference_stats(found: Preference, summary: Summary) -> list[Stat]:
    """The same for a comparison in pairs."""
    stats = [
        ("Wins, ties, losses", f"{found.wins}, {found.ties}, {found.losses}", f"of {found.b}"),
        ("Both orders agree", wording.percent(found.consistency.value), _interval_words(found.consistency.ci95, UNIT)),
    ]
    if adjusted := found.length_adjusted:
        stats.append(("At equal length", wording.percent(adjusted.value), _interval_words(adjusted.ci95, UNIT)))
    judged = wording.percent(found.n / found.n_total if found.n_total else None)
    stats.append(("With a verdict", judged, f"{found.n:,} of {found.n_total:,} items"))
    return stats + _cost(summary)


def _cost(summary: Summary) -> list[Stat]:
    if not summary.requests or summary.mock:
        return []
    told = f"{summary.requests:,} requests in {wording.duration(summary.wall_s)}"
    return [("Cost of judging", wording.money(summary.cost), told)]


def _interval_words(found: Interval | None, scale: Scale) -> str:
    return wording.interval(found, scale) if found else "too few items for an interval"
