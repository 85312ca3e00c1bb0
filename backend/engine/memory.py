"""How much memory this process takes, told by the system, and whether there was too little."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import torch


def peak_of(work: Callable[[], None]) -> int:
    """Bytes that a piece of work holds at its peak, above what the process held before.

    Where the system cannot forget an earlier peak (all but Linux) that one counts: too much rather than too little.
    """
    give_back()  # what was freed and is kept would be used again, and not be counted
    before = psutil.Process().memory_info().rss
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    work()
    return max(0, _peak() - before)


def held_at_most(device_kind: str) -> int:
    """Bytes that this run has held at its peak: of the GPU's memory where it has one, else of the machine's."""
    return int(torch.cuda.max_memory_reserved()) if device_kind == "cuda" else _peak()


def give_back() -> None:
    """Return to the system what was freed and is kept for later use: after loading 50 to 300 MB, differing each time.

    Only glibc can be told; elsewhere nothing happens.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def is_memory_error(error: BaseException) -> bool:
    """Whether memory ran out, on the GPU or (torch has no type of its own for that) beside it."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def _peak() -> int:
    with suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    if (peak := getattr(psutil.Process().memory_info(), "peak_wset", None)) is not None:  # Windows
        return int(peak)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
