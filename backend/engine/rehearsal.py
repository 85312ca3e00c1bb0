"""The first steps of a run, taken to see how long it will take: its own model, Trainer and order, and nothing kept."""

from __future__ import annotations

import heapq
import tempfile
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from transformers import Trainer

from backend.core.estimates.schedule import Schedule
from backend.core.estimates.speed import Speed
from backend.core.estimates.work import load_of, scoring_flops, training_flops
from backend.core.models.shapes import ModelShape, shape_of
from backend.core.params import TrainParams
from backend.core.runs.fingerprint import fingerprint
from backend.core.runs.folder import RunFolder
from backend.engine import step_clock, training
from backend.engine.assembly import Assembled, assemble
from backend.engine.batch_size import WorstBatch
from backend.engine.collator import collator_for
from backend.engine.device import Device
from backend.engine.memory import held_at_most
from backend.engine.plan import size
from backend.engine.preparation import Prepared
from backend.engine.processes.world import ALONE, World
from backend.engine.step_clock import Step, StepClock
from backend.engine.tensorboard import tensorboard_callback

SCORED_BATCHES = 4
"""Validation batches that are timed, after one that is not."""
MOST_OF_ANY = 0.9
"""Of a measured batch's time that a small one may take; with noise it may seem to take more."""
LARGEST_SMALL = 0.6
"""Share of a measured batch's operations that a small one may have, for the difference to tell anything."""


@dataclass(frozen=True)
class Rehearsal:
    """What was measured.

    Args:
        params: of the run, with the batch and the layout that were found for it.
        speed: of its training.
        memory: a sentence on what was held at the peak.
    """

    params: TrainParams
    speed: Speed
    memory: str


def rehearse(
    params: TrainParams, prepared: Prepared, device: Device, started: datetime, world: World = ALONE
) -> Rehearsal:
    """Take `measured_steps` steps of the run in a folder that is removed afterwards.

    Args:
        started: when the run began to prepare.
        world: of the processes that train; each measures its share of every step.
    """
    fingerprint(Path(prepared.base))  # the run does, and it reads the whole model
    made = assemble(params, prepared, device, None, world)
    stage = _Stage(made, shape_of(params.base_model_name, Path(prepared.base)), prepared, device, world)
    clock = StepClock(params.measured_steps, on_gpu=device.kind == "cuda", world=world)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        trainer = stage.trainer(Path(folder), clock)
        ready_seconds = (datetime.now(timezone.utc) - started).total_seconds()
        called = clock.read()
        with clock.counting(trainer.model):
            trainer.train()
        ready_seconds += clock.began - called
        scoring_rate = stage.scoring_rate(trainer)
    told = (
        made.params.model_copy(update={"padding_free": "no"}) if made.pads else made.params
    )  # as an estimate reads it
    return Rehearsal(told, stage.speed(clock, ready_seconds, scoring_rate), stage.peak())


@dataclass(frozen=True)
class _Stage:
    """What is rehearsed, and where."""

    made: Assembled
    shape: ModelShape
    prepared: Prepared
    device: Device
    world: World

    def trainer(self, folder: Path, clock: StepClock) -> Trainer:
        """The run's own, whose checkpoint goes into a folder of no lasting."""
        run = RunFolder(folder / "run", {}, resume=False)  # never entered: only its names are used
        callbacks = [tensorboard_callback(folder / "tensorboard"), clock]
        model, params = self.made.model, self.made.params
        return training.build_trainer(
            model, params, self.prepared, self.device, run, callbacks, pads=self.made.pads, world=self.world
        )

    def speed(self, clock: StepClock, ready_seconds: float, scoring_rate: float | None) -> Speed:
        """What the steps tell of the whole run."""
        params, processes = self.made.params, self.world.size
        first, measured = clock.steps()
        seconds, flops = sum(step.seconds for step in measured), sum(self._flops(step) for step in measured)
        batches = len(measured) * params.gradient_accumulation_steps
        each = self._seconds_of_any_batch(clock, seconds / batches, flops / batches)
        rate = flops / (seconds - each * batches)
        late = sum(step.seconds - seconds / len(measured) for step in first)
        # The examples of the validation part are none of these any more.
        whole = params.model_copy(update={"validation_split": 0.0, "max_train_samples": None})
        schedule = Schedule(whole, len(self.prepared.train.features), processes)
        steps, saves = schedule.steps, schedule.checkpoints
        count = "1 step" if len(measured) == 1 else f"{len(measured)} steps"
        tokens = processes * sum(step.tokens for step in measured)
        return Speed(
            flops_per_second=rate * processes,
            fixed_seconds=ready_seconds,
            basis=f"Measured: {count} here, {tokens / seconds:,.0f} tokens a second.",
            scoring_flops_per_second=scoring_rate,
            beside_seconds=max(0.0, late)
            + saves * clock.saving_seconds
            + each * steps * params.gradient_accumulation_steps,
        )

    def _seconds_of_any_batch(self, clock: StepClock, seconds: float, flops: float) -> float:
        """What a batch takes whatever its size (unpacking of weights, starting of kernels): told by a small one.

        Grouped by length the longest examples come first, so that from the first steps alone the later ones would be
        thought to take a quarter less.

        Args:
            seconds, flops: of a measured batch.
        """
        batch = self.made.params.per_device_train_batch_size
        shortest = heapq.nsmallest(batch, self.prepared.train.features, key=lambda one: int(one["length"]))
        small = self._trial(shortest)
        learnt = self.prepared.train.supervised_tokens / self.prepared.train.tokens
        load = load_of([one["length"] for one in shortest], self.made.params, learnt=learnt, pads=self.made.pads)
        least = training_flops(self.shape, self.made.params, load)
        if least > LARGEST_SMALL * flops:
            return 0.0
        small(batch)
        began = clock.read()
        small(batch)
        taken = min(clock.read() - began, MOST_OF_ANY * seconds)
        return max(0.0, taken - (seconds - taken) / (flops - least) * least)

    def _flops(self, step: Step) -> float:
        return training_flops(self.shape, self.made.params, step.load)

    def scoring_rate(self, trainer: Trainer) -> float | None:
        """Operations a second while the model is scored; None without validation data."""
        data, params = self.prepared.evaluation, self.made.params
        if data is None:
            return None
        some = data.features[: SCORED_BATCHES * params.per_device_eval_batch_size * self.world.size]
        trainer.evaluate(some[: params.per_device_eval_batch_size])
        began = step_clock.now()
        trainer.evaluate(some)
        seconds = step_clock.now() - began
        learnt = data.supervised_tokens / data.tokens
        load = load_of([one["length"] for one in some], params, learnt=learnt, pads=self.made.pads)
        return scoring_flops(self.shape, params, load) / seconds

    def peak(self) -> str:
        """What was held at most, with a batch of the longest examples too."""
        size_of_batch = self.made.params.per_device_train_batch_size
        longest = heapq.nlargest(size_of_batch, self.prepared.train.features, key=lambda one: int(one["length"]))
        self._trial(longest)(len(longest))
        return f"Measured: {size(held_at_most(self.device.kind))} at most, with the longest examples in a batch."

    def _trial(self, examples: list[dict[str, Any]]) -> WorstBatch:
        collate = collator_for(self.prepared.tokenizer.pad_token_id, pads=self.made.pads)
        return WorstBatch(self.made.model, self.made.params, examples, collate, self.device)
