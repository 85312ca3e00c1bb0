"""`results.csv`: a flat copy of the results for spreadsheets, in which no text can become a formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from backend.core.evaluation.comparison import RunComparison
from backend.core.evaluation.reporting.escaping import inert_cell
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.summary import Summary
from backend.core.metrics import SCALES
from backend.core.storage.files import explained_errors

Cell = str | float | int | None


def write_cells(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> None:
    """Write a table row by row, and give it its name when it is whole.

    UTF-8 with a byte order mark, without which Excel takes it for Latin-1. Numbers stay numbers; every text is inert.

    Raises:
        DiskFull: no room; nothing is left behind.
    """
    partial = path.with_name(f".tmp_{path.name}_{os.getpid()}")
    with explained_errors(path):
        try:
            with partial.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
                writer.writerow([inert_cell(column) for column in columns])
                for row in rows:
                    writer.writerow([_inert(row.get(column)) for column in columns])
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


def columns_of(summary: Summary) -> list[str]:
    """The columns of a run: what it can have, in reading order."""
    others = [figures.model for figures in summary.models if figures.model != summary.model]
    return [
        "item_id", "index", "category", "source", "status", "score", "change", "verdict",
        *(f"criterion {name}" for name in summary.criteria),
        *(name for name in SCALES if name in summary.reference_metrics),
        "input", "reference", "prediction", "rationale",
        *(f"{column} of {model}" for model in others for column in ("score", "prediction", "rationale")),
        "flags", "error_class", "judge", "spread", "prompt_tokens", "cached_tokens", "completion_tokens",
        "reasoning_tokens", "cost", "latency_s", "attempts",
    ]  # fmt: skip


def cells_of(row: ResultRow) -> dict[str, Cell]:
    """A row of a run, by column."""
    cells: dict[str, Cell] = {
        "item_id": row.item_id, "index": row.index, "category": row.category, "source": row.source,
        "status": row.status, "score": row.score, "change": row.change, "verdict": row.verdict,
        "input": row.input, "reference": row.reference, "prediction": row.prediction, "rationale": row.rationale,
        "flags": " ".join(row.flags), "error_class": row.error_class, "judge": row.judge.model if row.judge else None,
        "spread": row.spread, "cost": row.cost, "latency_s": row.latency_s, "attempts": row.attempts,
    }  # fmt: skip
    cells |= {f"criterion {name}": value for name, value in row.criteria.items()}
    cells |= row.reference_metrics
    if row.usage:
        cells |= {f"{name}_tokens": value for name, value in row.usage.model_dump().items()}
    for other in row.others:
        cells[f"score of {other.model}"] = other.score
        cells[f"prediction of {other.model}"] = other.prediction
        cells[f"rationale of {other.model}"] = other.rationale
    return cells


COMPARISON_COLUMNS = (
    "item_id", "index", "category", "score_a", "score_b", "change",
    "input", "reference", "prediction_a", "prediction_b",
)  # fmt: skip


def comparison_cells(comparison: RunComparison) -> Iterable[dict[str, Cell]]:
    """The items of two runs, by column."""
    return (item.model_dump() for item in comparison.items)


def _inert(cell: Cell) -> Cell:
    return inert_cell(cell) if isinstance(cell, str) else "" if cell is None else cell
