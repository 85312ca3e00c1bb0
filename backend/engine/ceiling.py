"""The device's ceiling for matrix products, measured, and the share of it that a run reached."""

from __future__ import annotations

import time

import torch

from backend.engine.device import Device
from backend.engine.memory import is_memory_error

SHAPE = {"cpu": (512, 1024, 1024), "cuda": (4096, 4096, 4096)}
"""Rows, inner width, columns: large enough for nine tenths of the ceiling, and of 100 MB at most."""
REPEATS = 5
LONGEST_SECONDS = 0.1
"""After which it is not repeated: a slow processor takes as long for one."""


def products_per_second(device: Device) -> float | None:
    """Operations a second of a large product in the precision of computation; None where it cannot be measured."""
    if device.kind not in SHAPE:
        return None
    rows, inner, columns = SHAPE[device.kind]
    generator = torch.Generator(device.kind).manual_seed(0)
    made = {"device": device.kind, "dtype": device.dtype, "generator": generator}
    try:
        left, right = torch.randn(rows, inner, **made), torch.randn(inner, columns, **made)
        return 2 * rows * inner * columns / _fastest(left, right)
    except RuntimeError as error:
        if is_memory_error(error):  # beside a model that fills the card
            return None
        raise


def _fastest(left: torch.Tensor, right: torch.Tensor) -> float:
    """Seconds of the fastest of some products, after an untimed one."""
    _timed(left, right)
    best, began = float("inf"), time.perf_counter()
    for _ in range(REPEATS):
        best = min(best, _timed(left, right))
        if time.perf_counter() - began > LONGEST_SECONDS:
            break
    return best


def _timed(left: torch.Tensor, right: torch.Tensor) -> float:
    began = time.perf_counter()
    left @ right
    if left.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - began


def matmul_share(flops: float, seconds: float, device: Device) -> float | None:
    """Share of the ceiling that so many operations in so many seconds are; None where it is not known."""
    ceiling = products_per_second(device) if seconds > 0 else None
    return round(flops / seconds / ceiling, 4) if ceiling else None
