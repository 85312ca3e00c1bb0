"""`train.py --auto_find_batch_size`: the batch is told, kept in the record, and taken again by a resume."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from backend.engine import batch_size, session
from backend.engine.ending import EndOnRequest
from tests.recipes.conftest import Run


@pytest.fixture
def flags(small_model: Path, questions: Path) -> list[object]:
    return [
        "--dataset_path", questions, "--base_model_name", small_model, "--device", "cpu", "--logging_steps", 1,
        "--per_device_train_batch_size", 2, "--gradient_accumulation_steps", 4, "--auto_find_batch_size", "true",
    ]  # fmt: skip


def batch_of(folder: Path) -> tuple[int, int]:
    params = json.loads((folder / "run.json").read_text())["params"]
    return params["per_device_train_batch_size"], params["gradient_accumulation_steps"]


def test_the_whole_effective_batch_fits_a_small_model(run: Run, flags: list[object], tmp_path: Path) -> None:
    outcome = run("train", *flags, "--output_dir", tmp_path / "a", "--num_train_epochs", 2)
    assert outcome.code == 0, outcome.err
    assert batch_of(tmp_path / "a") == (8, 1)
    assert "Batch: 8 examples at a time, 1 x a step; the effective batch stays 8" in (
        tmp_path / "a" / "training.log"
    ).read_text()  # fmt: skip
    assert json.loads((tmp_path / "a" / "run.json").read_text())["result"]["steps"] == 4


def test_a_resume_takes_the_batch_the_run_began_with(
    run: Run, flags: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(size: int) -> None:
        monkeypatch.setattr(batch_size, "_measured", lambda *_: (size, "as a test wants it"))

    found(4)
    rest = ["--num_train_epochs", 2]
    assert run("train", *flags, *rest, "--output_dir", tmp_path / "whole").code == 0
    told: Any = EndOnRequest.on_step_end

    def stopping(self: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        if state.global_step == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return told(self, args, state, control, **kwargs)

    monkeypatch.setattr(EndOnRequest, "on_step_end", stopping)
    assert run("train", *flags, *rest, "--output_dir", tmp_path / "cut").code == 4
    monkeypatch.setattr(EndOnRequest, "on_step_end", told)
    found(8)  # more is free by now
    outcome = run("train", *flags, *rest, "--output_dir", tmp_path / "cut", "--resume", "true")
    assert outcome.code == 0, outcome.err
    assert batch_of(tmp_path / "cut") == batch_of(tmp_path / "whole") == (4, 2)
    whole, cut = ((tmp_path / name / "adapter_model.safetensors").read_bytes() for name in ("whole", "cut"))
    assert whole == cut


def test_a_run_that_runs_out_of_memory_says_what_to_change(
    run: Run, flags: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.")

    monkeypatch.setattr(session, "fit", refused)
    outcome = run("train", *flags[:-2], "--output_dir", tmp_path / "a")
    assert outcome.code == 1
    assert "This machine ran out of memory" in outcome.err
    assert "Set per_device_train_batch_size to 1 and gradient_accumulation_steps to 8" in outcome.err
    assert not (tmp_path / "a").exists()
