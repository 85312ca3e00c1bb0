"""The plan of a run, told before it starts: what `--dry_run` prints, and what is later compared with what came."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch

from backend.core.environment.hardware import Hardware, hardware
from backend.core.environment.settings import Settings
from backend.core.estimates.estimate import DataShape, Estimate, estimate
from backend.core.estimates.history import Prediction, past_runs
from backend.core.estimates.memory import DeviceKind
from backend.core.estimates.speed import Speed, speed_of
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams
from backend.engine.device import Device
from backend.engine.preparation import Prepared
from backend.engine.progress import duration
from backend.engine.tokenising import Tokenised

GIB = 2**30


def plan(
    params: TrainParams,
    base: str,
    data: Tokenised,
    free_bytes: int | None,
    *,
    device: str = "cpu",
    scored: Tokenised | None = None,
    speed: Speed | None = None,
    processes: int = 1,
) -> Estimate:
    """The estimate on exact token counts.

    Args:
        base: where the base model lies, to read its shape.
        free_bytes: free memory of the device.
        device: `cpu`, `cuda` or `mps`.
        scored: the validation examples.
        speed: of such runs here; None = not known.
        processes: that share the examples of each step.
    """
    # The counts are of the training part alone, so the split must not be taken off once more.
    shape = DataShape(
        data.lengths,
        data.supervised_tokens,
        "Counted with the model's own tokenizer.",
        evaluation_tokens=scored.tokens if scored else 0,
    )
    return estimate(
        params.model_copy(update={"validation_split": 0.0, "max_train_samples": None}),
        shape,
        shape_of(params.base_model_name, Path(base)),
        device=cast(DeviceKind, device),
        available_bytes=free_bytes,
        speed=speed,
        processes=processes,
    )


def planned_by_history(
    params: TrainParams, prepared: Prepared, device: Device, settings: Settings, processes: int = 1
) -> Estimate:
    """The estimate of a run, its time told from the runs of the same base model that ended on this device."""
    past = past_runs(settings.model_output_dir, [hardware_of(device, processes)])
    return plan(
        params,
        prepared.base,
        prepared.train,
        device.free_bytes(),
        device=device.kind,
        scored=prepared.evaluation,
        speed=speed_of(past, params),
        processes=processes,
    )


def hardware_of(device: Device, processes: int) -> Hardware:
    """What a run of so many processes, each on such a device, computes on."""
    return hardware(device.kind, torch.cuda.get_device_name() if device.kind == "cuda" else None, processes)


def prediction(planned: Estimate) -> Prediction:
    """What is kept of a plan, to be compared with what came."""
    return Prediction(
        steps=planned.steps,
        memory_bytes=planned.memory.total_bytes,
        memory_basis=planned.basis.memory,
        seconds=planned.seconds,
        train_seconds=planned.train_seconds,
        seconds_basis=planned.basis.seconds,
    )


def plan_sentence(planned: Estimate) -> str:
    """The plan in a line of the log."""
    time = f"about {duration(planned.seconds)}" if planned.seconds else "a time that nothing is known of yet"
    return f"Expected: {planned.steps:,} steps, {time}, {size(planned.memory.total_bytes)} of memory."


def plan_lines(told: list[str], planned: Estimate, measured: str = "") -> list[str]:
    """The plan in words: the sentences of the preparation, then steps, memory and time.

    Args:
        measured: a sentence on the memory that was held, where some steps were taken.
    """
    parts = ", ".join(f"{name} {size(count)}" for name, count in planned.memory.parts.model_dump().items())
    free = planned.memory.available_bytes
    return [
        *told,
        f"Steps: {planned.steps:,} optimiser steps over {planned.tokens:,} tokens, {_batch(planned)}.",
        f"Memory: about {size(planned.memory.total_bytes)}"
        + (f" of {size(free)} free" if free is not None else "")
        + f" ({parts}). {planned.basis.memory}",
        *([measured] if measured else []),
        "Time: "
        + (f"about {duration(planned.seconds)}. " if planned.seconds else "unknown. ")
        + planned.basis.seconds,
        *(f"Mind: {warning}" for warning in planned.warnings),
        "Nothing was written: leave out --dry_run to train.",
    ]


def _batch(planned: Estimate) -> str:
    factors = zip(planned.batch_factors, ("in a batch", "accumulated", "processes"), strict=False)
    product = " × ".join(f"{count} {what}" for count, what in factors)
    return f"each of {planned.effective_batch:,} examples ({product})"


def size(count: int) -> str:
    """Bytes as a person says them."""
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / 2**20:.0f} MiB"
