"""The plan of a run, told before it starts: what `--dry_run` prints."""

from __future__ import annotations

from pathlib import Path

from backend.core.estimates.estimate import DataShape, Estimate, estimate
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams
from backend.engine.progress import duration
from backend.engine.tokenising import Tokenised

GIB = 2**30


def plan(params: TrainParams, base: str, data: Tokenised, free_bytes: int | None, *, processes: int = 1) -> Estimate:
    """The estimate on exact token counts.

    Args:
        base: where the base model lies, to read its shape.
        free_bytes: free memory of the device.
        processes: that share the examples of each step.
    """
    # The counts are of the training part alone, so the split must not be taken off once more.
    shape = DataShape(data.lengths, data.supervised_tokens, "Counted with the model's own tokenizer.")
    whole = params.model_copy(update={"validation_split": 0.0, "max_train_samples": None})
    return estimate(
        whole, shape, shape_of(params.base_model_name, Path(base)), available_bytes=free_bytes, processes=processes
    )


def plan_lines(told: list[str], planned: Estimate) -> list[str]:
    """The plan in words: the sentences of the preparation, then steps, memory and time."""
    parts = ", ".join(f"{name} {_size(count)}" for name, count in planned.memory.parts.model_dump().items())
    free = planned.memory.available_bytes
    return [
        *told,
        f"Steps: {planned.steps:,} optimiser steps over {planned.tokens:,} tokens.",
        f"Memory: about {_size(planned.memory.total_bytes)}"
        + (f" of {_size(free)} free" if free is not None else "")
        + f" ({parts}). {planned.basis.memory}",
        "Time: "
        + (f"about {duration(planned.seconds)}. " if planned.seconds else "unknown. ")
        + planned.basis.seconds,
        *(f"Mind: {warning}" for warning in planned.warnings),
        "Nothing was written: leave out --dry_run to train.",
    ]


def _size(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / 2**20:.0f} MiB"
