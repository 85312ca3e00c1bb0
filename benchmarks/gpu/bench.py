"""The device that is measured, its ceilings, and what a part of the check gives."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from backend.engine.device import Device

SHEET_FLOPS = 790e12
"""Dense bfloat16 products of an H200 on random data, per second, as measured with a product of 8,192 cubed."""


@dataclass
class Found:
    """What a part gives: figures by name, and sentences for a person."""

    figures: dict[str, float] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def tell(self, sentence: str) -> None:
        """Add a line of the table."""
        self.sentences.append(sentence)


@dataclass(frozen=True)
class Bench:
    """Where it runs.

    Args:
        device: in bfloat16.
        small: with shapes that a CPU computes in seconds.
    """

    device: Device
    small: bool

    @classmethod
    def here(cls, small: bool) -> Bench:
        """On the GPU, or small on the CPU."""
        if torch.cuda.is_available() and not small:
            return cls(Device("cuda", torch.bfloat16, ""), False)
        return cls(Device("cpu", torch.bfloat16, ""), True)

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU is measured."""
        return self.device.kind == "cuda"

    def sized(self, full: Any, small: Any) -> Any:
        """The size for this bench."""
        return small if self.small else full

    def seconds(self, work: Callable[[], Any], repeats: int = 3) -> float:
        """The least time of several, after one untimed."""
        work()
        best = float("inf")
        for _ in range(repeats):
            began = self.now()
            work()
            best = min(best, self.now() - began)
        return best

    def now(self) -> float:
        """Seconds, once the device has done what it was given."""
        if self.on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter()

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """With the GPU's memory free before and after, its peak counted from here."""
        self._empty()
        yield
        self._empty()

    def _empty(self) -> None:
        gc.collect()
        if self.on_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def peak_gb(self) -> float:
        """The most that was allocated, in 10^9 bytes; 0 without a GPU."""
        return torch.cuda.max_memory_allocated() / 1e9 if self.on_gpu else 0.0

    def flops(self) -> float:
        """Operations per second of a large matrix product, random numbers in it (zeros are faster)."""
        size = self.sized(8192, 512)
        left, right = (torch.randn(size, size, dtype=self.device.dtype, device=self.device.kind) for _ in range(2))
        return 2 * size**3 / self.seconds(lambda: left @ right, 5)

    def bandwidth(self) -> float:
        """Bytes per second that a copy reads and writes."""
        source = torch.empty(self.sized(2**32, 2**26), dtype=torch.uint8, device=self.device.kind)
        target = torch.empty_like(source)
        return 2 * source.numel() / self.seconds(lambda: target.copy_(source), 5)
