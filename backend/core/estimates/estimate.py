"""What a training run will need, before it starts: tokens, steps, memory, time. Pure arithmetic on counts.

The figures are only as good as the counts, so each answer says what it rests on. `POST /estimate` counts characters;
`train.py --dry_run` passes exact token counts to the same function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from backend.core.estimates.disk import DiskEstimate, disk_of
from backend.core.estimates.doubts import Fix, doubts
from backend.core.estimates.history import HistorySummary
from backend.core.estimates.memory import DeviceKind, Examples, MemoryEstimate, memory_basis, memory_of
from backend.core.estimates.schedule import Schedule
from backend.core.estimates.speed import Speed
from backend.core.estimates.work import Course, work_of
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams


@dataclass(frozen=True)
class DataShape:
    """What an estimate needs to know of a dataset.

    Args:
        lengths: tokens of each example, before it is cut off.
        supervised_tokens: tokens the model learns to write, before cutting.
        basis: a sentence on how they were counted.
        evaluation_tokens: of validation examples in a file of their own.
    """

    lengths: Sequence[int]
    supervised_tokens: int
    basis: str
    evaluation_tokens: int = 0


class Basis(BaseModel):
    """What each figure rests on, in a sentence."""

    tokens: str
    memory: str
    seconds: str


class Estimate(BaseModel):
    """The answer."""

    examples: int
    tokens: int
    """Over the whole run"""
    tokens_per_epoch: int
    truncated_share: float
    supervised_share: float
    steps: int
    effective_batch: int
    """Examples that a step learns from"""
    batch_factors: list[int]
    """What it is the product of: the examples of a batch, those accumulated, and several processes"""
    warmup_steps: int
    checkpoints: int
    """That are written over the run"""
    memory: MemoryEstimate
    disk: DiskEstimate
    seconds: float | None
    """Of the whole run, loading and saving included"""
    train_seconds: float | None
    """Those of them in which it learns and is scored"""
    flops: float
    """Operations while it learns and is scored"""
    useful_flops: float
    """Those without padding, and without what is computed a second time to save memory"""
    basis: Basis
    warnings: list[str]
    fixes: list[Fix]
    """What would settle those warnings that a change of parameters settles"""
    history: HistorySummary | None = None
    """How earlier predictions came true on this machine; null where nobody asked"""


def estimate(
    params: TrainParams,
    data: DataShape,
    model: ModelShape,
    *,
    device: DeviceKind = "cpu",
    processes: int = 1,
    available_bytes: int | None = None,
    free_disk_bytes: int | None = None,
    speed: Speed | None = None,
) -> Estimate:
    """Tokens, steps, memory and time of a run.

    Args:
        device: that it would run on.
        processes: that would share the examples of a step, each on a device of its own.
        available_bytes: free memory of that device.
        free_disk_bytes: on the disk that the run writes to.
        speed: of earlier runs of this base model on this machine; None = time unknown.
    """
    kept = [min(length, params.max_length) for length in data.lengths] or [1]
    schedule = Schedule(params, len(data.lengths), processes)
    learnt = data.supervised_tokens / max(1, sum(data.lengths))
    is_scored = bool(data.evaluation_tokens or params.validation_split or params.eval_dataset_path)
    memory = memory_of(params, model, Examples(kept, learnt, schedule.epochs, is_scored), device, available_bytes)
    disk = disk_of(params, model, schedule.checkpoints, free_disk_bytes)
    doubtful = doubts(params, data.lengths, schedule, memory, disk)
    course = _course(schedule, data, kept, learnt)
    work = work_of(model, params, kept, course)
    seconds = speed.seconds_for(work) if speed else None
    truncated = sum(length > params.max_length for length in data.lengths) / len(kept)
    return Estimate(
        examples=schedule.examples,
        tokens=round(course.passes * sum(kept)),
        tokens_per_epoch=round(course.passes * sum(kept) / schedule.epochs),
        truncated_share=round(truncated, 4),
        supervised_share=round(learnt, 4),
        steps=schedule.steps,
        effective_batch=math.prod(schedule.batch_factors),
        batch_factors=schedule.batch_factors,
        warmup_steps=schedule.warmup_steps,
        checkpoints=schedule.checkpoints,
        memory=memory,
        disk=disk,
        seconds=None if seconds is None or speed is None else round(seconds + speed.fixed_seconds, 1),
        train_seconds=None if seconds is None else round(seconds, 1),
        flops=work.flops,
        useful_flops=work_of(model, params, kept, course, useful=True).flops,
        basis=Basis(
            tokens=data.basis,
            memory=memory_basis(params, model, device),
            seconds=speed.basis if speed else "No earlier run of this base model on this machine to go by.",
        ),
        warnings=[doubt.sentence for doubt in doubtful],
        fixes=[doubt.fix for doubt in doubtful if doubt.fix],
    )


def _course(schedule: Schedule, data: DataShape, kept: Sequence[int], learnt: float) -> Course:
    """The tokens that a run goes through, the examples it takes being like the others."""
    held_out = schedule.examples - schedule.learnt
    scored = data.evaluation_tokens or held_out * sum(kept) / len(kept)
    return Course(
        passes=schedule.epochs * schedule.learnt / len(kept), learnt=learnt, scored=scored * schedule.evaluations
    )
