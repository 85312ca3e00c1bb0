"""The job's page is told what a judge has cost so far; not knowing a price is not the same as paying nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.core.evaluation.spending import tell_spending
from backend.core.runs.events import JOB_DIR_VARIABLE


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def test_requests_and_money_reach_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(JOB_DIR_VARIABLE, str(tmp_path))
    tell_spending({"done": 3, "failed": 1, "cost": 0.25, "totals": {"requests": 5}})
    tell_spending({"done": 4, "failed": 1, "cost": "unknown", "totals": {"requests": 6}})
    assert rows(tmp_path) == [
        {"step": 3, "requests": 5, "failed": 1, "cost": 0.25},
        {"step": 4, "requests": 6, "failed": 1},
    ]


def test_nobody_is_told_by_hand_and_a_folder_that_is_gone_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = {"done": 1, "failed": 0, "cost": 0.1, "totals": {"requests": 1}}
    monkeypatch.delenv(JOB_DIR_VARIABLE, raising=False)
    tell_spending(state)
    monkeypatch.setenv(JOB_DIR_VARIABLE, str(tmp_path / "gone"))
    tell_spending(state)
    assert not (tmp_path / "gone").exists()
