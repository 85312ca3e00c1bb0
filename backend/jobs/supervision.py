"""One run under watch: its first sign of life, its limits, and its end when it is asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from backend.core.errors import Reason
from backend.jobs.execution.executor import Run
from backend.jobs.folder import JobFolder
from backend.jobs.memory import MemoryWatch
from backend.jobs.models import JobStatus
from backend.jobs.outcome import StopIntent
from backend.jobs.vitals import Limits, Vitals

LOOK_SECONDS = 0.2
"""How often a run is looked at: for its end, its first sign of life, and a wish to stop it."""

SHUTDOWN_SECONDS = 6.0
"""Grace when the service itself is stopped: `docker stop` kills after ten."""


class Supervision:
    """A job from its turn in the queue to its end.

    Args:
        folder: the job's folder.
        limits: what the run may take.
        advance: told of each change of status, with the reason and a sentence when there is something to know.
    """

    def __init__(
        self, folder: JobFolder, limits: Limits, advance: Callable[[JobStatus, Reason | None, str | None], None]
    ) -> None:
        self.intent: StopIntent | None = None
        self.is_to_finish = False
        self.ran_out_of_memory = False
        self._folder = folder
        self._limits = limits
        self._advance = advance
        self._vitals = Vitals(folder)
        self._deadline = float("inf")

    def ask_to_stop(self, intent: StopIntent, grace_seconds: float | None = None) -> None:
        """Have the run end: TERM at the next look, KILL after the grace. A person's wish goes over any other."""
        grace = self._limits.grace_seconds if grace_seconds is None else grace_seconds
        self._deadline = min(self._deadline, time.monotonic() + grace)
        if self.intent is None or intent is StopIntent.user:
            self.intent = intent

    @property
    def stalled_seconds(self) -> float | None:
        """How long the run has been silent, once that is worth a warning."""
        silent = self._vitals.silent_seconds
        return silent if silent >= self._limits.warning_seconds else None

    def watch(self, run: Run) -> int:
        """Wait for the run's end, helping it along if it was asked to stop; returns the exit code."""
        self._vitals = Vitals(self._folder)
        memory = MemoryWatch(run.pid)
        starting, told_to_finish = True, False
        while (code := run.wait(LOOK_SECONDS)) is None and self.intent is None:
            memory.look()
            self._vitals.look()
            self._folder.rotate_log()
            if starting and self._folder.progress() is not None:
                starting = False
                self._advance(JobStatus.running, None, None)
            if self.is_to_finish and not told_to_finish:
                told_to_finish = self._tell_to_finish()
            self._hold_to_limits()
        if code is None:
            code = self._stop(run)
        self.ran_out_of_memory = memory.explains(code)
        while left := run.sweep():
            self._tell_immortal(left)
        return code

    def _tell_to_finish(self) -> bool:
        """Put the request into the job's folder; False on a full disk, to be tried again at the next look."""
        with suppress(OSError):
            self._folder.ask_to_finish()
            return True
        return False

    def _hold_to_limits(self) -> None:
        if self._vitals.run_seconds > self._limits.run_seconds:
            self.ask_to_stop(StopIntent.time_limit)
        elif self._vitals.silent_seconds > self._limits.stall_seconds:
            self.ask_to_stop(StopIntent.stall_limit)

    def _stop(self, run: Run) -> int:
        self._advance(JobStatus.stopping, self.intent and self.intent.reason, None)
        assert self.intent
        run.ask_to_stop(self.intent)
        while (code := run.wait(LOOK_SECONDS)) is None and time.monotonic() < self._deadline:
            self._folder.rotate_log()
        while code is None and (code := run.kill()) is None:
            self._tell_immortal([run.pid])
        return code

    def _tell_immortal(self, pids: list[int]) -> None:
        """The lane stays taken: whoever outlives KILL still has the GPU's memory, and writes to the run's folder."""
        named = " and ".join(map(str, pids))
        self._advance(
            JobStatus.stopping,
            self.intent and self.intent.reason,
            f"Process {named} outlives even KILL, stuck in a call to a device: jobs behind this one wait for its end. "
            "If it does not come, restart the machine.",
        )
