"""A run at a glance: the same few numbers whether its curve is short or long."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from backend.jobs.folder import JobFolder
from backend.jobs.glance import KEPT, Glances, glance_at


def _folder(path: Path, rows: int) -> JobFolder:
    """A run whose loss falls, with an evaluation now and then."""
    path.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"step": step, "eval_loss": 2.0} if step % 10 == 9 else {"step": step, "loss": rows - step})
        for step in range(rows)
    ]
    (path / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))
    (path / "progress.json").write_text(json.dumps({"step": rows, "total_steps": rows}))
    return JobFolder(path)


@pytest.mark.parametrize("rows", [45, 999, 40_000])
def test_a_curve_of_any_length_is_told_in_sixty_points_with_both_ends(tmp_path: Path, rows: int) -> None:
    glance = glance_at(_folder(tmp_path / "job", rows))
    last = rows - 1 if (rows - 1) % 10 != 9 else rows - 2
    assert glance.progress["step"] == rows
    assert glance.latest == {"step": rows - 1, "loss": rows - last, "eval_loss": 2.0}
    assert (glance.sparkline[0], glance.sparkline[-1], glance.loss) == (rows, rows - last, rows - last)
    assert len(glance.sparkline) == min(60, rows - rows // 10)
    assert all(before >= after for before, after in pairwise(glance.sparkline))


def test_a_run_that_told_nothing_or_half_a_line_has_no_curve(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    assert (glance_at(folder).latest, glance_at(folder).sparkline) == ({}, [])
    folder.metrics.write_text('{"step": 1, "lo')
    assert glance_at(folder).sparkline == []


def test_only_the_runs_looked_at_last_are_remembered_and_what_changed_is_read_again(tmp_path: Path) -> None:
    glances = Glances()
    for at in range(KEPT + 5):
        glances.of(f"job-{at}", JobFolder(tmp_path / str(at)))
    assert len(glances) == KEPT
    folder = _folder(tmp_path / "again", 3)
    before = glances.of("again", folder)
    assert glances.of("again", folder) is before
    assert glances.of("again", _folder(folder.path, 5)).latest["step"] == 4
    glances.forget("again")
    glances.forget("never seen")
