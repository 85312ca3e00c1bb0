"""How many examples fit into memory at a time, tried on the longest ones before the run.

Hugging Face's own finder makes the batch smaller and leaves the accumulation as it is, so that what is learnt depends
on the memory of the machine. Here only the parts change that the effective batch is computed in.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from transformers import TrainerState
from transformers.trainer import TRAINER_STATE_NAME

from backend.core.estimates.choices import FILLED
from backend.core.params import TrainParams
from backend.core.runs.checkpoints import Checkpoint
from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator, collator_for
from backend.engine.device import Device, own_gpu
from backend.engine.memory import peak_of
from backend.engine.preparation import Prepared
from backend.engine.processes.world import ALONE, World
from backend.engine.training import checkpointing

logger = logging.getLogger(__name__)

BOLDEST = 4
"""How many times larger a batch may be than the last one that was measured."""
OPTIMISER_BYTES = 8
"""AdamW's moments for a trained parameter: made after the first batch, they must fit beside every later one."""


def with_what_fits(
    model: Any,
    params: TrainParams,
    prepared: Prepared,
    device: Device,
    checkpoint: Checkpoint | None,
    *,
    pads: bool,
    world: World = ALONE,
) -> TrainParams:
    """The parameters with the batch that fits, and the accumulation that keeps the effective batch.

    Args:
        model: with its adapter, laid out as it will be trained.
        checkpoint: to resume from; a run goes on with the batch it began with, whatever is free now.
        pads: whether batches are padded; else their examples lie end to end.
        world: of the processes that train: all take the batch that fits everywhere.
    """
    effective = params.per_device_train_batch_size * params.gradient_accumulation_steps
    if checkpoint and effective % (before := _before(checkpoint)) == 0:
        size, why = before, "as before the resume"
    else:
        longest = heapq.nlargest(effective, prepared.train.features, key=lambda example: len(example["input_ids"]))
        trial = WorstBatch(model, params, longest, collator_for(prepared.tokenizer.pad_token_id, pads=pads), device)
        sizes = [size for size in range(1, len(longest) + 1) if effective % size == 0]
        found = (_tried if device.kind == "cuda" else _measured)(trial, sizes, device)
        size, why = min(map(tuple, world.all_of("the batch that fits", found)))
    logger.info(
        "Batch: %d examples at a time, %d x a step; the effective batch stays %d (%s).",
        size, effective // size, effective * world.size, why,
    )  # fmt: skip
    return params.model_copy(
        update={"per_device_train_batch_size": size, "gradient_accumulation_steps": effective // size}
    )


class WorstBatch:
    """The largest batch there can be of a size: the longest examples, forth and back.

    Args:
        longest: examples, the longest first.
        collate: makes a batch of them.
    """

    def __init__(
        self,
        model: Any,
        params: TrainParams,
        longest: list[dict[str, Any]],
        collate: DataCollatorForCausalLM | EndToEndCollator,
        device: Device,
    ) -> None:
        self.model = model
        self.params = params
        self.longest = longest
        self.collate = collate
        self.device = device

    def tokens(self, size: int) -> int:
        """Places in the batch, padding included."""
        return int(self.collate(self.longest[:size])["input_ids"].numel())

    def reserve(self) -> int:
        """Bytes that will be needed beside every batch but the first."""
        return OPTIMISER_BYTES * sum(part.numel() for part in self.model.parameters() if part.requires_grad)

    def __call__(self, size: int) -> None:
        """Compute the gradients, and leave no trace of it. Raises torch.OutOfMemoryError on a GPU."""
        batch = self.collate(self.longest[:size])
        where, dtype = self.device.kind, self.device.dtype
        batch = {name: part.to(where) if isinstance(part, torch.Tensor) else part for name, part in batch.items()}
        with self._as_in_training(), torch.autocast(where, dtype, enabled=dtype != torch.float32):
            self.model(**batch, use_cache=False).loss.backward()

    @contextmanager
    def _as_in_training(self) -> Iterator[None]:
        was_training = self.model.training
        if self.params.gradient_checkpointing:
            kept = checkpointing(self.params, self.device)
            every, offload = kept.pop("every_n_layers"), kept.pop("offload")
            self.model.gradient_checkpointing_enable(kept, every_n_layers=every, offload=offload)
        with torch.random.fork_rng(own_gpu()):
            self.model.train()
            try:
                yield
            finally:
                self.model.train(was_training)
                self.model.zero_grad(set_to_none=True)


def _tried(trial: WorstBatch, sizes: Sequence[int], device: Device) -> tuple[int, str]:
    """The largest size that a GPU does not refuse; the smallest is left to fail in the run, which says what to do."""
    reserve = trial.reserve()
    if torch.cuda.is_available():
        reserve += int((1 - FILLED["cuda"]) * torch.cuda.mem_get_info()[1])
    why = "the whole"
    for size in reversed(sizes[1:]):
        fits = _is_held(trial, size, device, reserve)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if fits:
            return size, why
        why = f"{size} did not fit"
    return 1, why


def _is_held(trial: WorstBatch, size: int, device: Device, reserve: int) -> bool:
    try:
        beside = torch.empty(reserve, dtype=torch.uint8, device=device.kind)
        trial(size)
        del beside
    except torch.OutOfMemoryError:
        return False
    return True


def _measured(trial: WorstBatch, sizes: Sequence[int], device: Device) -> tuple[int, str]:
    """The largest size whose memory, in proportion to what a smaller one took, is free.

    Nothing is tried that might not fit, for no error would tell: the system ends the process. The proportion is too
    cautious by what does not grow with the batch, so it is taken anew from each size that was tried.
    """
    free = int(FILLED["cpu"] * (device.free_bytes() or 0)) - trial.reserve()
    size, taken = 1, peak_of(lambda: trial(1))
    while larger := _next(sizes, size, free / max(taken, 1) * trial.tokens(size), trial):
        size, taken = larger, peak_of(partial(trial, larger))
    return size, f"the longest take {taken / 2**20:,.0f} MiB of {free / 2**20:,.0f} that may be filled"


def _next(sizes: Sequence[int], size: int, room: float, trial: WorstBatch) -> int | None:
    """The largest size that has room, but not one many times the last: what was measured may have been a reuse."""
    found = [one for one in sizes if size < one <= size * BOLDEST and trial.tokens(one) <= room]
    return max(found, default=None)


def _before(checkpoint: Checkpoint) -> int:
    """The batch of the run that saved this."""
    return int(TrainerState.load_from_json(str(checkpoint.folder / TRAINER_STATE_NAME)).train_batch_size or 1)
