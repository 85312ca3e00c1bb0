"""`train.py --dry_run`, counted or measured, and what a run keeps of what was expected."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("torch")

from backend.core.estimates import speed
from tests.recipes.conftest import Run


@pytest.fixture
def flags(small_model: Path, questions: Path) -> list[object]:
    return [
        "--dataset_path", questions, "--base_model_name", small_model, "--device", "cpu", "--adapter_name", "a",
        "--per_device_train_batch_size", 2, "--gradient_accumulation_steps", 1,
    ]  # fmt: skip


def test_some_steps_are_measured_and_nothing_is_kept(run: Run, flags: list[object], tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    measured = ("--dry_run", "--measured_steps", 3, "--validation_split", 0.25, "--auto_find_batch_size", "true")
    outcome = run("train", *flags, *measured)
    assert outcome.code == 0, outcome.err
    assert re.search(r"Time: about \d+ s\. Measured: 3 steps here, [\d,]+ tokens a second\.", outcome.out)
    assert re.search(r"Measured: [\d.]+ [MG]iB at most, with the longest examples in a batch\.", outcome.out)
    assert "Nothing was written" in outcome.out
    assert set(tmp_path.rglob("*")) == before


def test_measuring_without_a_dry_run_is_refused(run: Run, flags: list[object]) -> None:
    outcome = run("train", *flags, "--measured_steps", 3)
    assert outcome.code == 2
    assert "measured_steps are steps of a dry run" in outcome.err


def test_a_run_keeps_what_was_expected_and_the_next_one_is_told_a_time(
    run: Run, flags: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SHORTEST_SECONDS", 0.0)
    long = ("--num_train_epochs", 2)
    unknown = run("train", *flags, *long, "--dry_run")
    assert "No earlier run of this base model" in unknown.out
    assert run("train", *flags, *long).code == 0
    result = json.loads((tmp_path / "models" / "a" / "run.json").read_text())["result"]
    assert result["estimate"]["steps"] == result["steps"] == 16
    assert result["estimate"]["seconds"] is None
    assert result["peak_memory_bytes"] > 10**8
    assert 0 < result["matmul_share"] < 1
    assert result["is_whole"]
    assert "Expected: 16 steps" in (tmp_path / "models" / "a" / "training.log").read_text()
    told = run("train", *flags[:-6], "--adapter_name", "b", *flags[-4:], *long, "--dry_run")
    assert re.search(r"Time: about \d+ s\. Measured: [\d,]+ tokens a second in the last run", told.out), told.out
