"""Signs of life of a run: how long it has gone on, and how long since it last told or logged something.

Measured on the monotonic clock: a clock that is set, or a machine that slept, stops no run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from backend.jobs.folder import JobFolder


@dataclass(frozen=True)
class Limits:
    """What a run may take.

    Args:
        run_seconds: time from start to end.
        warning_seconds: silence after which it counts as stalled.
        stall_seconds: silence after which it is stopped.
        grace_seconds: time between TERM and KILL.
    """

    run_seconds: float
    warning_seconds: float
    stall_seconds: float
    grace_seconds: float


class Vitals:
    """The clocks of one run, started with it.

    Args:
        folder: a changed progress, curve, result or log there is a sign of life.
    """

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._started = self._heard = time.monotonic()
        self._seen = self._signs()

    def look(self) -> None:
        """Take notice of what the run has told and logged."""
        signs = self._signs()
        if signs != self._seen:
            self._seen, self._heard = signs, time.monotonic()

    @property
    def run_seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._started

    @property
    def silent_seconds(self) -> float:
        """Time since the last sign of life."""
        return time.monotonic() - self._heard

    def _signs(self) -> object:
        return (self._folder.stamp(), self._folder.log_size())
