"""What this machine has to offer: cores, memory, disk, GPUs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Literal

import psutil
from pydantic import BaseModel

QUERY = ("index", "name", "memory.total", "memory.used", "utilization.gpu")
FRESH_SECONDS = 2.0
"""A page polls every two seconds and nvidia-smi takes up to one: one answer serves every open page."""


class Gpu(BaseModel):
    """One graphics card as its driver reports it."""

    index: int
    name: str
    memory_total_bytes: int
    memory_used_bytes: int
    utilization_percent: float | None


class Machine(BaseModel):
    """The state of the machine."""

    cpu_count: int
    memory_total_bytes: int
    memory_available_bytes: int
    disk_free_bytes: int
    """Free where models are written"""
    gpus: list[Gpu]
    device: Literal["cpu", "cuda", "mps"]
    """Where a run with `device=auto` goes"""
    device_sentence: str


_lock = Lock()
_known: tuple[float, list[Gpu]] | None = None


def gpus() -> list[Gpu]:
    """The graphics cards, at most two seconds old; none without NVIDIA's driver."""
    global _known
    with _lock:
        if _known is None or time.monotonic() - _known[0] > FRESH_SECONDS:
            _known = (time.monotonic(), _ask_driver())
        return _known[1]


def machine(models_dir: Path) -> Machine:
    """The machine as it is now."""
    memory = psutil.virtual_memory()
    cards = gpus()
    device: Literal["cpu", "cuda", "mps"] = "cuda" if cards else "mps" if _is_apple() else "cpu"
    there = next(folder for folder in (models_dir, *models_dir.parents) if folder.exists())
    return Machine(
        cpu_count=os.cpu_count() or 1,
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        disk_free_bytes=shutil.disk_usage(there).free,
        gpus=cards,
        device=device,
        device_sentence=_sentence(device, cards),
    )


def _sentence(device: str, cards: list[Gpu]) -> str:
    if device == "cuda":
        more = f" and {len(cards) - 1} more" if len(cards) > 1 else ""
        return f"Runs use the GPU: {cards[0].name}, {cards[0].memory_total_bytes / 2**30:.0f} GiB{more}."
    if device == "mps":
        return "Runs use Apple's GPU, without 4-bit quantisation."
    return f"No GPU found: runs use the {os.cpu_count()} CPU cores, which suits `tiny` and small models."


def _is_apple() -> bool:
    return sys.platform == "darwin" and platform.machine() == "arm64"


def _ask_driver() -> list[Gpu]:
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", f"--query-gpu={','.join(QUERY)}", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [card for line in answer.splitlines() if (card := _card(line)) is not None]


def _card(line: str) -> Gpu | None:
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != len(QUERY) or not all(fields[at].isdigit() for at in (0, 2, 3)):
        return None
    return Gpu(
        index=int(fields[0]),
        name=fields[1],
        memory_total_bytes=int(fields[2]) * 2**20,
        memory_used_bytes=int(fields[3]) * 2**20,
        utilization_percent=float(fields[4]) if fields[4].isdigit() else None,
    )
