"""What is doubtful about a run that could be started all the same, in a sentence each, and what would settle it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, JsonValue

from backend.core.estimates.disk import FEWEST_KEPT, DiskEstimate
from backend.core.estimates.memory import MemoryEstimate
from backend.core.estimates.schedule import Schedule
from backend.core.params import TrainParams

FEW_STEPS = 10
LONG_ENOUGH = 50
"""Steps from which on the loss of a whole run is worth a checkpoint in its middle."""
CHECKPOINTS_OFFERED, POINTS_OFFERED = 4, 20
LENGTHS_END_AT = 64
"""A length that is offered is a multiple of this."""


class Fix(BaseModel):
    """A change of parameters that settles a warning."""

    warning: str
    """The sentence, as it stands among the warnings"""
    words: str
    """What the change is, as a button says it"""
    params: dict[str, JsonValue]


class Doubt(NamedTuple):
    """A sentence, and the change that settles it, if there is one."""

    sentence: str
    fix: Fix | None = None


def doubts(
    params: TrainParams, lengths: Sequence[int], schedule: Schedule, memory: MemoryEstimate, disk: DiskEstimate
) -> list[Doubt]:
    """Everything that a person should know before the run starts.

    Args:
        lengths: tokens of each example, before it is cut off.
    """
    found = (
        *_cut_off(params, lengths),
        *_too_large(memory),
        *_no_room(disk, params),
        *_few_steps(params, schedule),
        *_nothing_saved(params, schedule.steps),
        *_nothing_logged(params, schedule.steps),
    )
    return list(found)


def _settled(sentence: str, words: str, **params: JsonValue) -> Doubt:
    return Doubt(sentence, Fix(warning=sentence, words=words, params=params))


def _cut_off(params: TrainParams, lengths: Sequence[int]) -> Iterator[Doubt]:
    longer = sum(length > params.max_length for length in lengths)
    if longer:
        enough = math.ceil(max(lengths) / LENGTHS_END_AT) * LENGTHS_END_AT
        yield _settled(
            f"{longer / len(lengths):.1%} of the examples are longer than max_length={params.max_length}: cut off.",
            f"Raise max_length to {enough}",
            max_length=enough,
        )


def _too_large(memory: MemoryEstimate) -> Iterator[Doubt]:
    if memory.available_bytes is not None and memory.total_bytes > memory.available_bytes:
        yield Doubt(
            f"Needs about {memory.total_bytes / 2**30:.1f} GiB and {memory.available_bytes / 2**30:.1f} GiB are free: "
            "lower per_device_train_batch_size or max_length, or set gradient_checkpointing."
        )


def _no_room(disk: DiskEstimate, params: TrainParams) -> Iterator[Doubt]:
    if disk.free_bytes is None or disk.needed_bytes <= disk.free_bytes:
        return
    sentence = (
        f"Writes about {disk.needed_bytes / 1e9:.1f} GB and {disk.free_bytes / 1e9:.1f} GB are free on the disk of "
        "the models folder."
    )
    if params.save_total_limit > FEWEST_KEPT:
        yield _settled(sentence, f"Keep {FEWEST_KEPT} checkpoints", save_total_limit=FEWEST_KEPT)
    else:
        yield Doubt(sentence)


def _few_steps(params: TrainParams, schedule: Schedule) -> Iterator[Doubt]:
    if schedule.steps >= FEW_STEPS or params.max_steps > 0:
        return
    sentence = f"Only {schedule.steps} optimiser steps: lower gradient_accumulation_steps or add epochs to learn more."
    if params.gradient_accumulation_steps > 1:
        yield _settled(sentence, "Accumulate nothing", gradient_accumulation_steps=1)
    else:
        epochs = math.ceil(FEW_STEPS / schedule.steps_per_epoch)
        yield _settled(sentence, f"Train {epochs} epochs", num_train_epochs=epochs)


def _nothing_saved(params: TrainParams, steps: int) -> Iterator[Doubt]:
    if params.save_steps >= steps >= LONG_ENOUGH and params.early_stopping_patience is None:
        often = math.ceil(steps / CHECKPOINTS_OFFERED)
        yield _settled(
            f"save_steps={params.save_steps} and the run has {steps} steps: no checkpoint before its end, so that a "
            "crash would lose all of it.",
            f"Save every {often} steps",
            save_steps=often,
        )


def _nothing_logged(params: TrainParams, steps: int) -> Iterator[Doubt]:
    if params.logging_steps > steps > 1:
        often = max(1, steps // POINTS_OFFERED)
        yield _settled(
            f"logging_steps={params.logging_steps} and the run has {steps} steps: the curve would have one point.",
            f"Log every {often} steps" if often > 1 else "Log every step",
            logging_steps=often,
        )
