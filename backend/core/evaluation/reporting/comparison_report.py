"""What the report of two runs shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.core.evaluation.comparison import RunComparison, RunReference
from backend.core.evaluation.figures import Bin, Scale
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.axis import Axis, round_step
from backend.core.evaluation.reporting.method import PAIRED
from backend.core.evaluation.reporting.notes import comparison_notes
from backend.core.evaluation.reporting.plots import forest, histogram
from backend.core.evaluation.reporting.run_plots import RunPlot, forest_row
from backend.core.evaluation.reporting.run_report import MODE_WORDS, category_difference_axis, category_differences

VERDICT_WORDS = {
    "better": ("candidate better", "good"),
    "worse": ("candidate worse", "bad"),
    "no_difference_shown": ("no difference shown", ""),
    "too_few": ("too few items", "warn"),
}
MOST = 10
BINS = 12
FEWEST_CHANGES = 4
"""Of different changes; better, the same and worse are told by a bar."""


def comparison_context(comparison: RunComparison, plots: Sequence[RunPlot]) -> dict[str, Any]:
    """Everything the templates of a comparison ask for, but the items of its page."""
    found = comparison.comparison
    changes = [item.change for item in comparison.items if item.change is not None]
    a_name, b_name = side_names(comparison)
    scale = Scale(low=comparison.scale[0], high=comparison.scale[1])
    ends = [found.difference.mean, *_interval(found.difference.ci95)]
    words, kind = VERDICT_WORDS[found.verdict]
    return {
        "c": comparison,
        "title": f"{b_name} against {a_name}",
        "a_name": a_name,
        "b_name": b_name,
        "scale": scale,
        "difference_axis": Axis.about(0, ends, most=scale.high - scale.low),
        "category_axis": category_difference_axis(found, scale),
        "category_differences": category_differences(found),
        "better": sum(change > 0 for change in changes),
        "worse": sum(change < 0 for change in changes),
        "same": sum(change == 0 for change in changes),
        "verdict_words": words,
        "verdict_kind": kind,
        "notes_list": comparison_notes(comparison),
        "facts": facts(comparison),
        "contents": [("result", "Result"), ("changes", "Changes"), ("items", "Items"), ("runs", "The two runs")],
        "plots": [plot for plot in plots if plot.in_page],
        "plot_files": [plot.name for plot in plots],
        "most": [item for item in comparison.items if item.change][:MOST],
        "method": [PAIRED, "Items for which one of the runs has no score are left out of every figure, and counted."],
    }


def side_names(comparison: RunComparison) -> tuple[str, str]:
    """The models' names where they differ, else the runs'."""
    a, b = comparison.a, comparison.b
    return (a.model, b.model) if a.model != b.model else (a.run, b.run)


def facts(comparison: RunComparison) -> list[tuple[str, str, str]]:
    """Name, baseline's and candidate's, of what the two runs were."""
    sides = (comparison.a, comparison.b)
    rows = [
        ("Model", *(side.model for side in sides)),
        ("Run", *(side.run for side in sides)),
        ("Made", *(wording.moment(side.created_at) for side in sides)),
        ("Scored", *(MODE_WORDS[side.mode] for side in sides)),
        ("Judge", *(_judges(side) for side in sides)),
        ("Only in this run", f"{comparison.only_in_a:,} items", f"{comparison.only_in_b:,} items"),
        ("Answered alike in both", f"{comparison.same_predictions:,} items", f"{comparison.same_predictions:,} items"),
    ]
    return [(row[0], row[1], row[2]) for row in rows]


def comparison_plots(comparison: RunComparison) -> list[RunPlot]:
    """How the changes are spread, and the categories."""
    scale = Scale(low=comparison.scale[0], high=comparison.scale[1])
    changes = [item.change for item in comparison.items if item.change is not None]
    plots = []
    if len(set(changes)) >= FEWEST_CHANGES:
        mean = comparison.comparison.difference.mean
        name = "change in points" if wording.is_share(scale) else "change"
        picture = histogram(bins_of(changes), scale, mean, name, signed=True)
        plots.append(
            RunPlot("changes", "How the changes are spread", "Items by change; the dashed line is the mean.", picture)
        )
    if categories := comparison.comparison.categories:
        rows = [forest_row(found.name, found, _signed(found.mean, scale)) for found in categories]
        title = "Difference by category with 95 % intervals"
        axis = category_difference_axis(comparison.comparison, scale)
        picture = forest(rows, axis, lambda value: wording.tick(value, scale, signed=True), title, mark=0)
        plots.append(RunPlot("categories", title, "", picture, in_page=False))
    return plots


def bins_of(changes: Sequence[float]) -> list[Bin]:
    """About a dozen bins of equal, round width, with no change in the middle of one."""
    reach = max(abs(change) for change in changes)
    width = round_step(2 * reach / BINS)
    half = int(reach / width + 0.5)
    counts = dict.fromkeys(range(-half, half + 1), 0)
    for change in changes:
        counts[max(-half, min(half, round(change / width)))] += 1
    return [Bin(low=(place - 0.5) * width, high=(place + 0.5) * width, count=count) for place, count in counts.items()]


def _signed(value: float | None, scale: Scale) -> str:
    return wording.score(value, scale, signed=True)


def _interval(found: Any) -> tuple[float, ...]:
    return (found.low, found.high) if found else ()


def _judges(side: RunReference) -> str:
    return ", ".join(side.judges) or "none"
