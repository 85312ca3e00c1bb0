"""The files of a report, written from the files of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from backend.core.errors import InvalidInput
from backend.core.evaluation.comparison import RunComparison
from backend.core.evaluation.figures import Scale
from backend.core.evaluation.reporting import wording
from backend.core.evaluation.reporting.comparison_report import comparison_context, comparison_plots, side_names
from backend.core.evaluation.reporting.drawing import standalone
from backend.core.evaluation.reporting.items import changed_item_of, item_of
from backend.core.evaluation.reporting.pages import markdown_file, page
from backend.core.evaluation.reporting.rows import ITEMS, Entry, chosen, index_of, read_rows, rows_at
from backend.core.evaluation.reporting.run_plots import RunPlot, outcomes_of, run_plots
from backend.core.evaluation.reporting.run_report import run_context
from backend.core.evaluation.reporting.spreadsheet import (
    COMPARISON_COLUMNS,
    cells_of,
    columns_of,
    comparison_cells,
    write_cells,
)
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.summary import Summary
from backend.core.paths import shown
from backend.core.storage.files import explained_errors, write_atomically

LOWEST = 10
"""Items in report.md, where all would be too many to read."""

Model = TypeVar("Model", bound=BaseModel)


def write_reports(folder: Path) -> None:
    """Write a run's report.html, report.md, results.csv and plots/*.svg."""
    summary = _read(folder / "summary.json", Summary)
    results = folder / "results.jsonl"
    entries = index_of(results)
    plots = run_plots(summary, entries)
    _write_plots(folder, plots)
    context = run_context(summary, plots)
    rows = list(rows_at(results, chosen(entries)))
    categories = sorted({found.name for found in summary.categories} or {row.category for row in rows if row.category})
    flags = {
        "any_score": any(entry.score is not None for entry in entries),
        "any_change": any(entry.change for entry in entries),
    }
    context["outcomes"] = outcomes_of(entries, summary.score)
    context |= {"total": len(entries), "shown": len(rows), "categories": categories, **flags}
    data = _data([item_of(row, summary.model) for row in rows], summary.score.scale, categories, "all", **flags)
    _write(folder / "report.html", page("report.html.jinja", context, data))
    del rows, data
    _write(folder / "report.md", markdown_file("report.md.jinja", context | _lowest(results, entries)))
    write_cells(folder / "results.csv", columns_of(summary), (cells_of(row) for _, row in read_rows(results)))


def write_comparison(folder: Path) -> None:
    """Write a comparison's report.html, report.md, items.csv and plots/*.svg."""
    comparison = _read(folder / "comparison.json", RunComparison)
    plots = comparison_plots(comparison)
    _write_plots(folder, plots)
    context = comparison_context(comparison, plots)
    items = comparison.items[:ITEMS]
    categories = sorted({item.category for item in comparison.items if item.category})
    context |= {"shown": len(items), "categories": categories}
    sides = side_names(comparison)
    data = _data(
        [changed_item_of(item, *sides) for item in items], context["scale"], categories, "changed",
        any_score=True, any_change=True,
    )  # fmt: skip
    _write(folder / "report.html", page("comparison.html.jinja", context, data))
    _write(folder / "report.md", markdown_file("comparison.md.jinja", context))
    write_cells(folder / "items.csv", COMPARISON_COLUMNS, comparison_cells(comparison))


def _data(
    items: list[dict[str, Any]], scale: Scale, categories: list[str], start: str, *, any_score: bool, any_change: bool
) -> dict[str, Any]:
    """What the page's script needs to know."""
    return {
        "items": items,
        "share": wording.is_share(scale),
        "digits": 1 if scale.high - scale.low >= 50 else 2,
        "categories": categories,
        "scored": any_score,
        "changes": any_change,
        "start": start,
    }


def _lowest(results: Path, entries: list[Entry]) -> dict[str, Any]:
    """The items that report.md shows: the lowest scores, or without any the first that have none."""
    scored = sorted((entry for entry in entries if entry.score is not None), key=lambda entry: entry.score or 0.0)
    rows: list[ResultRow] = list(rows_at(results, (scored or entries)[:LOWEST]))
    return {"lowest": rows, "lowest_title": "Lowest scores" if scored else "First items"}


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInput(f"There is no {shown(path)}: a report is made from a finished run's folder.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidInput(f"{shown(path)} cannot be read ({where}: {first['msg']}).") from None


def _write_plots(folder: Path, plots: list[RunPlot]) -> None:
    target = folder / "plots"
    with explained_errors(target):
        target.mkdir(exist_ok=True)
        for old in {path.stem for path in target.glob("*.svg")} - {plot.name for plot in plots}:
            (target / f"{old}.svg").unlink()
    for plot in plots:
        _write(target / f"{plot.name}.svg", standalone(plot.picture))


def _write(path: Path, text: str) -> None:
    write_atomically(path, text, durable=False)
