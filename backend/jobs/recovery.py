"""What a starting service does with the jobs of the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from backend.core.files import partial_of
from backend.jobs.child import kill_marked
from backend.jobs.folder import JobFolder
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.store import JobStore

MAX_ATTEMPTS = 3
"""A run that took the service down with it this often is not started again by itself."""


def recover(
    store: JobStore,
    folder_of: Callable[[str], JobFolder],
    kinds: Mapping[str, JobKind],
    auto_resume: bool,
) -> None:
    """Bring the job table back in line with a world in which no run is alive.

    Waiting jobs keep their order. What was running is `interrupted` (service_lost) and, with `auto_resume`, goes back
    to its old place in the queue to continue from its checkpoint.
    """
    for job in list(store.values()):
        lost = not job.status.is_final and job.status is not JobStatus.queued
        if lost:
            # Its lifeline has ended it, unless the machine was too busy until now.
            kill_marked(job.id)
            job = _interrupt(store, job)
        if job.status is JobStatus.interrupted and job.reason == "service_lost" and auto_resume:
            requeue_interrupted(store, job, folder_of(job.id), kinds)


def _interrupt(store: JobStore, job: Job) -> Job:
    if job.status is JobStatus.stopping:
        end = {"status": JobStatus.cancelled, "reason": "user_cancel", "error": "Cancelled on request."}
    else:
        end = {"status": JobStatus.interrupted, "reason": "service_lost", "error": "The service ended during the run."}
    return store.change(job.id, **end, finished_at=now())


def requeue_interrupted(store: JobStore, job: Job, folder: JobFolder, kinds: Mapping[str, JobKind]) -> None:
    """Queue an interrupted job again at its old turn, if its kind can resume and it has attempts left."""
    kind = kinds.get(job.kind)
    if kind is None or not kind.can_resume or job.attempts >= MAX_ATTEMPTS:
        return
    folder.note(f"--- The service was restarted; attempt {job.attempts + 1} of {MAX_ATTEMPTS} continues the run. ---")
    store.change(job.id, **requeued(job))


def requeued(job: Job) -> dict[str, object]:
    """The fields that turn an ended job into a waiting one: it resumes what is there, else starts afresh.

    A kind whose `resume` is no switch finds what it began by itself, from its job's folder.
    """
    params = job.params
    if isinstance(params.get("resume", False), bool):
        params = {**params, "resume": _has_begun(job)}
    return {
        "status": JobStatus.queued,
        "reason": None,
        "error": None,
        "finished_at": None,
        "params": params,
    }


def _has_begun(job: Job) -> bool:
    return job.target is not None and partial_of(Path(job.target)).is_dir()
