"""Whether the system killed a run because memory ran out, told from facts: it sends a SIGKILL like any other."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

NEAR = 0.8
"""A killed run that held this share of the memory counts as the reason for the shortage, where nobody counts kills."""


class MemoryWatch:
    """Watches the memory of one process from its start.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._kills = _oom_kills()
        self._peak = 0

    def look(self) -> None:
        """Note its highest use of memory so far; asked again and again, for after its end nobody can tell."""
        self._peak = max(self._peak, _peak_bytes(self._pid))

    def explains(self, code: int) -> bool:
        """Whether this exit code is the end by the system's out-of-memory killer."""
        if code != -signal.SIGKILL:
            return False
        kills = _oom_kills()
        if kills is not None and self._kills is not None and kills > self._kills:
            return True
        return self._peak >= NEAR * _limit_bytes()


def _cgroup() -> Path | None:
    """The control group of the service and its children (version 2 alone counts kills)."""
    try:
        line = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()[-1]
    except (OSError, IndexError):
        return None
    return Path("/sys/fs/cgroup" + line[3:]) if line.startswith("0::") else None


def _oom_kills() -> int | None:
    """How many processes of our control group the system has killed for memory; None where it does not count."""
    group = _cgroup()
    try:
        lines = (group / "memory.events").read_text(encoding="utf-8").splitlines() if group else []
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)


def _limit_bytes() -> int:
    """The memory that a run can have: the control group's limit, or the machine's."""
    total = psutil.virtual_memory().total
    group = _cgroup()
    try:
        return min(total, int((group / "memory.max").read_text(encoding="utf-8"))) if group else total
    except (OSError, ValueError):  # no such file, or "max"
        return total


def _peak_bytes(pid: int) -> int:
    """The kernel's own high-water mark (Linux), else what the process uses now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)
    except OSError:
        pass
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
