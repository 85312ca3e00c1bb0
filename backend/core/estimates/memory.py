"""Memory of a run before it starts: the heaviest batches there will be, and the phase that takes most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from backend.core.environment.processor import fast_at_bfloat16
from backend.core.estimates.batches import Batch, heaviest
from backend.core.estimates.choices import FILLED
from backend.core.estimates.demand import MOVED_BY, Demand, MemoryParts
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

DeviceKind = Literal["cpu", "cuda", "mps"]


class MemoryEstimate(BaseModel):
    """Memory of the device at its peak, in bytes."""

    total_bytes: int
    available_bytes: int | None
    parts: MemoryParts
    moved_by: dict[str, list[str]]
    """The parameters that move each part"""


@dataclass(frozen=True)
class Examples:
    """What the batches of a run are made of.

    Args:
        lengths: tokens of each example, cut.
        learnt_share: of the tokens that are supervised.
        passes: over all of them.
        scored: whether there is validation data.
    """

    lengths: Sequence[int]
    learnt_share: float
    passes: float
    scored: bool


def memory_of(
    params: TrainParams, model: ModelShape, examples: Examples, device: DeviceKind, available_bytes: int | None
) -> MemoryEstimate:
    """The parts of the phase that takes most, on this device.

    Args:
        available_bytes: that are free on it; None = not known.
    """
    kind: Literal["cpu", "cuda"] = "cpu" if device == "cpu" else "cuda"
    demand = Demand(params, model, kind, width_of(params, device), available_bytes)
    if params.auto_find_batch_size:
        parts = _filling(demand, examples, available_bytes)
    else:
        parts = _with_batch(demand, examples, params.per_device_train_batch_size)
    return MemoryEstimate(total_bytes=parts.total, available_bytes=available_bytes, parts=parts, moved_by=MOVED_BY)


def width_of(params: TrainParams, device: DeviceKind) -> int:
    """Bytes of a number in the precision that `backend.engine.device` chooses."""
    if params.dtype != "auto":
        return 4 if params.dtype == "float32" else 2
    return 2 if device == "cuda" or (device == "cpu" and fast_at_bfloat16()) else 4


def memory_basis(params: TrainParams, model: ModelShape, device: DeviceKind) -> str:
    """What the figure rests on, in sentences."""
    pads = params.padding_free == "no" or model.scales_logits
    sentences = [
        model.basis,
        f"Counted for {'batches padded to their longest example' if pads else 'examples end to end'}, at the largest "
        + "batch to be expected.",
    ]
    if device != "cpu":
        sentences.append("What a GPU's allocator adds is derived, not measured.")
    if params.auto_find_batch_size:
        sentences.append("auto_find_batch_size fills what is free: counted for the batch it is expected to find.")
    return " ".join(sentences)


def _with_batch(demand: Demand, examples: Examples, size: int) -> MemoryParts:
    params = demand.params
    pads = params.padding_free == "no" or demand.model.scales_logits
    batches = math.ceil(len(examples.lengths) * examples.passes / size)
    step = heaviest(examples.lengths, size, batches, pads=pads, learnt_share=examples.learnt_share)
    scored: Batch | None = None
    if examples.scored:
        # The validation examples are taken for as long as the others.
        asked = (step.longest,) * params.per_device_eval_batch_size
        scored = Batch(asked, pads, examples.learnt_share)
    return demand.peak(step, scored)


def _filling(demand: Demand, examples: Examples, available_bytes: int | None) -> MemoryParts:
    """With the largest part of the effective batch that fits; with the smallest where nobody knows what is free."""
    params = demand.params
    effective = params.per_device_train_batch_size * params.gradient_accumulation_steps
    room = FILLED[demand.device] * (available_bytes or 0)
    smallest = _with_batch(demand, examples, 1)
    found = (_with_batch(demand, examples, size) for size in range(effective, 1, -1) if effective % size == 0)
    return next((parts for parts in found if parts.total <= room), smallest)
