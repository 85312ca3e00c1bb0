"""The order in which jobs wait: one queue per lane, and no job before those it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.core.errors import Conflict
from backend.jobs.kinds import JobKind
from backend.jobs.models import Job, JobStatus
from backend.jobs.outcome import Outcome
from backend.jobs.store import JobStore


class Queue:
    """The waiting jobs of a store.

    Args:
        store: where the jobs are.
        kinds: what can be run; a job of any other kind waits for a service that knows it.
    """

    def __init__(self, store: JobStore, kinds: Mapping[str, JobKind]) -> None:
        self._store = store
        self._kinds = kinds

    def lane(self, needs_gpu: bool) -> list[Job]:
        """The waiting jobs of a lane, in the order of their turns."""
        waiting = [job for job in self._waiting() if self.needs_gpu(job) is needs_gpu]
        return sorted(waiting, key=lambda job: job.turn)

    def head(self, needs_gpu: bool) -> Job | None:
        """The first job of a lane that waits for no other."""
        return next((job for job in self.lane(needs_gpu) if self._has_its_predecessors(job)), None)

    def positions(self) -> dict[str, int]:
        """The place of every waiting job in its lane: 1 = next."""
        return {job.id: at for needs_gpu in (True, False) for at, job in enumerate(self.lane(needs_gpu), 1)}

    def knows(self, job: Job) -> bool:
        """Whether this service can run the job's kind."""
        return job.kind in self._kinds

    def at_work(self, needs_gpu: bool) -> Job | None:
        """The job that runs in a lane."""
        return next(
            (
                job
                for job in list(self._store.values())
                if job.status.has_begun and self.knows(job) and self.needs_gpu(job) is needs_gpu
            ),
            None,
        )

    def move(self, job_id: str, to: int) -> int:
        """Give a waiting job another place in its lane, durably.

        Args:
            to: 1 = next; beyond the last = the last.

        Returns:
            The place that it has now.

        Raises:
            NotFound: no such job.
            Conflict: it does not wait, or it would come before a job that it waits for.
        """
        with self._store.locked():
            job = self._store.require(job_id)
            if job.status is not JobStatus.queued or job.kind not in self._kinds:
                raise Conflict(f"The job is {job.status.value}: only one that waits has a place in the queue.")
            lane = self.lane(self.needs_gpu(job))
            others = [other for other in lane if other.id != job_id]
            ahead, behind = others[: to - 1], others[to - 1 :]
            _require_sequence(job, ahead, behind)
            order = [*ahead, job, *behind]
            turns = [other.turn for other in lane]
            moved = [(other, turn) for other, turn in zip(order, turns, strict=True) if other.turn != turn]
            if moved:
                self._store.put_together(other.model_copy(update={"turn": turn}) for other, turn in moved)
            return len(ahead) + 1

    def needs_gpu(self, job: Job) -> bool:
        """Which lane the job waits in."""
        return self._kinds[job.kind].waits_for_gpu(job.params)

    def hopeless(self) -> list[tuple[Job, Outcome]]:
        """The waiting jobs whose predecessor ended without success, each with the end that follows from it."""
        return [(job, end) for job in self._waiting() if (end := self._end_by_predecessor(job)) is not None]

    def _waiting(self) -> list[Job]:
        return [
            job for job in list(self._store.values()) if job.status is JobStatus.queued and job.kind in self._kinds
        ]

    def _has_its_predecessors(self, job: Job) -> bool:
        return all(
            (before := self._store.get(job_id)) is not None and before.status is JobStatus.succeeded
            for job_id in job.after
        )

    def _end_by_predecessor(self, job: Job) -> Outcome | None:
        """An interrupted predecessor may still be continued, so it ends nothing."""
        for job_id in job.after:
            before = self._store.get(job_id)
            if before is None:
                return Outcome(JobStatus.failed, "user_cancel", "The job it waited for was deleted.")
            if before.status in (JobStatus.failed, JobStatus.cancelled):
                why = f"The job it waited for, {before.name!r}, ended ({before.status.value}): {before.error}"
                return Outcome(JobStatus.failed, before.reason, why)
        return None


def _require_sequence(job: Job, ahead: Sequence[Job], behind: Sequence[Job]) -> None:
    """Raises Conflict when the job would come before one that it waits for, or behind one that waits for it."""
    pairs = [(job, other) for other in behind if other.id in job.after]
    pairs += [(other, job) for other in ahead if job.id in other.after]
    for follower, predecessor in pairs:
        raise Conflict(f"{follower.name!r} waits for {predecessor.name!r}, so it cannot come before it.")
