"""Jobs as clients see them: the record joined with what the run has told so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any

from pydantic import BaseModel, JsonValue

from backend.core.errors import Reason
from backend.core.runs.remedy import Remedy
from backend.jobs.advice import Adviser
from backend.jobs.folder import JobFolder, Stamp
from backend.jobs.log import last_lines
from backend.jobs.metrics import MetricsTable
from backend.jobs.models import Job, JobStatus

LAST_LINES = 50
SHOWN = ("name", "kind", "status", "reason", "error", "after", "created_at", "started_at", "finished_at")
"""Fields of the record that go into every view."""


class Progress(BaseModel):
    """Where a run stands."""

    phase: str = ""
    step: int = 0
    total_steps: int = 0
    percent: float = 0.0
    eta_seconds: float | None = None


class JobSummary(BaseModel):
    """A job in a list."""

    job_id: str
    name: str
    kind: str
    status: JobStatus
    reason: Reason | None
    progress: Progress
    metrics: dict[str, float | None]
    """Newest value of every metric"""
    sparkline: list[float]
    """The loss so far in at most 60 points"""
    error: str | None
    after: list[str]
    """Ids of the jobs that must succeed before this one starts"""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobDetail(JobSummary):
    """A job on its own page."""

    logs: list[str]
    """The last lines of the log"""
    result: dict[str, JsonValue] | None
    params: dict[str, JsonValue]
    queue_position: int | None
    """1 = next in its queue; null when it is not waiting"""
    stalled_seconds: float | None
    """How long a running job has told and logged nothing, once that is worth a warning"""
    remedy: Remedy | None
    """What to change in a new run, when this one ended for want of memory"""


class _Told:
    """What one run has told, kept until its files change."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.metrics = MetricsTable(folder.metrics)
        self.lock = Lock()
        self.stamp: tuple[Stamp, ...] = ()
        self.progress: dict[str, Any] = {}
        self.result: dict[str, Any] | None = None
        self.sparkline: list[float] = []

    def refresh(self) -> _Told:
        with self.lock:
            stamp = self.folder.stamp()
            if stamp != self.stamp:
                self.metrics.refresh()
                self.progress = self.folder.progress() or {}
                self.result = self.folder.result()
                self.sparkline = self.metrics.sparkline()
                self.stamp = stamp
        return self


class JobViews:
    """Makes summaries and details; reading an unchanged job again costs three `stat` calls.

    Args:
        folder_of: the folder of a job id.
        adviser: tells what to change in a job that ran out of memory.
    """

    def __init__(self, folder_of: Callable[[str], JobFolder], adviser: Adviser) -> None:
        self._folder_of = folder_of
        self._adviser = adviser
        self._told: dict[str, _Told] = {}

    def metrics(self, job: Job) -> MetricsTable:
        """The job's curve, up to date."""
        return self._refreshed(job).metrics

    def forget(self, job_id: str) -> None:
        """Drop what is kept of a deleted job."""
        self._told.pop(job_id, None)
        self._adviser.forget(job_id)

    def summary(self, job: Job) -> JobSummary:
        """The job as a line of the list."""
        return JobSummary(**self._common(job))

    def detail(self, job: Job, queue_position: int | None, stalled_seconds: float | None) -> JobDetail:
        """The job with its last log lines, result and parameters."""
        told = self._refreshed(job)
        return JobDetail(
            **self._common(job),
            logs=last_lines(told.folder.log, LAST_LINES),
            result=told.result,
            params=job.params,
            queue_position=queue_position,
            stalled_seconds=stalled_seconds,
            remedy=self._adviser.advice(job),
        )

    def _refreshed(self, job: Job) -> _Told:
        told = self._told.get(job.id) or self._told.setdefault(job.id, _Told(self._folder_of(job.id)))
        return told.refresh()

    def _common(self, job: Job) -> dict[str, Any]:
        told = self._refreshed(job)
        return {
            "job_id": job.id,
            "progress": progress_of(told.progress, job.status),
            "metrics": told.metrics.latest(),
            "sparkline": told.sparkline,
            **{name: getattr(job, name) for name in SHOWN},
        }


def progress_of(told: dict[str, Any], status: JobStatus) -> Progress:
    """The run's own progress with the share done; a success is always 100 %, and only a success is."""
    step, total = int(told.get("step") or 0), int(told.get("total_steps") or 0)
    percent = 100.0 if status is JobStatus.succeeded else min(99.9, round(100 * step / total, 1)) if total else 0.0
    eta = None if status.is_final else told.get("eta_seconds")
    phase = str(told.get("phase") or "") if not status.is_final else status.value
    return Progress(phase=phase, step=step, total_steps=total, percent=percent, eta_seconds=eta)
