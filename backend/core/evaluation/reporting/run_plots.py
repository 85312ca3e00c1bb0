"""The plots of a run: its scores, its criteria and categories, and what the scores go with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from backend.core.evaluation.figures import Mean, Scale, Score
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis
from backend.core.evaluation.reporting.plots import ForestRow, Side, forest, histogram, scatter
from backend.core.evaluation.reporting.rows import Entry
from backend.core.evaluation.summary import Summary
from backend.core.statistics import spearman

FEWEST_POINTS = 5
FEWEST_SCORES = 3
"""Of different scores; two of them make two lines of points."""
SPREAD = "histogram"
"""The plot that stands beside the main figure."""


@dataclass(frozen=True)
class RunPlot:
    """A plot of a report.

    Args:
        name: of its file, without the ending.
        title, help: what it shows, and how to read it.
        picture: the drawing.
        in_page: whether the page shows the drawing; else a table there says the same, and better.
    """

    name: str
    title: str
    help: str
    picture: Markup
    in_page: bool = True


def run_plots(summary: Summary, entries: Sequence[Entry]) -> list[RunPlot]:
    """Every plot that this run has the figures for."""
    scale = summary.score.scale
    plots = []
    # Right or wrong is told by two numbers.
    if summary.score.histogram and not outcomes_of(entries, summary.score):
        picture = histogram(summary.score.histogram, scale, summary.score.mean)
        plots.append(
            RunPlot(SPREAD, "How the scores are spread", "Items by score; the dashed line is the mean.", picture)
        )
    for name, named in (
        ("criteria", summary.criteria),
        ("categories", {found.name: found for found in summary.categories}),
    ):
        if any(mean.n for mean in named.values()):
            title = f"{name.capitalize()} with 95 % intervals"
            plots.append(RunPlot(name, title, "", forest(*_forest(dict(named), scale), title), in_page=False))
    plots += _against(
        entries, scale, "length", "Score and length", "characters in the answer", lambda entry: float(entry.length)
    )
    if summary.score.name not in ("rouge_l",):
        plots += _against(
            entries, scale, "rouge_l", "Score and overlap", "ROUGE-L with the reference", lambda entry: entry.rouge_l
        )
    return plots


@dataclass(frozen=True)
class Outcomes:
    """Items with a score of 1 and of 0, and what to call them."""

    hits: int
    misses: int
    title: str
    hit: str
    miss: str


def outcomes_of(entries: Sequence[Entry], score: Score) -> Outcomes | None:
    """How many have all and how many nothing, where that is all that the scores say."""
    scores = [entry.score for entry in entries if entry.score is not None]
    if not wording.is_share(score.scale) or not scores or not set(scores) <= {0, 1}:
        return None
    names = ("Exact or not", "exact", "not exact") if score.name == "em" else ("Right or wrong", "right", "wrong")
    hits = sum(found == 1 for found in scores)
    return Outcomes(hits, len(scores) - hits, *names)


def forest_row(name: str, mean: Mean, told: str) -> ForestRow:
    """A mean as a row of a forest plot."""
    low, high = (mean.ci95.low, mean.ci95.high) if mean.ci95 else (None, None)
    return ForestRow(name, mean.mean, low, high, told, mean.n)


def _forest(named: dict[str, Mean], scale: Scale) -> tuple[list[ForestRow], Axis, Callable[[float], str]]:
    rows = [forest_row(wording.words(name), mean, wording.score(mean.mean, scale)) for name, mean in named.items()]
    axis = Axis.around([end for row in rows for end in (row.value, row.low, row.high)], within=(scale.low, scale.high))
    return rows, axis, lambda value: wording.tick(value, scale)


def _against(
    entries: Sequence[Entry], scale: Scale, name: str, title: str, what: str, of: Callable[[Entry], float | None]
) -> list[RunPlot]:
    """The scores against something else; nothing where one of the two does not vary."""
    points = [(x, entry.score) for entry in entries if entry.score is not None and (x := of(entry)) is not None]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    found = spearman(xs, ys)
    if len(points) < FEWEST_POINTS or found.rho is None or len(set(ys)) < FEWEST_SCORES:
        return []
    rho = f"Spearman's rho {wording.coefficient(found.rho)} ({wording.p_value(found.p)})"
    told = f"A point per item. {rho}: {_strength(found.rho)}."
    across = Side(Axis.around(xs, within=(0.0, 1.0) if name == "rouge_l" else None), what, "{:,g}".format)
    up = Side(Axis.around(ys, within=(scale.low, scale.high)), "score", lambda value: wording.tick(value, scale))
    picture = scatter(points, across, up, found.rho)
    return [RunPlot(f"score_{name}", title, told, picture)]


def _strength(rho: float) -> str:
    size = abs(rho)
    if size < 0.1:
        return "no connection"
    return f"{'weak' if size < 0.3 else 'clear' if size < 0.6 else 'strong'}, {'rising' if rho > 0 else 'falling'}"
