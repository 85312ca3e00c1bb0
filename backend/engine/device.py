"""Which device and precision a run takes, with the sentence that says why."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from backend.core.environment.processor import fast_at_bfloat16
from backend.core.errors import DeviceUnavailable
from backend.core.params.groups import ModelChoice
from backend.engine.processes.world import ALONE, World


@dataclass(frozen=True)
class Device:
    """A device, the precision of computation on it, and why.

    Args:
        index: of the GPU, where each of several processes has its own; None = PyTorch's current one.
        sharers: processes of the run that have this memory in common.
    """

    kind: str
    dtype: torch.dtype
    sentence: str
    index: int | None = None
    sharers: int = 1

    @property
    def place(self) -> str:
        """Such as `cpu` or `cuda:1`; never `cuda` alone, which accelerate takes for another one than `cuda:0`."""
        if self.kind != "cuda":
            return self.kind
        return f"cuda:{torch.cuda.current_device() if self.index is None else self.index}"

    @property
    def name(self) -> str:
        """Such as `cpu bfloat16`."""
        return f"{self.kind} {str(self.dtype).removeprefix('torch.')}"

    def total_bytes(self) -> int:
        """Memory of the device, a process's part of it."""
        if self.kind == "cuda":
            return int(torch.cuda.mem_get_info()[1])
        return int(psutil.virtual_memory().total) // self.sharers

    def free_bytes(self) -> int | None:
        """Memory that is free on the device, a process's part of it; None where nobody can tell."""
        if self.kind == "cuda":
            return int(torch.cuda.mem_get_info()[0])
        return min(int(psutil.virtual_memory().available), _group_room()) // self.sharers


def choose_device(choice: ModelChoice, world: World = ALONE) -> Device:
    """The device and precision for a run, or for a process of its world.

    Raises:
        DeviceUnavailable: the asked device is not on this machine, or there are fewer than processes.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    kind = choice.device if choice.device != "auto" else next(name for name, found in available.items() if found)
    if not available[kind]:
        raise DeviceUnavailable(
            f"device={kind} was asked for, but PyTorch finds none on this machine: install its driver and a PyTorch "
            "build for it, or use --device auto."
        )
    index = None if world.size == 1 or kind == "cpu" else _own_gpu(kind, world)
    sharers = world.place.local_size if kind == "cpu" else 1
    dtype, why = _best_dtype(kind) if choice.dtype == "auto" else (getattr(torch, choice.dtype), "as asked")
    name = torch.cuda.get_device_name() if kind == "cuda" else {"mps": "Apple GPU", "cpu": "CPU"}[kind]
    precision = str(dtype).removeprefix("torch.")
    return Device(kind, dtype, f"Device: {name}, computing in {precision} ({why}).", index, sharers)


def _own_gpu(kind: str, world: World) -> int:
    """The GPU of this process, made PyTorch's current one. Raises DeviceUnavailable."""
    found, index = torch.cuda.device_count() if kind == "cuda" else 1, world.place.local_rank
    if world.place.local_size > found:
        raise DeviceUnavailable(
            f"{world.place.local_size} processes were started on this machine, and it has {found} GPUs for them: "
            f"start as many, or give --device cpu."
        )
    if kind == "cuda":
        torch.cuda.set_device(index)
    return index


def own_gpu() -> list[int]:
    """The GPU that this process computes on, if it does: those whose random state is to be kept."""
    return [torch.cuda.current_device()] if torch.cuda.is_initialized() else []


def _best_dtype(kind: str) -> tuple[torch.dtype, str]:
    if kind == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return torch.bfloat16, "this GPU is fast at it"
        return torch.float16, "this GPU has no bfloat16"
    if kind == "mps":
        return torch.float32, "the safe choice there"
    if fast_at_bfloat16():
        return torch.bfloat16, "this CPU is fast at it"
    return torch.float32, "this CPU is slow at bfloat16"


def _group_room() -> int:
    """Bytes left of what the control group (a container) may hold; more than there can be where it has no limit."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()[-1].removeprefix("0::")
        group = Path(f"/sys/fs/cgroup{own}")
        limit, held = (int((group / name).read_text(encoding="utf-8")) for name in ("memory.max", "memory.current"))
        statistics = (group / "memory.stat").read_text(encoding="utf-8").split()
        # Files that were read and are kept, until the room is wanted.
        return limit - held + int(statistics[statistics.index("inactive_file") + 1])
    except (OSError, ValueError, IndexError):  # no control groups of version 2, or "max"
        return sys.maxsize
