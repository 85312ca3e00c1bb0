"""The order in which examples are learnt, decided by the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices


class LengthGroupedSampler(Sampler[int]):
    """Examples of similar length together, longest first, each epoch in another order.

    The Trainer's own draws from PyTorch's global generator, so that the order depends on every dropout mask before
    it: resumed in the middle of the second epoch it would be another one (measured: another adapter).

    Args:
        lengths: of the examples, in tokens.
        batch_size: examples per optimiser step.
        seed: of the run.
    """

    def __init__(self, lengths: list[int], batch_size: int, seed: int) -> None:
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the data loader when an epoch begins, resumed or not."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        return iter(get_length_grouped_indices(self.lengths, self.batch_size, generator=generator))
