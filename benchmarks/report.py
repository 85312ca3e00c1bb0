"""What every benchmark ends with: one line of JSON that says what was measured, where, and with what."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

PACKAGES = ("torch", "transformers", "peft", "bitsandbytes", "openai")


def machine() -> str:
    """The processor, and the GPU if there is one."""
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    cpu = f"{len(names)} x {names[0]}" if names else platform.processor()
    try:
        import torch
    except ImportError:
        return cpu
    return f"{torch.cuda.get_device_name()}, {cpu}" if torch.cuda.is_available() else cpu


def interleaved(contenders: Mapping[str, Callable[[], None]], repeats: int, *, wall: bool = False) -> dict[str, float]:
    """Median seconds of each contender, all of them in turn, forth and back, after one untimed round.

    Args:
        contenders: what to time, by name.
        repeats: timed rounds.
        wall: take the clock (a GPU computes beside the process) instead of the process's own CPU time, which other
            work on the machine does not change.
    """
    clock = perf_counter if wall else process_time
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats):
        for name in list(contenders) if turn % 2 == 0 else list(reversed(contenders)):
            start = clock()
            contenders[name]()
            seconds[name].append(clock() - start)
    return {name: median(found) for name, found in seconds.items()}


def report(name: str, figures: Mapping[str, float], ratios: Mapping[str, float]) -> None:
    """Print the line."""
    versions = {package: _version(package) for package in PACKAGES}
    print(json.dumps({
        "name": name,
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": {package: found for package, found in versions.items() if found},
        "figures": {key: round(value, 4) for key, value in figures.items()},
        "ratios": {key: round(value, 3) for key, value in ratios.items()},
    }))  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
