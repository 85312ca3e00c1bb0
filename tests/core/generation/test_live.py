"""What a page is told while a run writes: accepted records, the money so far, and what it will come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.core.generation.live import WRITING, Progress
from backend.core.generation.rows import Row
from backend.core.runs.events import RunReporter


def row(status: str, **given: Any) -> Row:
    made = {"id": "r000001", "status": status, "call": 0, "draft": 0, "leaf": "l", "subtopic": "s", **given}
    return Row.model_validate(made)


def state(**given: Any) -> dict[str, Any]:
    return {"phase": WRITING, "cost": 0.5, "totals": {"requests": 7}, **given}


def last_row(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    return found


def test_progress_is_told_in_records_with_the_cost_of_the_whole(tmp_path: Path) -> None:
    progress = Progress(RunReporter(job_dir=tmp_path), wanted=10, before=2, accepted=2)
    for _ in range(3):
        progress.count(row("accepted"))
    progress.count(row("rejected", reason="call_failed", count=5))
    counted = progress.tell(state())
    assert counted
    assert (counted["done"], counted["total"]) == (5, 10)
    assert counted["eta_seconds"] >= 0
    assert last_row(tmp_path) == {
        "step": 5,
        "rejected": 5,
        "requests": 7,
        "cost": 0.5,
        "projected_cost": pytest.approx(1.0),
    }


def test_an_unknown_cost_is_no_number_and_planning_is_told_by_others(tmp_path: Path) -> None:
    progress = Progress(RunReporter(job_dir=tmp_path), wanted=10)
    assert progress.tell(state(phase="planning")) is None
    assert list(tmp_path.iterdir()) == []
    progress.tell(state(cost="unknown"))
    assert last_row(tmp_path) == {"step": 0, "rejected": 0, "requests": 7}
