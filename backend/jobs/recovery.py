"""What a starting service does with the jobs of the one before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from backend.core.processes.tree import kill_marked
from backend.core.runs.folder import CHECKPOINTS, PARAMS_FILE, RUN_FILE
from backend.core.storage.files import partial_of
from backend.jobs.execution.executors import Executors
from backend.jobs.folder import JobFolder
from backend.jobs.glance import glance_at
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.outcome import OVER_A_LIMIT, Outcome, StopIntent
from backend.jobs.store import JobStore

MAX_ATTEMPTS = 3
"""A run that took the service down with it this often, and got no further, is not started again by itself."""

GIVEN_UP = (
    f"It was interrupted {MAX_ATTEMPTS} times without getting further, and is not started again by itself: resume it "
    "when the cause is found."
)


def recover(
    store: JobStore,
    folder_of: Callable[[str], JobFolder],
    kinds: Mapping[str, JobKind],
    auto_resume: bool,
    executors: Executors,
) -> list[Job]:
    """Bring the job table back in line with a world in which no run here is alive; returns those that ended by that.

    Waiting jobs keep their order. What was running has succeeded if it told its result, and is `interrupted`
    (service_lost) otherwise; with `auto_resume` it then goes back to its old place in the queue to continue from its
    checkpoint, unless a process of it cannot be killed: two must never work on one folder. A run on a cluster went on
    meanwhile and is taken up again, unless it was to be stopped.
    """
    lost = [job for job in list(store.values()) if job.status.has_begun]
    before = [job for job in list(store.values()) if _was_interrupted(job)]
    # Their lifelines have ended them, unless the machine was too busy until now.
    left = kill_marked(*(job.id for job in (*lost, *before)))
    after = [_ended(store, job, folder_of(job.id)) for job in lost]
    for job in (*before, *after):
        pids = [pid for pid, mark in left.items() if mark == job.id]
        if pids:
            named = " and ".join(map(str, pids))
            store.change(job.id, error=f"Process {named} of it outlives even KILL: restart the machine, then resume.")
        elif auto_resume and _was_interrupted(job):
            requeue_interrupted(store, job, folder_of(job.id), kinds, went_on=executors.goes_on(job))
        elif not _was_interrupted(job):
            executors.abandon(job)
    return [job for job in (store.require(job.id) for job in after) if job.status.is_final]


def _was_interrupted(job: Job) -> bool:
    return job.status is JobStatus.interrupted and job.reason == "service_lost"


def _ended(store: JobStore, job: Job, folder: JobFolder) -> Job:
    if folder.result() is not None and folder.failure() is None:
        end = Outcome(JobStatus.succeeded)  # the service died between the run's end and its own record of it
    elif job.reason == "user_cancel":
        end = Outcome(JobStatus.cancelled, "user_cancel", "Cancelled on request.")
    elif job.reason == "time_limit":
        end = Outcome(JobStatus.failed, "time_limit", OVER_A_LIMIT[StopIntent.time_limit])
    else:
        end = Outcome(JobStatus.interrupted, "service_lost", "The service ended during the run.")
    return store.change(
        job.id, status=end.status, reason=end.reason, error=end.error, finished_at=now(), loss=glance_at(folder).loss
    )


def requeue_interrupted(
    store: JobStore, job: Job, folder: JobFolder, kinds: Mapping[str, JobKind], *, went_on: bool = False
) -> None:
    """Queue an interrupted job again at its old turn, if its kind can resume and it has attempts left.

    Args:
        went_on: its run is on a cluster, where no death of the service is a failed attempt of it.
    """
    kind = kinds.get(job.kind)
    if kind is None or not kind.can_resume:
        return
    if went_on:
        folder.note("--- The service was restarted; the run went on on the cluster. ---")
        store.change(job.id, **requeued(job), attempts=max(0, job.attempts - 1))
        return
    reached = reached_step(job, folder)
    attempts = 0 if reached > job.furthest else job.attempts
    if attempts >= MAX_ATTEMPTS:
        if job.error != GIVEN_UP:
            store.change(job.id, error=GIVEN_UP)
        return
    folder.note(f"--- The service was restarted; attempt {attempts + 1} of {MAX_ATTEMPTS} continues the run. ---")
    store.change(job.id, **requeued(job), attempts=attempts, furthest=max(reached, job.furthest))


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
    # The folder alone is not enough: a run that died before it wrote its parameters has nothing to resume.
    return job.target is not None and (
        (partial_of(Path(job.target)) / PARAMS_FILE).is_file() or has_published(job.target)
    )


def has_published(target: str) -> bool:
    """Whether a run's result has its name already; resumed, the run registers it if it is its own, else refuses."""
    return (Path(target) / RUN_FILE).is_file()


def reached_step(job: Job, folder: JobFolder) -> int:
    """The step from which a resume goes on: of the newest checkpoint, or of what the run keeps as it goes."""
    if job.target is None:
        return int((folder.progress() or {}).get("step") or 0)
    checkpoints = (partial_of(Path(job.target)) / CHECKPOINTS).glob("checkpoint-*/manifest.json")
    steps = [manifest.parent.name.rpartition("-")[2] for manifest in checkpoints]
    return max((int(step) for step in steps if step.isdigit()), default=0)
