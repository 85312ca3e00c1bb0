"""What the report of a run shows, worked out from its summary and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.evaluation.comparison import Comparison
from backend.core.evaluation.figures import Mean, Scale
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.method import METHOD_WORDS, method_of
from backend.core.evaluation.reporting.notes import notes_of
from backend.core.evaluation.reporting.run_plots import SPREAD, RunPlot
from backend.core.evaluation.reporting.run_stats import UNIT, headline, preference_stats, score_stats, title_of
from backend.core.evaluation.summary import Control, Summary
from backend.core.metrics import SCALES

SCORES_TOLD = 12

MODE_WORDS = {
    "reference": "Scored against the references",
    "single": "Each answer graded by a judge",
    "rubric": "Each answer graded by a rubric",
    "pairwise": "Answers compared in pairs by a judge",
}
METRIC_NAMES = {"em": "Exact match", "f1": "Word F1", "rouge_l": "ROUGE-L", "chrf": "chrF", "bleu": "BLEU"}
SCORE_NAMES = {"overall": "Overall score", "weighted": "Weighted score", **METRIC_NAMES, "exact_match": "Exact match"}
CONTROL_NAMES = {
    "reference": "The reference itself",
    "unrelated": "An answer to another question",
    "empty_ish": "An answer that says nothing",
    "asks_for_top_score": "An answer that asks for the top score",
}


@dataclass(frozen=True)
class FigureRow:
    """A row of a table of figures; `other` draws it as a baseline, `of` counts unscored items in."""

    name: str
    mean: Mean
    help: str = ""
    other: bool = False
    of: int | None = None
    p: float | None = None


@dataclass(frozen=True)
class ControlGroup:
    """The planted answers of one kind; `judge` only where there are several."""

    kind: str
    judge: str
    expected: str
    n: int
    passed: int
    silent: int
    scores: str


def run_context(summary: Summary, plots: Sequence[RunPlot]) -> dict[str, Any]:
    """Everything the templates of a run ask for, but its items."""
    pairwise = summary.preferences[-1] if summary.mode == "pairwise" and summary.preferences else None
    return {
        "s": summary,
        "title": title_of(summary),
        "headline": headline(summary),
        "status_kind": "good" if summary.status == "complete" else "bad",
        "score_name": SCORE_NAMES.get(summary.score.name, wording.words(summary.score.name).capitalize()),
        "score_stats": score_stats(summary),
        "preference": pairwise,
        "preference_stats": preference_stats(pairwise, summary) if pairwise else [],
        "notes_list": notes_of(summary),
        "metrics": sorted(summary.reference_metrics.items(), key=lambda named: _place(named[0])),
        "controls": control_groups(summary),
        "errors": sorted(summary.errors.items(), key=lambda error: -error[1]),
        "spread": next((plot for plot in plots if plot.name == SPREAD), None),
        "plots": [plot for plot in plots if plot.in_page and plot.name != SPREAD],
        "plot_files": [plot.name for plot in plots],
        "method": method_of(summary),
        "contents": contents(summary, plots),
        "show_models": _shows_models(summary),
        "show_scores": _shows_scores(summary, plots),
        **_tables(summary),
        **_names(summary),
    }


def contents(summary: Summary, plots: Sequence[RunPlot]) -> list[tuple[str, str]]:
    """Places in the page and their names, for those that this run has."""
    places = [
        ("result", "Result", True),
        ("models", "Models", _shows_models(summary)),
        ("preferences", "Preferences", bool(summary.preferences)),
        ("scores", "Scores", _shows_scores(summary, plots)),
        ("references", "References", bool(summary.reference_metrics or summary.perplexity)),
        ("judge", "Judge", bool(summary.health or summary.agreement or summary.human)),
        ("items", "Items", True),
        ("run", "The run", True),
    ]
    return [(place, name) for place, name, there in places if there]


def _shows_models(summary: Summary) -> bool:
    scored = any(figures.score.mean is not None for figures in summary.models)
    # Of two models, the one's share of the preferences is all that the other's leaves.
    told_already = summary.mode == "pairwise" and len(summary.models) == 2
    return len(summary.models) > 1 and bool(summary.comparisons or (scored and not told_already))


def _shows_scores(summary: Summary, plots: Sequence[RunPlot]) -> bool:
    beside = [plot for plot in plots if plot.in_page and plot.name != SPREAD]
    return bool(beside) or any(found.n for found in (*summary.criteria.values(), *summary.categories))


def _tables(summary: Summary) -> dict[str, Any]:
    """The tables of figures, each with its axis."""
    scale = summary.score.scale
    models = summary.models or [summary]
    help_of = summary.criteria_help
    tables = {
        "model": [
            FigureRow(found.model, found.score, other=place == 0 and len(models) > 1, of=found.n_total)
            for place, found in enumerate(models)
        ],
        "criterion": [
            FigureRow(wording.words(name), mean, help_of.get(name, ""))
            for name, mean in summary.criteria.items()
            if mean.n
        ],
        "category": [FigureRow(found.name, found, of=found.n_total) for found in summary.categories if found.n],
    }
    context: dict[str, Any] = {f"{name}_rows": rows for name, rows in tables.items()}
    for name, rows in tables.items():
        ends = [end for row in rows for end in _ends(row.mean)]
        context[f"{name}_axis"] = Axis.around(ends, within=(scale.low, scale.high))
    differences = [end for found in summary.comparisons for end in _ends(found.difference)]
    axis = Axis.about(0, differences, most=scale.high - scale.low)
    return context | {"models": models, "difference_axis": axis}


def _names(summary: Summary) -> dict[str, Any]:
    """Scales, words for names of the data format, and what templates call."""
    scale = summary.score.scale
    return {
        "scale": scale,
        "scale_axis": Axis(scale.low, scale.high),
        "unit": UNIT,
        "unit_axis": Axis(0, 1),
        "metric_names": METRIC_NAMES,
        "method_words": METHOD_WORDS,
        "mode_words": MODE_WORDS[summary.mode],
        "control_names": CONTROL_NAMES,
        "category_differences": category_differences,
        "category_difference_axis": category_difference_axis,
        "metric_scale": metric_scale,
    }


def control_groups(summary: Summary) -> list[ControlGroup]:
    """The planted answers by kind and judge, in the order in which they are explained."""
    controls = summary.health.controls if summary.health else []
    judges = sorted({control.judge for control in controls})
    scale = UNIT if summary.mode == "pairwise" else summary.score.scale
    groups = [
        (kind, judge, [control for control in controls if (control.kind, control.judge) == (kind, judge)])
        for kind in CONTROL_NAMES
        for judge in judges
    ]
    several = len(judges) > 1
    return [
        _control_group(kind, judge if several else "", planted, scale) for kind, judge, planted in groups if planted
    ]


def _control_group(kind: str, judge: str, planted: Sequence[Control], scale: Scale) -> ControlGroup:
    judged = [control for control in planted if control.passed is not None]
    scores = sorted(control.score for control in judged if control.score is not None)
    told = ", ".join(wording.tick(score, scale) for score in scores[:SCORES_TOLD]) or wording.NONE
    return ControlGroup(
        kind=kind,
        judge=judge,
        expected=planted[0].expected,
        n=len(judged),
        passed=sum(bool(control.passed) for control in judged),
        silent=len(planted) - len(judged),
        scores=told + (", …" if len(scores) > SCORES_TOLD else ""),
    )


def category_differences(found: Comparison) -> list[FigureRow]:
    """Rows of a comparison's categories."""
    return [FigureRow(category.name, category, p=category.p_holm) for category in found.categories]


def category_difference_axis(found: Comparison, scale: Scale) -> Axis:
    """Their axis, with no difference in the middle."""
    ends = [end for category in found.categories for end in _ends(category)]
    return Axis.about(0, ends, most=scale.high - scale.low)


def metric_scale(name: str) -> Scale:
    """The scale of a metric against the references."""
    low, high = SCALES.get(name, (0.0, 1.0))
    return Scale(low=low, high=high)


def _place(metric: str) -> int:
    return list(SCALES).index(metric) if metric in SCALES else len(SCALES)


def _ends(mean: Mean) -> list[float | None]:
    return [mean.mean, *((mean.ci95.low, mean.ci95.high) if mean.ci95 else ())]
