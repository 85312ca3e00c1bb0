"""The job table in short: what runs, how much waits, what has just ended.

Every open page asks for it every few seconds, so the table is gone through only after it has changed: with ten
thousand jobs that are 2 ms once instead of with every question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from heapq import nlargest

from backend.jobs.folder import JobFolder
from backend.jobs.models import Job, JobStatus
from backend.jobs.store import JobStore

LAST_ENDED = 6
"""Enough for a list of recent runs, and for whoever was away for a few seconds to hear of every end."""
LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Snapshot:
    """The table as it was at one moment.

    Args:
        revision: another one whenever the table has changed or a run has told something.
        queued: how many jobs wait.
        running: the jobs that have begun and not ended, oldest first.
        ended: those that ended last, the latest first.
    """

    revision: str
    queued: int
    running: tuple[Job, ...]
    ended: tuple[Job, ...]


class Activity:
    """Snapshots of a store.

    Args:
        store: where the jobs are.
        folder_of: the folder of a job id.
    """

    def __init__(self, store: JobStore, folder_of: Callable[[str], JobFolder]) -> None:
        self._store = store
        self._folder_of = folder_of
        self._seen: tuple[int, Snapshot] | None = None

    def snapshot(self) -> Snapshot:
        """What there is now; of an unchanged table it costs three `stat` calls for each job that runs."""
        table = self._store.revision  # before the jobs: a change in between is seen with the next snapshot
        seen = self._seen
        if seen is None or seen[0] != table:
            self._seen = seen = (table, self._look())
        snapshot = seen[1]
        told = hash(tuple(self._folder_of(job.id).stamp() for job in snapshot.running))
        return Snapshot(f"{table}-{told & 0xFFFFFFFF:x}", snapshot.queued, snapshot.running, snapshot.ended)

    def _look(self) -> Snapshot:
        queued, running, ended = 0, [], []
        for job in self._store.values():
            if job.status is JobStatus.queued:
                queued += 1
            elif job.status.is_final:
                ended.append(job)
            else:
                running.append(job)
        return Snapshot("", queued, tuple(running), tuple(nlargest(LAST_ENDED, ended, key=_end)))


def _end(job: Job) -> datetime:
    return job.finished_at or LONG_AGO
