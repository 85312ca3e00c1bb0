"""What home remembers of a job's stay on the cluster, so that a service which died in between takes it up again."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ValidationError

from backend.cluster.names import submission_id
from backend.core.runs.away import RECORD_FILE
from backend.core.storage.files import write_atomically


class Attempt(BaseModel):
    """One run of a job on the cluster; the last one is kept in the job's folder.

    Written before the cluster hears of it, so that none is ever lost.
    """

    number: int
    """Counts the attempts of this job from 1"""
    submission_id: str
    is_submitted: bool = False
    is_done: bool = False
    """Whether all that came of it is at home"""
    log_bytes: int = 0
    """Of its log, how much is in the job's log"""
    curve_start: int = 0
    """Bytes of the job's curve before its own rows"""
    began_at_step: int = 0
    """Of the checkpoint it went on from"""
    losses: int = 0
    """Attempts before it that were lost with their node and got no further"""


class AttemptRecord:
    """The file of a job's last attempt.

    Args:
        job_dir: the job's folder at home.
        job_id: the job's.
    """

    def __init__(self, job_dir: Path, job_id: str) -> None:
        self._path = job_dir / RECORD_FILE
        self._job_id = job_id

    def last(self) -> Attempt | None:
        """The last attempt; None = none yet, or its record was damaged, and it is begun anew."""
        try:
            return Attempt.model_validate(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, ValidationError):
            return None

    def begin(self, curve_start: int, step: int, losses: int) -> Attempt:
        """Enter the next attempt."""
        last = self.last()
        number = last.number + 1 if last else 1
        return self.keep(
            Attempt(
                number=number,
                submission_id=submission_id(self._job_id, number),
                curve_start=curve_start,
                began_at_step=step,
                losses=losses,
            )
        )

    def keep(self, attempt: Attempt, *, durable: bool = True) -> Attempt:
        """Write it down."""
        write_atomically(self._path, attempt.model_dump_json(), durable=durable)
        return attempt
