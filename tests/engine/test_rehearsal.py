"""What the first steps tell of a whole run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from backend.core.estimates.work import Load, training_flops  # noqa: E402
from backend.core.models.shapes import TINY  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.engine import rehearsal  # noqa: E402
from backend.engine.assembly import Assembled  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.processes.world import ALONE  # noqa: E402
from backend.engine.step_clock import Step  # noqa: E402

LONG, SHORT = Load(400, 160, 40_000), Load(40, 16, 400)
PER_BATCH, RATE = 0.05, 1e9


class Clock(SimpleNamespace):
    """A clock of a machine on which a batch takes 0.05 s and its operations at 10^9 a second."""

    def read(self) -> float:
        return float(self.time)


def stage_of(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Any:
    params = TrainParams(
        dataset_path="x", adapter_name="x", per_device_train_batch_size=4, gradient_accumulation_steps=1,
        num_train_epochs=2, save_steps=10,
    )  # fmt: skip
    features = [{"input_ids": [1] * 10, "length": 10}] * 40 + [{"input_ids": [1] * 100, "length": 100}] * 40
    data = SimpleNamespace(features=features, tokens=4400, supervised_tokens=1760)
    prepared: Any = SimpleNamespace(train=data, evaluation=None, tokenizer=SimpleNamespace(pad_token_id=0))
    made, device = Assembled(None, params, False, 0), Device("cpu", torch.float32, "")
    stage = rehearsal._Stage(made, TINY, prepared, device, ALONE)

    def computed(_: Any, examples: list[Any]) -> Any:
        assert {one["length"] for one in examples} == {10}

        def pass_time(size: int) -> None:
            clock.time += PER_BATCH + training_flops(TINY, params, SHORT) / RATE

        return pass_time

    monkeypatch.setattr(rehearsal._Stage, "_trial", computed)
    return stage


def test_what_any_batch_takes_is_told_apart_from_its_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(time=0.0, saving_seconds=2.0)
    stage = stage_of(monkeypatch, clock)
    seconds = PER_BATCH + training_flops(TINY, stage.made.params, LONG) / RATE
    step = Step(seconds, LONG, 400)
    clock.steps = lambda: ([Step(seconds + 1, LONG, 400)], [step, step])
    speed = stage.speed(clock, 7.0, None)
    assert speed.flops_per_second == pytest.approx(RATE)
    assert speed.fixed_seconds == 7
    # 40 steps of a batch; a slow first step; four checkpoints of two seconds.
    assert speed.beside_seconds == pytest.approx(40 * PER_BATCH + 1 + 4 * 2)
    assert speed.basis == f"Measured: 2 steps here, {400 / seconds:,.0f} tokens a second."


def test_a_small_batch_that_seems_to_take_longer_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(time=0.0, saving_seconds=0.0)
    stage = stage_of(monkeypatch, clock)
    step = Step(PER_BATCH / 10, LONG, 400)
    clock.steps = lambda: ([], [step])
    speed = stage.speed(clock, 0.0, None)
    assert speed.flops_per_second > 0
    whole = speed.beside_seconds + 40 * training_flops(TINY, stage.made.params, LONG) / speed.flops_per_second
    assert whole == pytest.approx(40 * step.seconds)
