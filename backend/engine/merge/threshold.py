"""The k-th largest magnitude of a matrix that is never held as a whole, without sorting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import torch

HIGH_BITS, LOW_BITS = 16, 15
"""The 31 bits of a float32's magnitude order like the number itself; a histogram of each part finds any rank."""


def kth_largest(blocks: Iterable[torch.Tensor] | Callable[[], Iterator[torch.Tensor]], k: int) -> float:
    """The exact k-th largest magnitude.

    Args:
        blocks: float32 tensors; they are gone through twice, so a callable is asked for them again.
        k: 1 = the largest; 0 = more than any.
    """
    if k == 0:
        return float("inf")
    make = blocks if callable(blocks) else list(blocks).__iter__
    high = torch.zeros(1 << HIGH_BITS, dtype=torch.int64)
    for block in make():
        high += torch.bincount(_bits(block) >> LOW_BITS, minlength=1 << HIGH_BITS)
    bucket, above = _bucket_of(high, k)
    low = torch.zeros(1 << LOW_BITS, dtype=torch.int64)
    for block in make():
        bits = _bits(block)
        inside = bits[(bits >> LOW_BITS) == bucket]
        low += torch.bincount(inside & ((1 << LOW_BITS) - 1), minlength=1 << LOW_BITS)
    rest, _ = _bucket_of(low, k - above)
    found = torch.tensor((bucket << LOW_BITS) | rest, dtype=torch.int32)
    return float(found.view(torch.float32))


def _bits(block: torch.Tensor) -> torch.Tensor:
    return block.abs().flatten().contiguous().view(torch.int32)


def _bucket_of(histogram: torch.Tensor, k: int) -> tuple[int, int]:
    """The bucket that holds the k-th largest, and how many lie above it."""
    at_least = histogram.flip(0).cumsum(0)
    place = int((at_least < k).sum())
    above = int(at_least[place - 1]) if place else 0
    return len(histogram) - 1 - place, above
