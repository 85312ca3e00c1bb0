"""A run with all it started: found by the mark in their environment, whatever group they moved to."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import psutil

JOB_ID_VARIABLE = "PIPELINE_JOB_ID"
"""Carried by the whole process tree, so that one which left the group (`setsid`) is still found."""

SWEEP_ROUNDS = 20
SWEEP_SECONDS = 0.05


def kill_marked(*marks: str, spared_group: int | None = None) -> dict[int, str]:
    """Kill every process that carries one of the marks, again until none is left: one may fork while we look.

    Args:
        marks: values of `PIPELINE_JOB_ID`.
        spared_group: a process group to leave alone.

    Returns:
        The mark of each process that outlives even KILL for a second: stuck in a call to a device.
    """
    found: dict[psutil.Process, str] = {}
    for _ in range(SWEEP_ROUNDS if marks else 0):
        carried = {process: _mark_of(process, spared_group) for process in psutil.process_iter()}
        found = {process: mark for process, mark in carried.items() if mark in marks}
        if not found:
            break
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        time.sleep(SWEEP_SECONDS)
    return {process.pid: mark for process, mark in found.items()}


def _mark_of(process: psutil.Process, spared_group: int | None) -> str:
    """The mark of a living process; empty for those that are never to be killed."""
    try:
        if process.pid in (1, os.getpid()) or process.status() == psutil.STATUS_ZOMBIE:
            return ""
        if spared_group is not None and os.getpgid(process.pid) == spared_group:
            return ""
        return process.environ().get(JOB_ID_VARIABLE, "")
    except (psutil.Error, OSError):
        return ""
