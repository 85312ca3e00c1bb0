"""What a training run will need, before it starts: tokens, steps, memory, time. Pure arithmetic on counts.

The figures are only as good as the counts, so each answer says what it rests on. `POST /estimate` counts characters;
`train.py --dry_run` passes exact token counts to the same function.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from backend.core.estimates.history import HistorySummary
from backend.core.estimates.speed import Speed
from backend.core.estimates.work import Course, work_of
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

ADAPTER_BYTES = 4
OPTIMISER_BYTES = 12
"""AdamW per trained parameter: two float32 moments and a float32 gradient."""
QUANTISED_BITS = {True: 4.127, False: 4.5}
"""NF4 per parameter with its constants, quantised again (True) or in float32, at the usual block of 64."""
ACTIVATION_BYTES = 34
"""Per token, layer and hidden unit in 16 bit, with attention that keeps no score matrix (arXiv:2205.05198)."""
CHECKPOINT_BYTES = 2
"""The same with gradient checkpointing: each layer's input only, the rest is computed again."""
RUNTIME_BYTES = 600 * 2**20
"""Libraries, kernels and the allocator's slack."""


DeviceKind = Literal["cpu", "cuda", "mps"]


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


class MemoryParts(BaseModel):
    """Where the memory goes, in bytes."""

    weights: int
    adapter: int
    optimizer: int
    activations: int
    logits: int
    runtime: int


class MemoryEstimate(BaseModel):
    """Memory of the device at its peak, in bytes."""

    total_bytes: int
    available_bytes: int | None
    parts: MemoryParts


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
    memory: MemoryEstimate
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
    speed: Speed | None = None,
) -> Estimate:
    """Tokens, steps, memory and time of a run.

    Args:
        device: that it would run on.
        processes: that would share the examples of a step, each on a device of its own.
        available_bytes: free memory of that device.
        speed: of earlier runs of this base model on this machine; None = time unknown.
    """
    kept = [min(length, params.max_length) for length in data.lengths]
    count = len(kept)
    if params.max_train_samples:
        count = min(count, params.max_train_samples)
    training = max(1, round(count * (1 - params.validation_split)))
    per_epoch = round(sum(kept) / max(1, len(kept)) * training)
    per_epoch_steps = steps_per_epoch(training, params, processes)
    steps = steps_of(training, params, processes)
    tokens = round(per_epoch * steps / per_epoch_steps)
    memory = _memory(params, max(kept, default=1), model, available_bytes)
    truncated = sum(length > params.max_length for length in data.lengths) / max(1, len(kept))
    scored = data.evaluation_tokens or per_epoch / training * (count - training)
    course = Course(
        passes=tokens / max(1, sum(kept)),
        learnt=data.supervised_tokens / max(1, sum(data.lengths)),
        scored=scored * evaluations(params, steps, steps / per_epoch_steps),
    )
    work = work_of(model, params, kept, course)
    train_seconds = round(speed.seconds_for(work), 1) if speed else None
    return Estimate(
        examples=count,
        tokens=tokens,
        tokens_per_epoch=per_epoch,
        truncated_share=round(truncated, 4),
        supervised_share=round(data.supervised_tokens / max(1, sum(data.lengths)), 4),
        steps=steps,
        memory=memory,
        seconds=round(train_seconds + speed.fixed_seconds, 1) if speed and train_seconds is not None else None,
        train_seconds=train_seconds,
        flops=work.flops,
        useful_flops=work_of(model, params, kept, course, useful=True).flops,
        basis=Basis(
            tokens=data.basis,
            memory=model.basis,
            seconds=speed.basis if speed else "No earlier run of this base model on this machine to go by.",
        ),
        warnings=_warnings(params, truncated, memory, steps),
    )


def evaluations(params: TrainParams, steps: int, epochs: float) -> int:
    """How often a run looks at its validation data, at its end too."""
    if not params.eval_steps:
        return math.ceil(epochs)
    return math.ceil(steps / params.eval_steps)


def steps_of(examples: int, params: TrainParams, processes: int = 1) -> int:
    """Optimiser steps of a run."""
    by_epochs = math.ceil(params.num_train_epochs * steps_per_epoch(examples, params, processes))
    return params.max_steps if params.max_steps > 0 else by_epochs


def steps_per_epoch(examples: int, params: TrainParams, processes: int = 1) -> int:
    """Optimiser steps in one pass of so many processes together, the last one possibly with fewer examples."""
    batches = math.ceil(examples / (params.per_device_train_batch_size * processes))
    return max(1, math.ceil(batches / params.gradient_accumulation_steps))


def _memory(params: TrainParams, longest: int, model: ModelShape, available_bytes: int | None) -> MemoryEstimate:
    bits = QUANTISED_BITS[params.bnb_4bit_use_double_quant] if params.load_in_4bit else 16.0
    bits = 8.0 if params.load_in_8bit else 32.0 if params.dtype == "float32" and bits == 16 else bits
    trained = model.adapter_parameters(params.lora_r, params.lora_target_modules)
    places = params.per_device_train_batch_size * longest
    layer_bytes = ACTIVATION_BYTES * places * model.hidden_size
    activations = layer_bytes * model.layers
    if params.gradient_checkpointing:
        activations = CHECKPOINT_BYTES * places * model.hidden_size * model.layers + layer_bytes
    parts = MemoryParts(
        weights=round(model.linear_parameters * bits / 8 + model.embedding_parameters * 2),
        adapter=trained * ADAPTER_BYTES,
        optimizer=trained * OPTIMISER_BYTES,
        activations=activations,
        logits=places * model.vocab_size * (2 + 4),  # in 16 bit, and again in float32 for the loss
        runtime=RUNTIME_BYTES,
    )
    total = sum(parts.model_dump().values())
    return MemoryEstimate(total_bytes=total, available_bytes=available_bytes, parts=parts)


def _warnings(params: TrainParams, truncated: float, memory: MemoryEstimate, steps: int) -> list[str]:
    warnings = []
    if truncated > 0:
        warnings.append(f"{truncated:.1%} of the examples are longer than max_length={params.max_length}: cut off.")
    if memory.available_bytes is not None and memory.total_bytes > memory.available_bytes:
        warnings.append(
            f"Needs about {memory.total_bytes / 2**30:.1f} GiB and {memory.available_bytes / 2**30:.1f} GiB are free: "
            "lower per_device_train_batch_size or max_length, or set gradient_checkpointing."
        )
    if steps < 10:
        warnings.append(
            f"Only {steps} optimiser steps: lower gradient_accumulation_steps or add epochs to learn more."
        )
    return warnings
