"""Jobs as clients see them: the record joined with what the run has told so far."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import PurePath
from threading import Lock
from typing import Any

from pydantic import BaseModel, JsonValue

from backend.core.errors import Reason
from backend.core.runs.remedy import Remedy
from backend.jobs.advice import Adviser
from backend.jobs.ahead import Ahead
from backend.jobs.controls import Controls
from backend.jobs.folder import JobFolder
from backend.jobs.glance import Glance, Glances
from backend.jobs.labels import sweep_of
from backend.jobs.log import last_lines
from backend.jobs.metrics import MetricsTable
from backend.jobs.models import Job, JobStatus

LAST_LINES = 50
CURVES_KEPT = 8
SHOWN = ("name", "kind", "status", "reason", "error", "after", "created_at", "started_at", "finished_at")
"""Fields of the record that go into every view."""


class Progress(BaseModel):
    """Where a run stands."""

    phase: str = ""
    step: int = 0
    total_steps: int = 0
    percent: float = 0.0
    eta_seconds: float | None = None
    """Time left, from the steps since the last start; null while there are too few to tell it from"""
    eta_spread_seconds: float | None = None
    """By how much it may be less or more; null = unknown"""


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
    queue_position: int | None
    """1 = next in its queue; null when it is not waiting"""
    base_model: str | None
    dataset: str | None
    tags: list[str]
    sweep: str | None
    """The sweep that it is one run of"""
    has_notes: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobDetail(JobSummary):
    """A job on its own page."""

    logs: list[str]
    """The last lines of the log"""
    result: dict[str, JsonValue] | None
    params: dict[str, JsonValue]
    notes: str
    stalled_seconds: float | None
    """How long a running job has told and logged nothing, once that is worth a warning"""
    remedy: Remedy | None
    """What to change in a new run, when this one ended for want of memory"""
    controls: Controls
    ahead: Ahead | None
    """What runs in its place while it waits"""
    samples_bytes: int
    """Size of what it has answered while it was trained: more has come when it differs"""


class _Curves:
    """The curves that were asked for last, each read on where it was left: a long one takes a hundred megabytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, MetricsTable] = OrderedDict()
        self._lock = Lock()

    def of(self, job_id: str, folder: JobFolder) -> MetricsTable:
        with self._lock:
            table = self._kept.setdefault(job_id, MetricsTable(folder.metrics))
            self._kept.move_to_end(job_id)
            while len(self._kept) > CURVES_KEPT:
                self._kept.popitem(last=False)
        table.refresh()
        return table

    def forget(self, job_id: str) -> None:
        with self._lock:
            self._kept.pop(job_id, None)


class JobViews:
    """Makes summaries and details; looking at an unchanged job again costs three `stat` calls.

    Args:
        folder_of: the folder of a job id.
        adviser: tells what to change in a job that ran out of memory.
    """

    def __init__(self, folder_of: Callable[[str], JobFolder], adviser: Adviser) -> None:
        self._folder_of = folder_of
        self._adviser = adviser
        self._glances = Glances()
        self._curves = _Curves()

    def metrics(self, job: Job) -> MetricsTable:
        """The job's curve, up to date."""
        return self._curves.of(job.id, self._folder_of(job.id))

    def forget(self, job_id: str) -> None:
        """Drop what is kept of a deleted job."""
        self._glances.forget(job_id)
        self._curves.forget(job_id)
        self._adviser.forget(job_id)

    def glance(self, job: Job) -> Glance:
        """What the run has told, in a few numbers."""
        return self._glances.of(job.id, self._folder_of(job.id))

    def summary(self, job: Job, queue_position: int | None = None) -> JobSummary:
        """The job as a line of the list."""
        return JobSummary(**self._common(job, queue_position))

    def detail(
        self,
        job: Job,
        queue_position: int | None,
        stalled_seconds: float | None,
        controls: Controls,
        ahead: Ahead | None = None,
    ) -> JobDetail:
        """The job with its last log lines, result and parameters."""
        folder = self._folder_of(job.id)
        return JobDetail(
            **self._common(job, queue_position),
            logs=last_lines(folder.log, LAST_LINES),
            result=folder.result(),
            params=job.params,
            notes=job.notes,
            stalled_seconds=stalled_seconds,
            remedy=self._adviser.advice(job),
            controls=controls,
            ahead=ahead,
            samples_bytes=folder.samples_size(),
        )

    def _common(self, job: Job, queue_position: int | None) -> dict[str, Any]:
        glance = self.glance(job)
        return {
            "job_id": job.id,
            "progress": progress_of(glance.progress, job.status),
            "metrics": glance.latest,
            "sparkline": glance.sparkline,
            "base_model": name_in(job.params, "base_model_name"),
            "dataset": name_in(job.params, "dataset_path"),
            "tags": list(job.tags),
            "sweep": sweep_of(job.tags),
            "has_notes": bool(job.notes),
            "queue_position": queue_position,
            **{name: getattr(job, name) for name in SHOWN},
        }


def name_in(params: Mapping[str, Any], field: str) -> str | None:
    """What a parameter that holds a path or a name is called among people: the file's name, the hub's id."""
    value = params.get(field)
    if not isinstance(value, str) or not value:
        return None
    return PurePath(value).name if PurePath(value).is_absolute() else value


def progress_of(told: dict[str, Any], status: JobStatus) -> Progress:
    """The run's own progress with the share done; a success is always 100 %, and only a success is."""
    step, total = int(told.get("step") or 0), int(told.get("total_steps") or 0)
    percent = 100.0 if status is JobStatus.succeeded else min(99.9, round(100 * step / total, 1)) if total else 0.0
    eta, spread = (None if status.is_final else told.get(name) for name in ("eta_seconds", "eta_spread_seconds"))
    phase = str(told.get("phase") or "") if not status.is_final else status.value
    return Progress(
        phase=phase, step=step, total_steps=total, percent=percent, eta_seconds=eta, eta_spread_seconds=spread
    )
