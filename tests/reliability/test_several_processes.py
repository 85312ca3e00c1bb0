"""A run of two processes: it learns what one does, one of them writes and speaks, they stop and end together.

pytest tests/reliability/test_several_processes.py
"""

from __future__ import annotations

import errno
import json
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from safetensors.torch import load_file

from backend.core.registry import AdapterRegistry
from backend.core.runs.checkpoints import by_step, step_of
from tests.reliability.training_kit import Blow, Runs
from tests.reliability.world_kit import RunsTogether

EXACT = {"dtype": "float32", "load_in_4bit": False, "lora_dropout": 0, "validation_split": 0.2, "save_steps": 3}
"""Thirteen examples to learn: the last step of an epoch has one, and a process with none."""
DROPPING = {"lora_dropout": 0.2, "gradient_accumulation_steps": 2, "padding_free": "no"}
"""Two steps an epoch, in another order in each."""


@pytest.fixture
def runs(training_runs: Runs, tmp_path: Path) -> RunsTogether:
    logs = tmp_path / "logs"
    logs.mkdir()
    return RunsTogether(training_runs.folder, training_runs.common, logs)


def curve(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "given",
    [{}, {"padding_free": "no", "gradient_accumulation_steps": 2}, {"group_by_length": False, "padding_free": "no"}],
    ids=["end to end", "padded, accumulated", "padded, in random order"],
)
def test_two_processes_learn_what_one_does(runs: RunsTogether, given: dict[str, Any]) -> None:
    assert runs.start("one", {**EXACT, **given, "per_device_train_batch_size": 4}).code == 0
    main, other = runs.start_all("two", {**EXACT, **given})
    assert (main.code, other.code) == (0, 0), main.log + other.log
    one, two = curve(runs.finished("one")), curve(runs.finished("two"))
    for name in ("loss", "grad_norm", "learning_rate", "eval_loss", "eval_token_accuracy"):
        alone, together = ([row[name] for row in rows if name in row] for rows in (one, two))
        assert alone, name
        assert together == pytest.approx(alone, rel=1e-5), name
    weights = [load_file(runs.finished(name) / "adapter_model.safetensors") for name in ("one", "two")]
    assert all((weights[0][name] - weights[1][name]).abs().max() < 1e-5 for name in weights[0])


def test_only_the_main_process_writes_and_speaks(runs: RunsTogether) -> None:
    """The other puts its random state into the checkpoint, and knows of no mistake."""
    main, other = runs.start_all("a", {"validation_split": 0.2})
    assert (main.code, other.code, other.log) == (0, 0, ""), main.log + other.log
    made_anew_for_it = {f"checkpoint-{step}" for step in (3, 6, 9, 12)}
    assert runs.written_by("a", 1) <= {"rng_state_1.pth", ".saving"} | made_anew_for_it
    assert main.log.count("Trained a: 12 steps") == 1
    assert "2 train together; each learns 2 examples of a step, which are 4 in all" in main.log
    rows = curve(runs.finished("a"))
    assert [row["step"] for row in rows if "loss" in row] == list(range(1, 13))
    told = runs.told_to_the_service("a")
    assert len(told["metrics.jsonl"].splitlines()) == len(rows)
    assert json.loads(told["result.json"])["steps"] == 12
    assert AdapterRegistry(runs.folder / "adapters.json").find("a").steps == 12


def test_a_stop_that_reaches_one_process_stops_both_and_the_resumed_run_is_the_same(runs: RunsTogether) -> None:
    assert [ended.code for ended in runs.start_all("whole", DROPPING)] == [0, 0]
    main, other = runs.start_all("a", DROPPING, {1: Blow(batch=5, signal=signal.SIGTERM)})
    assert (main.code, other.code, other.log) == (4, 4, ""), main.log + other.log
    assert "Stopped after step 3; continue with --resume." in main.log
    newest, *_ = by_step(runs.partial("a") / "checkpoints")
    assert step_of(newest) == 3
    main, other = runs.resume_all("a", DROPPING)
    assert (main.code, other.code) == (0, 0), main.log + other.log
    assert runs.hash("a") == runs.hash("whole")
    alone = [{key: row[key] for key in ("step", "loss")} for row in curve(runs.finished("a"))]
    assert alone == [{key: row[key] for key in ("step", "loss")} for row in curve(runs.finished("whole"))]


def test_a_stopped_run_of_two_is_no_run_of_one(runs: RunsTogether) -> None:
    assert runs.start_all("a", {}, {0: Blow(batch=5, signal=signal.SIGTERM)})[0].code == 4
    refused = runs.resume("a", {})
    assert (refused.code, "processes was 2 and is not set" in refused.log) == (2, True), refused.log


@pytest.mark.parametrize(
    "given", [{"dataset_path": "nowhere.json"}, {"lora_target_modules": ["query"]}], ids=["before", "after loading"]
)
def test_a_refusal_ends_both_and_is_told_once(runs: RunsTogether, given: dict[str, Any]) -> None:
    main, other = runs.start_all("a", given)
    assert (main.code, other.code, other.log) == (2, 2, ""), main.log + other.log
    assert main.log.count("error: ") == 1
    assert json.loads(runs.told_to_the_service("a")["failure.json"])["message"] in main.log
    assert not runs.partial("a").exists()


def test_an_error_of_the_other_process_names_it_and_is_told_once(runs: RunsTogether) -> None:
    main, other = runs.start_all("a", {}, {1: Blow(batch=5, error=errno.ENOSPC)})
    assert (main.code, other.code) == (1, 1)
    assert "error: In process 1 of 2 (counted from 0): No room left on the disk" in other.log
    assert "error" not in main.log, main.log
    told = json.loads(runs.told_to_the_service("a")["failure.json"])
    assert told["reason"] == "disk_full"
    assert told["message"] in other.log


def test_a_process_that_is_killed_ends_the_other_which_says_so(runs: RunsTogether) -> None:
    main, other = runs.start_all("a", {}, {1: Blow(batch=8)})
    assert other.code == -signal.SIGKILL
    assert main.code == 1
    assert main.log.rstrip().endswith("--resume continues from it."), main.log
    assert "Traceback" not in main.log
    assert [ended.code for ended in runs.resume_all("a", {})] == [0, 0]
