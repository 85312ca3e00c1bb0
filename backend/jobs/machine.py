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

QUERY = (
    "index", "name", "memory.total", "memory.used",
    "utilization.gpu", "temperature.gpu", "power.draw", "power.limit",
)  # fmt: skip
FRESH_SECONDS = 2.0
"""A page polls every two seconds and nvidia-smi takes up to one: one answer serves every open page."""


class Gpu(BaseModel):
    """One graphics card as its driver reports it."""

    index: int
    name: str
    memory_total_bytes: int
    memory_used_bytes: int
    utilization_percent: float | None
    temperature_celsius: float | None = None
    power_watts: float | None = None
    power_limit_watts: float | None = None


class Load(BaseModel):
    """How much of the machine is in use."""

    cpu_count: int
    cpu_percent: float
    """Share of all cores at work, over the last two seconds or more"""
    memory_total_bytes: int
    memory_available_bytes: int
    disk_total_bytes: int
    disk_free_bytes: int
    """Free where models are written"""


class Machine(Load):
    """The state of the machine."""

    gpus: list[Gpu]
    device: Literal["cpu", "cuda", "mps"]
    """Where a run with `device=auto` goes"""
    device_sentence: str


class CpuMeter:
    """Measures how much the processors work between two looks, which are some seconds apart, whoever asks how often.

    psutil's own `cpu_percent` keeps a state for each thread that asks, and requests come in threads that change.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._looked = time.monotonic()
        self._times = _cpu_times()
        self._percent: float | None = None

    def percent(self) -> float:
        """Per cent of all cores, between the last two looks."""
        with self._lock:
            if self._percent is None or time.monotonic() - self._looked > FRESH_SECONDS:
                busy, whole = _cpu_times()
                spent = whole - self._times[1]
                self._percent = round(100 * (busy - self._times[0]) / spent, 1) if spent > 0 else 0.0
                self._looked, self._times = time.monotonic(), (busy, whole)
            return min(100.0, max(0.0, self._percent))


def _cpu_times() -> tuple[float, float]:
    """Seconds at work and seconds in all, of all cores; waiting for a disk is not work."""
    times = psutil.cpu_times()._asdict()
    whole = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))  # `user` holds those
    return whole - times["idle"] - times.get("iowait", 0.0), whole


_lock = Lock()
_known: tuple[float, list[Gpu]] | None = None
_cpu = CpuMeter()


def gpus() -> list[Gpu]:
    """The graphics cards, at most two seconds old; none without NVIDIA's driver."""
    global _known
    with _lock:
        if _known is None or time.monotonic() - _known[0] > FRESH_SECONDS:
            _known = (time.monotonic(), _ask_driver())
        return _known[1]


def load(models_dir: Path) -> Load:
    """What is in use now; starts no process."""
    memory = psutil.virtual_memory()
    disk = shutil.disk_usage(next(folder for folder in (models_dir, *models_dir.parents) if folder.exists()))
    return Load(
        cpu_count=os.cpu_count() or 1,
        cpu_percent=_cpu.percent(),
        memory_total_bytes=memory.total,
        memory_available_bytes=memory.available,
        disk_total_bytes=disk.total,
        disk_free_bytes=disk.free,
    )


def machine(models_dir: Path) -> Machine:
    """The machine as it is now."""
    cards = gpus()
    device: Literal["cpu", "cuda", "mps"] = "cuda" if cards else "mps" if _is_apple() else "cpu"
    return Machine(
        **load(models_dir).model_dump(),
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
        utilization_percent=_figure(fields[4]),
        temperature_celsius=_figure(fields[5]),
        power_watts=_figure(fields[6]),
        power_limit_watts=_figure(fields[7]),
    )


def _figure(field: str) -> float | None:
    """A number; None for what a driver says instead of one ("[N/A]", "[Not Supported]")."""
    try:
        return float(field)
    except ValueError:
        return None
