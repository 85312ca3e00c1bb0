"""A run of two processes: it learns what one does, one of them writes and speaks, they stop and end together.

pytest tests/reliability/test_several_processes.py
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from safetensors.torch import load_file

from backend.core.paths import PROJECT_ROOT
from backend.core.registry import AdapterRegistry
from backend.core.runs.checkpoints import by_step, step_of
from tests.reliability.training_kit import Blow, Runs
from tests.reliability.world_kit import RunsTogether

EXACT = {"dtype": "float32", "load_in_4bit": False, "lora_dropout": 0, "validation_split": 0.2, "num_train_epochs": 2}
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


def assert_same(runs: RunsTogether) -> None:
    """The run `two` has learnt what the run `one` has, and told so at every step."""
    one, two = curve(runs.finished("one")), curve(runs.finished("two"))
    assert {name for row in one for name in row} == {name for row in two for name in row}
    for name in ("loss", "grad_norm", "learning_rate", "eval_loss", "eval_token_accuracy"):
        alone, together = ([row[name] for row in rows if name in row] for rows in (one, two))
        assert alone or name.startswith("eval"), name
        assert together == pytest.approx(alone, rel=1e-5), name
    weights = [load_file(runs.finished(name) / "adapter_model.safetensors") for name in ("one", "two")]
    assert all((weights[0][name] - weights[1][name]).abs().max() < 1e-5 for name in weights[0])


def test_two_processes_learn_what_one_does_and_the_main_one_alone_writes_and_speaks(runs: RunsTogether) -> None:
    assert runs.start("one", {**EXACT, "per_device_train_batch_size": 4}).code == 0
    main, other = runs.start_all("two", EXACT)
    assert (main.code, other.code, other.log) == (0, 0, ""), main.log + other.log
    assert_same(runs)
    assert main.log.count("Trained two: 8 steps") == 1
    assert "2 train together; each learns 2 examples of a step, which are 4 in all" in main.log
    # Its random state, in folders that either may make.
    assert runs.written_by("two", 1) <= {"rng_state_1.pth", ".saving", "checkpoint-3", "checkpoint-6", "checkpoint-8"}
    told = runs.told_to_the_service("two")
    assert [json.loads(line)["step"] for line in told["metrics.jsonl"].splitlines()] == [1, 2, 3, 4, 4, 5, 6, 7, 8, 8]
    assert json.loads(told["result.json"])["steps"] == 8
    assert AdapterRegistry(runs.folder / "adapters.json").find("two").steps == 8


def test_two_processes_learn_on_a_base_in_4_bit_what_one_does(runs: RunsTogether) -> None:
    """To a thousandth as asked of any run; here it is one to a millionth."""
    given = {**EXACT, "load_in_4bit": True, "validation_split": 0, "num_train_epochs": 1}
    assert runs.start("one", {**given, "per_device_train_batch_size": 4}).code == 0
    main, other = runs.start_all("two", given)
    assert (main.code, other.code) == (0, 0), main.log + other.log
    assert_same(runs)


@pytest.mark.campaign
def test_two_processes_learn_what_one_does_with_padded_and_accumulated_batches(runs: RunsTogether) -> None:
    given = {**EXACT, "padding_free": "no", "gradient_accumulation_steps": 2}
    assert runs.start("one", {**given, "per_device_train_batch_size": 4}).code == 0
    assert [ended.code for ended in runs.start_all("two", given)] == [0, 0]
    assert_same(runs)


def test_a_stop_that_reaches_one_process_stops_both_and_resumed_they_end_as_if_nothing_had_been(
    runs: RunsTogether,
) -> None:
    assert [ended.code for ended in runs.start_all("whole", DROPPING)] == [0, 0]
    main, other = runs.start_all("a", DROPPING, {1: Blow(batch=5, signal=signal.SIGTERM)})
    assert (main.code, other.code, other.log) == (4, 4, ""), main.log + other.log
    assert "Stopped after step 3; continue with --resume." in main.log
    newest, *_ = by_step(runs.partial("a") / "checkpoints")
    assert step_of(newest) == 3
    alone = runs.resume("a", DROPPING)
    assert (alone.code, "processes was 2 and is not set" in alone.log) == (2, True), alone.log
    main, other = runs.resume_all("a", DROPPING)
    assert (main.code, other.code) == (0, 0), main.log + other.log
    assert runs.hash("a") == runs.hash("whole")
    assert [row["loss"] for row in curve(runs.finished("a"))] == [row["loss"] for row in curve(runs.finished("whole"))]


@pytest.mark.campaign
def test_a_dry_run_measures_the_steps_of_both_together(runs: RunsTogether) -> None:
    main, other = runs.start_all("a", {"dry_run": True, "measured_steps": 3, "validation_split": 0.25})
    assert (main.code, other.code, other.log) == (0, 0, ""), main.log + other.log
    assert "Steps: 9 optimiser steps" in main.log
    assert "Measured: 3 steps here" in main.log
    assert not runs.partial("a").exists()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"dataset_path": "nowhere.json"}, id="before loading"),
        pytest.param({"lora_target_modules": ["query"]}, id="after loading", marks=pytest.mark.campaign),
    ],
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


@pytest.mark.campaign
def test_a_process_that_is_killed_ends_the_other_which_says_so(runs: RunsTogether) -> None:
    main, other = runs.start_all("a", {}, {1: Blow(batch=8)})
    assert other.code == -signal.SIGKILL
    assert main.code == 1
    assert main.log.rstrip().endswith("--resume continues from it."), main.log
    assert "Traceback" not in main.log


@pytest.mark.campaign
def test_torchrun_passes_a_stop_on_and_the_run_can_be_resumed(runs: RunsTogether, tmp_path: Path) -> None:
    """Its own exit code is 1 whatever that of the processes is; what they say tells."""
    given = {**runs.common, "num_train_epochs": 1000, "adapter_name": "a", "device": "cpu"}
    (tmp_path / "params.json").write_text(json.dumps(given))
    places = {"MODEL_OUTPUT_DIR": str(tmp_path), "ADAPTER_CONFIG_PATH": str(tmp_path / "adapters.json")}
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "train.py",
        "--config", str(tmp_path / "params.json"),
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=PROJECT_ROOT, env={**os.environ, **places}, stderr=subprocess.PIPE, text=True
    ) as torchrun:
        assert torchrun.stderr
        log = ""
        for line in torchrun.stderr:
            log += line
            if line.startswith("step") and " 3/" in line:
                torchrun.send_signal(signal.SIGTERM)
    (stopped,) = [line for line in log.splitlines() if line.startswith("error: ")]
    assert "continue with --resume" in stopped
    newest, *_ = by_step(runs.partial("a") / "checkpoints")
    assert f"after step {step_of(newest)};" in stopped
    lasting = {"num_train_epochs": 2, "resume_with_changes": True}
    assert [ended.code for ended in runs.resume_all("a", lasting)] == [0, 0]
