"""Steps are timed on the run's own batches, and what a step computes on is counted."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from backend.core.estimates.work import Load  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.core.runs.folder import RunFolder  # noqa: E402
from backend.engine import training  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.step_clock import UNMEASURED, StepClock  # noqa: E402
from backend.engine.unpadded.proof import unpad  # noqa: E402
from tests.engine.unpadded.models import ARCHITECTURES, adapted, examples  # noqa: E402

CPU = Device("cpu", torch.float32, "")


def clocked(wanted: int, folder: Path, *, pads: bool = False) -> StepClock:
    """The clock of a run of six steps of two batches of two examples."""
    params = TrainParams(
        dataset_path="x", adapter_name="x", max_steps=6, per_device_train_batch_size=2, gradient_accumulation_steps=2,
        save_steps=1, group_by_length=False,
    )  # fmt: skip
    features = [{**one, "length": len(one["input_ids"])} for one in examples(16)]
    prepared: Any = SimpleNamespace(
        train=SimpleNamespace(features=features), evaluation=None, tokenizer=SimpleNamespace(pad_token_id=0)
    )
    model = adapted(ARCHITECTURES["qwen2"])
    if not pads:
        unpad(model.get_base_model())
    clock = StepClock(wanted, on_gpu=False)
    run = RunFolder(folder / f"run-{wanted}", {}, resume=False)
    trainer = training.build_trainer(model, params, prepared, CPU, run, [clock], pads=pads)
    with clock.counting(trainer.model):
        trainer.train()
    return clock


def test_the_measured_steps_are_those_the_run_begins_with(tmp_path: Path) -> None:
    first, measured = clocked(2, tmp_path).steps()
    assert (len(first), len(measured)) == (UNMEASURED, 2)
    whole = [step for part in clocked(50, tmp_path).steps() for step in part]
    assert len(whole) == 6
    assert [step.load for step in whole[:4]] == [step.load for step in (*first, *measured)]
    assert len({step.tokens for step in whole}) > 1
    assert all(step.seconds > 0 for step in whole)


def test_one_checkpoint_is_saved_and_timed(tmp_path: Path) -> None:
    clock = clocked(1, tmp_path)
    assert clock.saving_seconds > 0
    assert [path.name for path in tmp_path.rglob("checkpoint-*")] == [f"checkpoint-{UNMEASURED + 1}"]


def test_a_padded_batch_is_as_wide_as_its_longest_example(tmp_path: Path) -> None:
    first, measured = clocked(1, tmp_path, pads=True).steps()
    for step in (*first, *measured):
        assert step.load.places == step.load.headed > step.tokens
        assert step.load.pairs > step.load.places
    clock = StepClock(1, on_gpu=False)
    clock.on_train_begin(*[SimpleNamespace()] * 3)  # type: ignore[arg-type]
    clock.on_step_begin(*[SimpleNamespace()] * 3)  # type: ignore[arg-type]
    batch = {"input_ids": torch.zeros(2, 5), "attention_mask": torch.ones(2, 5)}
    clock._count(None, None, batch)
    assert clock._loads == [Load(10, 10, 50)]
