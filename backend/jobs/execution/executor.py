"""What the queue asks of a place where jobs run, and of a run there."""

from __future__ import annotations

from typing import Protocol

from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job
from backend.jobs.outcome import StopIntent
from backend.jobs.vitals import Limits


class Run(Protocol):
    """A job at work. Whatever and wherever it is, it tells in the job's folder (`backend.core.runs.events`)."""

    @property
    def pid(self) -> int:
        """The process here that stands for it."""

    def wait(self, seconds: float) -> int | None:
        """The exit code (negative: the signal), or None while it runs on."""

    def ask_to_stop(self, intent: StopIntent) -> None:
        """Have it write a checkpoint and end; asked once."""

    def kill(self) -> int | None:
        """End it now, and the exit code; None if it outlives even that."""

    def sweep(self) -> list[int]:
        """Kill what it left behind; returns the processes that outlive even that."""

    def bury(self) -> None:
        """After its end: let go of it."""


class Executor(Protocol):
    """A place where jobs run."""

    is_here: bool
    """Whether a run takes this machine's GPU"""

    def require_ready(self) -> None:
        """Raises MissingDependency when a package is needed that is not installed, InvalidInput for its settings."""

    def limits(self, usual: Limits) -> Limits:
        """What a run may take here."""

    def start(self, job: Job, kind: JobKind, folder: JobFolder) -> Run:
        """Begin a run, or take up one that has gone on without the service. Raises OSError."""

    def goes_on(self, folder: JobFolder) -> bool:
        """Whether a run of this job goes on, or went on, without the service."""

    def abandon(self, folder: JobFolder) -> None:
        """End a run that goes on without the service and is wanted no more; returns at once."""
