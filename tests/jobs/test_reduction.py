"""A long curve in few points, from which nothing is missing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from backend.jobs.metrics import MetricsTable
from backend.jobs.reduction import part_of, whole_curve


def table_of(folder: Path, rows: Iterable[dict[str, Any]]) -> MetricsTable:
    """A table of these rows."""
    path = folder / "metrics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = MetricsTable(path)
    table.refresh()
    return table


def test_a_short_curve_is_served_as_it_is(tmp_path: Path) -> None:
    table = table_of(tmp_path, [{"step": 1, "loss": 3}, {"step": 2, "loss": 2}, {"step": 2, "eval_loss": 2.5}])
    curve = whole_curve(table)
    assert curve.values == {"step": [1, 2, 2], "loss": [3, 2, None], "eval_loss": [None, None, 2.5]}
    assert (curve.next, curve.counts, curve.lows) == (3, [], {})


def test_a_long_curve_keeps_its_spikes_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.jobs.reduction.FULL_ROWS", 100)
    losses = [1000.0 if step == 77 else 1.0 for step in range(1, 251)]
    table = table_of(tmp_path, ({"step": step, "loss": loss} for step, loss in enumerate(losses, 1)))
    curve = whole_curve(table, points=100)
    assert curve.counts == [3] * 83 + [1]
    assert curve.values["step"] == [*range(3, 250, 3), 250]
    assert (max(curve.highs["loss"]), curve.lows["loss"][25], curve.values["loss"][25]) == (1000, 1, 334)
    assert curve.next == table.length


def test_a_part_is_exact_when_it_fits(tmp_path: Path) -> None:
    table = table_of(tmp_path, ({"step": step, "loss": 1 / step} for step in range(1, 1001)))
    exact = part_of(table, 500, 509, points=10)
    assert exact.values == {"step": list(range(500, 510)), "loss": [1 / step for step in range(500, 510)]}
    reduced = part_of(table, 500, 599, points=10)
    assert (reduced.counts, reduced.values["step"]) == ([10] * 10, list(range(509, 600, 10)))


def test_what_a_resume_did_again_replaces_what_it_undid(tmp_path: Path) -> None:
    steps = [1, 2, 3, 4, 2, 3, 5]
    table = table_of(tmp_path, ({"step": step, "loss": row} for row, step in enumerate(steps)))
    curve = whole_curve(table)
    assert (curve.values["step"], curve.values["loss"]) == ([1, 2, 2, 3, 5], [0, 1, 4, 5, 6])
