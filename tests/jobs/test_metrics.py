"""The curve, read as it grows."""

from __future__ import annotations

from pathlib import Path

from backend.jobs.metrics import MOST_COLUMNS, Columns, MetricsTable


def test_rows_are_read_as_they_are_appended_and_a_torn_line_waits(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    table = MetricsTable(path)
    table.refresh()
    assert table.length == 0
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    table.refresh()
    assert table.since_step(0) == [{"step": 1, "loss": 2.0}]
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": null}\nnonsense\n{"step": 2, "eval_loss": 1.5}\n')
    table.refresh()
    assert table.columns(1) == Columns(1, 3, {"step": [2, 2], "loss": [None, None], "eval_loss": [None, 1.5]})
    assert table.since_step(2) == [{"step": 2, "loss": None}, {"step": 2, "eval_loss": 1.5}]


def test_a_replaced_file_starts_afresh(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n')
    table = MetricsTable(path)
    table.refresh()
    path.write_text('{"step": 9, "loss": 9}\n')
    table.refresh()
    assert table.since_step(0) == [{"step": 9, "loss": 9}]


def test_numbers_that_no_curve_can_hold_are_gaps(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{{"step": 1, "loss": NaN, "norm": 1e999, "big": 1{"0" * 400}}}\n')
    table = MetricsTable(path)
    table.refresh()
    assert table.since_step(0) == [{"step": 1, "loss": None, "norm": None, "big": None}]


def test_a_recipe_that_names_every_row_anew_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"step": {step}, "metric {step}": 1}}\n' for step in range(1000)))
    table = MetricsTable(path)
    table.refresh()
    assert (table.length, len(table.names())) == (1000, MOST_COLUMNS)
    assert table.since_step(999) == [{"step": 999}]
