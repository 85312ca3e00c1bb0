"""How long each optimiser step of a Trainer takes, and what it computes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from backend.core.estimates.work import Load
from backend.engine.processes.world import ALONE, World

now = time.perf_counter
"""The clock; a benchmark on a machine with other work takes the process's CPU time."""
UNMEASURED = 2
"""First steps that do not count: the first makes the optimiser's moments, and on a GPU chooses kernels."""
FEWEST, LONGEST_SECONDS = 3, 30.0
"""Steps after which it may end early, once so many seconds were measured."""


@dataclass(frozen=True)
class Step:
    """An optimiser step: its seconds, its load, and its tokens without padding."""

    seconds: float
    load: Load
    tokens: int


class StepClock(TrainerCallback):
    """Times steps, ends the training after some of them, and lets it save one checkpoint and score nothing.

    Args:
        wanted: steps to time, after the first few.
        on_gpu: whether to wait for the GPU at the end of a step.
        world: of the processes that train: all end after the same step.
    """

    def __init__(self, wanted: int, *, on_gpu: bool, world: World = ALONE) -> None:
        self.wanted = wanted
        self.world = world
        self.on_gpu = on_gpu
        self.saving_seconds = 0.0
        self._times: list[float] = []
        self._loads: list[Load] = []
        self._tokens: list[Any] = []

    @contextmanager
    def counting(self, model: Any) -> Iterator[None]:
        """Within it, what the model is given counts for the step."""
        hook = model.register_forward_pre_hook(self._count, with_kwargs=True)
        try:
            yield
        finally:
            hook.remove()

    @property
    def began(self) -> float:
        """When the first step could begin: the Trainer has put everything in its place."""
        return self._times[0]

    def steps(self) -> tuple[list[Step], list[Step]]:
        """The first steps, and those that count: at least one."""
        seconds = [end - begin for begin, end in pairwise(self._times)]
        tokens = [int(count) for count in self._tokens]  # only now: a GPU would have had to wait
        found = [Step(*each) for each in zip(seconds, self._loads, tokens, strict=True)]
        first = min(UNMEASURED, len(found) - 1)
        return found[:first], found[first:]

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self._times = [self.read()]

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begin to count."""
        self._loads.append(Load())
        self._tokens.append(0)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Stop the clock; save after the last step, as the run does at its end."""
        self._times.append(self.read())
        has_enough = self.world.any(self._has_enough())
        control.should_training_stop = control.should_training_stop or has_enough
        control.should_save = control.should_training_stop
        control.should_evaluate = False
        return control

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> TrainerControl:
        """Neither save once more nor score."""
        if control.should_training_stop:
            self.saving_seconds = self.read() - self._times[-1]
        control.should_save = control.should_evaluate = False
        return control

    def _has_enough(self) -> bool:
        done = len(self._times) - 1 - UNMEASURED
        return done >= self.wanted or (done >= FEWEST and self._times[-1] - self._times[UNMEASURED] >= LONGEST_SECONDS)

    def _count(self, _: Any, __: Any, batch: dict[str, Any]) -> None:
        rows, width = batch["input_ids"].shape
        if "borders" in batch:
            pairs = sum((end - begin) ** 2 for begin, end in pairwise(batch["borders"]))
            self._loads[-1] += Load(width, batch["learnt"].numel(), pairs)
            self._tokens[-1] += width
        else:
            self._loads[-1] += Load(rows * width, rows * width, rows * width * width)
            self._tokens[-1] += batch["attention_mask"].sum()

    def read(self) -> float:
        """The time, once a GPU has done what it was given."""
        if self.on_gpu:
            torch.cuda.synchronize()
        return now()
