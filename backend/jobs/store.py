"""The job table: a mapping in memory that every poll reads, an SQLite file that makes each change last.

A change is on the disk (write-ahead log, `synchronous=FULL`) before the call returns, so that an acknowledged job
survives `kill -9` and power loss: about 4 ms a change, whether the table holds ten jobs or ten thousand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, MutableMapping, Sequence, ValuesView
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from pydantic import ValidationError

from backend.core.errors import Conflict, DiskFull, NotFound, PipelineError
from backend.core.paths import shown
from backend.jobs.models import Job, JobStatus

SCHEMA_VERSION = 1


class JobTableUnreadable(PipelineError):
    """The file of the job table cannot be used; it is left as it is."""

    exit_code = 2


class JobStore(MutableMapping[str, Job]):
    """Jobs by id, oldest first. Before `open` it lives in memory alone."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._database: sqlite3.Connection | None = None
        self._lock = RLock()
        self._unwritten: set[str] = set()
        self._changes = 0

    @property
    def revision(self) -> int:
        """Counts every change of the table since the service started: the same number, the same jobs."""
        return self._changes

    def open(self, path: Path) -> None:
        """Read the jobs from the file (made if missing) and keep every further change in it.

        Raises:
            JobTableUnreadable: not a job table, or made by a newer version.
        """
        with self._lock:
            self.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                self._jobs = _read(database)
            except (sqlite3.DatabaseError, ValidationError) as error:
                why = "a record is damaged" if isinstance(error, ValidationError) else str(error)
                raise JobTableUnreadable(
                    f"The job table {shown(path)} cannot be used ({why}): move it away to start with an empty one."
                ) from None
            self._database = database
            self._changes += 1

    def close(self) -> None:
        """Let go of the file; the jobs stay in memory."""
        with self._lock:
            if self._database:
                self._database.close()
                self._database = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold off every other change, to look first and write after."""
        with self._lock:
            yield

    def change(self, job_id: str, **fields: Any) -> Job:
        """Change some fields of a job, durably, and return it.

        Raises:
            NotFound: no such job.
            Conflict: its present status cannot be followed by the asked one.
        """
        with self._lock:
            job = self.require(job_id)
            status = fields.get("status", job.status)
            if status is not job.status and not job.may_become(status):
                raise Conflict(f"The job is {job.status.value}, so it cannot become {JobStatus(status).value}.")
            self[job_id] = changed = job.model_copy(update=fields)
            return changed

    def settle(self, job_id: str, **fields: Any) -> Job:
        """`change` for what has happened and cannot be refused, such as the end of a run.

        On a full disk it is kept in memory and written with the next change that finds room; should the service die
        before, the job counts as interrupted.
        """
        with self._lock:
            try:
                return self.change(job_id, **fields)
            except (DiskFull, JobTableUnreadable):
                self._jobs[job_id] = changed = self._jobs[job_id].model_copy(update=fields)
                self._unwritten.add(job_id)
                self._changes += 1
                return changed

    def put_together(self, jobs: Iterable[Job]) -> None:
        """Enter jobs, each in the place of one with its id, if there is one: all of them, durably, or none."""
        with self._lock:
            changed = {job.id: job for job in jobs}
            pending = [self._jobs[job_id] for job_id in self._unwritten - set(changed) if job_id in self._jobs]
            self._save(*pending, *changed.values())
            self._unwritten.clear()
            self._jobs = {**self._jobs, **changed}
            self._changes += 1

    def require(self, job_id: str) -> Job:
        """The job. Raises NotFound."""
        try:
            return self._jobs[job_id]
        except KeyError:
            raise NotFound("There is no job with this id; GET /jobs lists them.") from None

    def __getitem__(self, job_id: str) -> Job:
        return self._jobs[job_id]

    def __setitem__(self, job_id: str, job: Job) -> None:
        with self._lock:
            for pending in self._unwritten - {job_id}:
                if pending in self._jobs:
                    self._save(self._jobs[pending])
            self._save(job)
            self._unwritten.clear()
            if job_id in self._jobs:
                self._jobs[job_id] = job
            else:  # grown as a copy: a poll in another thread may be walking over the old one
                self._jobs = {**self._jobs, job_id: job}
            self._changes += 1

    def __delitem__(self, job_id: str) -> None:
        with self._lock:
            if job_id not in self._jobs:
                raise KeyError(job_id)
            self._write("DELETE FROM jobs WHERE id = ?", [(job_id,)])
            self._jobs = {known: job for known, job in self._jobs.items() if known != job_id}
            self._changes += 1

    def clear(self) -> None:
        """Forget every job."""
        with self._lock:
            self._write("DELETE FROM jobs", [()])
            self._jobs = {}
            self._changes += 1

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    def values(self) -> ValuesView[Job]:
        """The jobs, oldest first; safe to walk over while others change the store."""
        return self._jobs.values()  # ten times as quick as the mapping's own, which asks key by key

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._jobs

    def _save(self, *jobs: Job) -> None:
        self._write(
            "INSERT INTO jobs (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            [(job.id, job.model_dump_json()) for job in jobs],
        )

    def _write(self, statement: str, rows: Sequence[tuple[str, ...]]) -> None:
        """Carry the statement out for every row; all of it is on the disk when this returns, or none."""
        if not self._database:
            return
        try:
            if len(rows) == 1:
                self._database.execute(statement, rows[0])
            else:
                _together(self._database, statement, rows)
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise DiskFull("No room left on the disk for the job table: free some space and try again.") from None
            raise JobTableUnreadable(f"The job table cannot be written: {error}.") from None


def _together(database: sqlite3.Connection, statement: str, rows: Sequence[tuple[str, ...]]) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        database.executemany(statement, rows)
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # SQLite has taken some failures back by itself
            database.execute("ROLLBACK")
        raise


def _read(database: sqlite3.Connection) -> dict[str, Job]:
    """Prepare the file and read every job in the order they were entered."""
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"made by a newer version of this program, table version {version}")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA busy_timeout = 5000")
    database.execute(
        "CREATE TABLE IF NOT EXISTS jobs (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, record TEXT NOT NULL)"
    )
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    rows = database.execute("SELECT id, record FROM jobs ORDER BY sequence")
    return {job_id: Job.model_validate_json(record) for job_id, record in rows}


jobs_store = JobStore()
"""The service's jobs. Importing it touches no disk: the service opens it when it starts."""
