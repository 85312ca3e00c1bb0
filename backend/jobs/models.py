"""A job: what was asked, how far it got, how it ended.

queued -> starting -> running -> finishing | stopping -> succeeded | failed | cancelled | interrupted
"""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.core.errors import Reason


class JobStatus(str, Enum):
    """Where a job stands."""

    queued = "queued"
    starting = "starting"
    running = "running"
    finishing = "finishing"
    stopping = "stopping"
    succeeded = "succeeded"
    failed = "failed"
    cancelled = "cancelled"
    interrupted = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended; only a resume moves it again."""
        return self in ENDS

    @property
    def has_begun(self) -> bool:
        """Whether the job is at work: it has left the queue and has not ended."""
        return self is not JobStatus.queued and not self.is_final

    @property
    def is_resumable(self) -> bool:
        """Whether the job ended without success."""
        return self in ENDS and self is not JobStatus.succeeded


ENDS = frozenset({JobStatus.succeeded, JobStatus.failed, JobStatus.cancelled, JobStatus.interrupted})

_S = JobStatus
TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    _S.queued: frozenset({_S.starting, _S.cancelled, _S.failed}),
    _S.starting: (ENDS - {_S.cancelled}) | {_S.running, _S.finishing, _S.stopping},
    _S.running: (ENDS - {_S.cancelled}) | {_S.finishing, _S.stopping},  # a cancel is `stopping` first
    _S.finishing: (ENDS - {_S.cancelled}) | {_S.stopping},
    _S.stopping: ENDS,
    _S.succeeded: frozenset(),
    _S.failed: frozenset({_S.queued}),
    _S.cancelled: frozenset({_S.queued}),
    _S.interrupted: frozenset({_S.queued}),
}
"""What may follow what; the store refuses everything else, so that no race can write an impossible history."""


def now() -> datetime:
    """The time of day, for display and records; limits are measured on the monotonic clock."""
    return datetime.now(timezone.utc)


class Job(BaseModel):
    """One job as the job table keeps it; what the run itself tells lives in its folder (`backend.jobs.folder`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    kind: str
    name: str
    status: JobStatus = JobStatus.queued
    reason: Reason | None = None
    """Why it ended, or is being stopped; set with every end but success"""
    error: str | None = None
    """The same for people"""
    params: dict[str, Any]
    """Every parameter of the run, defaults included"""
    tags: tuple[str, ...] = ()
    """Words by which a person finds it again (`backend.jobs.labels`)"""
    notes: str = ""
    """What a person wrote about it"""
    target: str | None = None
    """Folder the run will make; no two unfinished jobs share one"""
    after: tuple[str, ...] = ()
    """Ids of the jobs that must succeed before this one starts"""
    turn: int = 0
    """Place in the queue: the lowest goes first; kept over a restart"""
    finish: bool = False
    """Whether it was asked to end after its present step and keep what it has learnt; a cancel takes that back"""
    stop_asked_at: datetime | None = None
    """When it was last asked to stop"""
    attempts: int = 0
    """How often it was started since it last got further"""
    furthest: int = 0
    """The step that it had reached, for a resume to start from, when it was last interrupted"""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    loss: float | None = None
    """The last that it told before it ended: a list is sorted by it without reading every run's folder"""
    idempotency_key: str | None = None
    request_digest: str | None = None
    """SHA-256 of the request that came with the key"""

    def may_become(self, status: JobStatus) -> bool:
        """Whether the status may follow the present one."""
        return status in TRANSITIONS[self.status]
