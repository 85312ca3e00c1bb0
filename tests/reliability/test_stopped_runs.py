"""F11, F13: a run that is asked to stop says how it goes on, and goes on only as the run it was.

pytest tests/reliability/test_stopped_runs.py
"""

from __future__ import annotations

import json
import signal

import pytest

from backend.core.runs.checkpoints import by_step, is_whole, step_of
from tests.reliability.training_kit import Blow, Runs

pytest.importorskip("torch")

STOP = Blow(batch=11, signal=signal.SIGTERM)


def test_a_stopped_run_continues_where_it_stopped(training_runs: Runs) -> None:
    stopped = training_runs.start("a", {}, STOP)
    assert stopped.code == 4, stopped.log
    assert "Stopped after step 11; continue with --resume." in stopped.log
    assert not training_runs.finished("a").exists()
    newest, *_ = by_step(training_runs.partial("a") / "checkpoints")
    assert (step_of(newest), is_whole(newest)) == (11, True)
    again = training_runs.start("a", {})
    assert again.code == 2
    assert "continue it with --resume" in again.log
    resumed = training_runs.resume("a", {})
    assert "Continuing after step 11." in resumed.log
    assert resumed.code == 0, resumed.log
    rows = [json.loads(line) for line in (training_runs.finished("a") / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == list(range(1, 25))
    result = json.loads((training_runs.finished("a") / "run.json").read_text())["result"]
    assert result["train_loss"] == pytest.approx(sum(row["loss"] for row in rows) / 24, rel=1e-3)


def test_a_changed_run_is_refused_and_continued_when_that_is_wanted(training_runs: Runs) -> None:
    """More epochs and other intervals take effect; another rank cannot."""
    assert training_runs.start("a", {}, Blow(batch=11)).code < 0
    refused = training_runs.resume("a", {"num_train_epochs": 4})
    assert refused.code == 2
    assert "num_train_epochs was 3.0 and is 4.0" in refused.log
    for given in ({"lora_r": 4}, {"lora_r": 4, "resume_with_changes": True}):
        assert training_runs.resume("a", given).code == 2
    wanted = {"num_train_epochs": 4, "save_steps": 100, "resume_with_changes": True}
    continued = training_runs.resume("a", wanted, Blow(batch=22))
    assert continued.code < 0
    assert "Continuing with changes: num_train_epochs was 3.0 and is 4.0." in continued.log
    assert [step_of(path) for path in by_step(training_runs.partial("a") / "checkpoints")] == [9, 6]
    assert training_runs.resume("a", wanted).code == 0
    record = json.loads((training_runs.finished("a") / "run.json").read_text())
    assert record["result"]["steps"] == 32
