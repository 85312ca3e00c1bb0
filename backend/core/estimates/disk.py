"""What a run writes, before it starts: its checkpoints, as many as are kept, and the finished adapter."""

from __future__ import annotations

from pydantic import BaseModel

from backend.core.estimates.optimisers import moments
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

SAVED_BYTES = 4
"""Of a trained number in a file: adapters are trained and saved in float32."""
BESIDE_BYTES = 16_000_000
"""The tokenizer and the small files beside an adapter; a vocabulary of 152k entries takes 11 MB."""
FEWEST_KEPT = 2
"""Checkpoints that are kept however few are asked for."""


class DiskEstimate(BaseModel):
    """Room on the disk of the models folder, in bytes."""

    needed_bytes: int
    free_bytes: int | None


def disk_of(params: TrainParams, model: ModelShape, checkpoints: int, free_bytes: int | None) -> DiskEstimate:
    """The most that lies there at a time: the checkpoints that are kept, and one more that is being written.

    Args:
        checkpoints: that are written over the run.
        free_bytes: of that disk; None = not known.
    """
    trained = model.adapter_parameters(params.lora_r, params.lora_target_modules, directions=params.use_dora)
    adapter = SAVED_BYTES * trained + BESIDE_BYTES
    checkpoint = adapter + round(moments(params.optim, "cpu") * trained)
    kept = min(checkpoints, max(FEWEST_KEPT, params.save_total_limit) + 1)
    return DiskEstimate(needed_bytes=adapter + kept * checkpoint, free_bytes=free_bytes)
