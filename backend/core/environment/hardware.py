"""What a run computes on: two runs on the same take the same time, on another nothing can be told from it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Hardware(BaseModel):
    """A processor or a graphics card."""

    model_config = ConfigDict(frozen=True)

    device: str
    """`cpu`, `cuda` or `mps`"""
    name: str
    """As its maker calls it"""
    cores: int
    """Of the processor that a computation may use"""
    processes: int = 1
    """That train together, each with as many cores or with a card of its own"""


def hardware(device: str, card: str | None = None, processes: int = 1) -> Hardware:
    """What a run on this device computes on.

    Args:
        card: the name of the graphics card, where there is one.
        processes: that train together.
    """
    return Hardware(device=device, name=card or _processor(), cores=cores_of_each(processes), processes=processes)


def cores_of_each(processes: int) -> int:
    """Cores on which each of so many processes that share this machine computes; OMP_NUM_THREADS is of one."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wished = os.environ.get("OMP_NUM_THREADS", "")
    share = max(1, allowed // processes)
    return min(share, int(wished)) if wished.isdigit() and int(wished) else share


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
