"""A run's end on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from backend.core.evaluation.aggregation import Measure
from backend.core.evaluation.contrasts import METRICS_IN_WORDS, figure
from backend.core.evaluation.ending import Ended, sentences
from backend.core.evaluation.figures import Interval, Score
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.summary import ModelFigures, Summary
from backend.core.paths import shown

EXAMPLES_SHOWN = 5


def lines(ended: Ended) -> list[str]:
    """Everything a person wants to see at the end."""
    summary = ended.summary
    found = [f"! {warning}" for warning in summary.warnings]
    if summary.models[1:]:
        found += [examples(ended.rows)]
    found += [table(summary), ""]
    if summary.health:
        passed = summary.health.passed
        found += [f"! {finding.sentence}" for finding in summary.health.findings]
        if passed.n:
            found.append(f"The judge passed {passed.count:g} of {passed.n} planted checks.")
    found += [sentence for sentence in sentences(summary) if f"! {sentence}" not in found]
    found += _costs(summary)
    return [*found, "", f"Every answer and its score: {shown(ended.folder)}/results.jsonl", _report(ended)]


def _report(ended: Ended) -> str:
    return f"The report:                  {shown(ended.folder)}/report.html"


def _costs(summary: Summary) -> list[str]:
    if not summary.judges or summary.mock:
        return []
    tokens = summary.tokens
    cost = "unknown" if summary.cost.value is None else f"{summary.cost.value:.4f} {summary.cost.currency}"
    why = f" ({summary.cost.why_unknown})" if summary.cost.why_unknown else ""
    return [
        f"{summary.requests:,} requests, {tokens.prompt + tokens.completion:,} tokens, {summary.wall_s:.1f} s, "
        f"cost {cost}{why}."
    ]


def table(summary: Summary) -> str:
    """A line per model: its score with the interval, and what goes with it in this mode."""
    by_reference = summary.mode == "reference"
    name = METRICS_IN_WORDS.get(summary.score.name, summary.score.name).removeprefix("the ")
    last = "word F1" if by_reference else "passed"
    rows = [f"{'model':<24}{name:>14}{'95 % interval':>20}{last:>10}{'items':>8}{'unscored':>10}"]
    for figures in summary.models:
        rows.append(
            f"{figures.model[:23]:<24}{_value(figures.score, summary):>14}{_interval(figures.score, summary):>20}"
            f"{_last(figures, by_reference):>10}{figures.n_scored:>8}{figures.n_total - figures.n_scored:>10}"
        )
    return "\n".join(rows)


def _measure(summary: Summary) -> Measure:
    scale = summary.score.scale
    return Measure(summary.score.name, (scale.low, scale.high), None, (), 0)


def _value(score: Score, summary: Summary) -> str:
    return "–" if score.mean is None else figure(score.mean, _measure(summary))


def _interval(score: Score, summary: Summary) -> str:
    found: Interval | None = score.ci95
    if found is None:
        return "too few items"
    return f"{figure(found.low, _measure(summary))} to {figure(found.high, _measure(summary))}"


def _last(figures: ModelFigures, by_reference: bool) -> str:
    if by_reference:
        overlap = figures.reference_metrics.get("f1")
        return "–" if overlap is None or overlap.mean is None else f"{overlap.mean:.2f}"
    rate = figures.pass_rate
    return "–" if rate is None or rate.value is None else f"{rate.value:.0%}"


def examples(rows: Sequence[ResultRow]) -> str:
    """A few questions with the first and the last model's answers, spread over the run."""
    step = max(1, len(rows) // EXAMPLES_SHOWN)
    return "\n".join(
        f"{_line(row.input)}\n    before: {_line(row.others[0].prediction)}\n    after:  {_line(row.prediction)}\n"
        + (f"    right:  {_line(row.reference)}\n" if row.reference else "")
        for row in rows[::step][:EXAMPLES_SHOWN]
    )


def _line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 76 else flat[:75] + "…"
