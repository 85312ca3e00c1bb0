"""A training run, timed: its steps after the first few, and the tokens in them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import Trainer, TrainerCallback

from backend.core.estimates.work import Load, training_flops
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams


@dataclass
class Measured:
    """What a training run took.

    Args:
        seconds: of the timed steps; the process's CPU time without a GPU.
        real, supervised: tokens in them that are no padding, and that are learnt.
        pairs: of tokens in attention, the sum of the squared lengths; 0 where nobody has counted.
        losses: of each step, in nats per token.
        steps: of the run, those before the clock included.
        wall_seconds: of the timed steps, on the clock.
        peak_bytes: the most that was allocated on the GPU; 0 without one.
    """

    seconds: float = 0.0
    real: int = 0
    supervised: int = 0
    pairs: int = 0
    losses: list[float] = field(default_factory=list)
    steps: int = 0
    wall_seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def speed(self) -> float:
        """Real tokens per second."""
        return self.real / self.seconds

    def flops(self, size: ModelShape, params: TrainParams) -> float:
        """Operations per second that the tokens need, whatever else was computed."""
        load = Load(self.real, self.supervised, self.pairs)
        return training_flops(size, params, load, useful=True) / self.seconds


class Clock(TrainerCallback):
    """Times the steps after the first few, and counts the tokens in them.

    Args:
        model: whose calls are counted; None = the tokens are known.
        warm: steps that are not timed.
    """

    def __init__(self, model: Any, warm: int) -> None:
        self.warm = warm
        self.measured = Measured()
        self._began = self._wall = 0.0
        self._counted: list[torch.Tensor] = []
        self._hook = model.register_forward_pre_hook(self._count, with_kwargs=True) if model is not None else None

    def _count(self, _: Any, __: Any, batch: dict[str, Any]) -> None:
        mask = batch.get("attention_mask")
        ids = batch["input_ids"]
        # Made where it stays: a number brought to the GPU would make it wait.
        real = torch.full((), ids.numel(), device=ids.device) if mask is None else mask.sum()
        self._counted.append(torch.stack([real, (batch["labels"] != -100).sum()]))

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock once warm."""
        if state.global_step == self.warm:
            self._counted.clear()
            self._began, self._wall = now(), time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop it after the last step."""
        if state.global_step == state.max_steps:
            self.measured.seconds, self.measured.wall_seconds = now() - self._began, time.perf_counter() - self._wall
            self.measured.steps = state.global_step
            if self._hook:
                self.measured.real, self.measured.supervised = torch.stack(self._counted).sum(0).tolist()
                self._hook.remove()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """Note the loss."""
        self.measured.losses += [logs["loss"]] if logs and "loss" in logs else []


def train(trainer: Trainer, warm: int = 0) -> Measured:
    """Train and measure.

    Args:
        warm: steps before the clock starts.
    """
    return _timed(trainer, Clock(trainer.model, warm))


def train_through(trainer: Trainer, features: Sequence[dict[str, Any]]) -> Measured:
    """Train one epoch, all of which is timed, and whose tokens are therefore known."""
    clock = Clock(None, 0)
    clock.measured.real, clock.measured.supervised, clock.measured.pairs = counted(features)
    return _timed(trainer, clock)


def counted(features: Sequence[dict[str, Any]]) -> tuple[int, int, int]:
    """Tokens, those of them that are supervised, and pairs of tokens in attention."""
    lengths = [one["length"] for one in features]
    supervised = sum(label != -100 for one in features for label in one["labels"])
    return sum(lengths), supervised, sum(length**2 for length in lengths)


def _timed(trainer: Trainer, clock: Clock) -> Measured:
    trainer.add_callback(clock)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    trainer.train()
    if torch.cuda.is_available():
        clock.measured.peak_bytes = torch.cuda.max_memory_allocated()
    return clock.measured


def now() -> float:
    """Seconds, once a GPU has done what it was given; of this process's CPU time where there is none."""
    if not torch.cuda.is_available():
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()
