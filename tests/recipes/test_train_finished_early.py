"""A training run that is asked to finish: it ends after its step, with everything that a run leaves at its end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from backend.core.runs.checkpoints import by_step, step_of
from backend.core.runs.request import ask_to_finish
from backend.engine.ending import EndOnRequest
from tests.recipes.conftest import Run

STEPS = 12


@pytest.fixture
def flags(small_model: Path, questions: Path) -> list[object]:
    return [
        "--dataset_path", questions, "--base_model_name", small_model, "--device", "cpu", "--logging_steps", 1,
        "--per_device_train_batch_size", 4, "--gradient_accumulation_steps", 1, "--num_train_epochs", 3,
    ]  # fmt: skip


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder through which a run and the service talk."""
    folder = tmp_path / "job"
    folder.mkdir()
    monkeypatch.setenv("PIPELINE_JOB_DIR", str(folder))
    return folder


During = Callable[[int, Callable[[], None]], None]


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> During:
    """Does something while a step is taken: `during(5, ask)`."""
    stock = EndOnRequest.on_step_end

    def at(step: int, act: Callable[[], None]) -> None:
        def on_step_end(self: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
            if state.global_step == step:
                act()
            return stock(self, args, state, control, **kwargs)

        monkeypatch.setattr(EndOnRequest, "on_step_end", on_step_end)

    return at


def send(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


def result_of(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "run.json").read_text())["result"]
    return result


def steps_in(folder: Path, name: str = "loss") -> list[int]:
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [row["step"] for row in rows if name in row]


@pytest.mark.parametrize("evaluated", [[], ["--eval_steps", 4], ["--eval_steps", 5]], ids=["per epoch", "4", "5"])
def test_it_is_scored_saved_published_and_registered(
    evaluated: list[object], run: Run, flags: list[object], job: Path, tmp_path: Path, during: During
) -> None:
    during(5, lambda: ask_to_finish(job))
    outcome = run("train", *flags, "--adapter_name", "a", "--validation_split", 0.25, *evaluated)
    assert outcome.code == 0, outcome.err
    folder, planned = tmp_path / "models" / "a", 9
    result = result_of(folder)
    assert (result["steps"], result["stopped_at_step"], result["stopped_early"]) == (5, 5, True)
    assert (result["planned_steps"], result["is_whole"]) == (planned, False)
    assert steps_in(folder) == [1, 2, 3, 4, 5]
    assert steps_in(folder, "eval_loss")[-1] == 5
    assert steps_in(folder, "eval_loss").count(5) == 1
    assert result["eval_loss"] is not None
    assert "5 of 9 steps, stopped early" in (folder / "README.md").read_text()
    assert "5 of 9 steps, stopped early" in outcome.out
    assert json.loads((job / "result.json").read_text()) == result
    assert json.loads((tmp_path / "adapters.json").read_text())["adapters"][0]["steps"] == 5
    assert not list((tmp_path / "models").glob(".partial-*"))


def test_what_it_has_learnt_is_what_the_whole_run_had_at_that_step(
    run: Run, flags: list[object], tmp_path: Path, during: During
) -> None:
    assert run("train", *flags, "--output_dir", tmp_path / "whole").code == 0
    during(7, send(signal.SIGUSR1))
    assert run("train", *flags, "--output_dir", tmp_path / "cut").code == 0
    whole, cut = (json.loads((tmp_path / name / "run.json").read_text())["result"] for name in ("whole", "cut"))
    assert (whole["steps"], whole["stopped_early"], whole["is_whole"]) == (STEPS, False, True)
    assert (cut["steps"], cut["stopped_early"]) == (7, True)
    losses = [
        [row["loss"] for row in map(json.loads, (tmp_path / name / "metrics.jsonl").open())]
        for name in ("whole", "cut")
    ]
    assert losses[0][:7] == losses[1]


def test_asked_before_the_first_step_it_takes_one(run: Run, flags: list[object], job: Path, tmp_path: Path) -> None:
    ask_to_finish(job)
    assert run("train", *flags, "--adapter_name", "a").code == 0
    assert result_of(tmp_path / "models" / "a")["stopped_at_step"] == 1


def test_asked_in_its_last_step_it_is_a_whole_run(
    run: Run, flags: list[object], job: Path, tmp_path: Path, during: During
) -> None:
    during(STEPS, lambda: ask_to_finish(job))
    assert run("train", *flags, "--adapter_name", "a").code == 0
    result = result_of(tmp_path / "models" / "a")
    assert (result["stopped_early"], result["stopped_at_step"], result["is_whole"]) == (False, None, True)


def test_one_that_goes_back_to_its_best_step_does_so(
    run: Run, flags: list[object], job: Path, tmp_path: Path, during: During
) -> None:
    during(5, lambda: ask_to_finish(job))
    patient = ("--validation_split", 0.25, "--eval_steps", 2, "--early_stopping_patience", 50)
    worsening = ("--learning_rate", 1, "--warmup_ratio", 0)
    assert run("train", *flags, "--adapter_name", "a", *patient, *worsening).code == 0
    rows = [json.loads(line) for line in (tmp_path / "models" / "a" / "metrics.jsonl").read_text().splitlines()]
    losses = [row["eval_loss"] for row in rows if "eval_loss" in row]
    assert steps_in(tmp_path / "models" / "a", "eval_loss")[:3] == [2, 4, 5]
    assert result_of(tmp_path / "models" / "a")["eval_loss"] == pytest.approx(min(losses), rel=1e-4)


def test_a_stop_goes_over_it_and_resumed_it_finishes_without_another_step(
    run: Run, flags: list[object], job: Path, tmp_path: Path, during: During
) -> None:
    """As when the service is stopped, or dies, after it was asked: the request stays."""

    def both() -> None:
        ask_to_finish(job)
        send(signal.SIGTERM)()

    during(6, both)
    assert run("train", *flags, "--adapter_name", "a").code == 4
    checkpoints = by_step(tmp_path / "models" / ".partial-a" / "checkpoints")
    assert [step_of(path) for path in checkpoints] == [6]
    during(7, lambda: pytest.fail("it has taken a further step"))
    assert run("train", *flags, "--adapter_name", "a", "--resume").code == 0
    result = result_of(tmp_path / "models" / "a")
    assert (result["steps"], result["stopped_early"], result["planned_steps"]) == (6, True, STEPS)
    assert steps_in(tmp_path / "models" / "a") == [1, 2, 3, 4, 5, 6]
