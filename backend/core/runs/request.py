"""What the service may ask of a training run between two steps: to end now and keep the adapter as it stands.

A file in the job's folder, and no signal: it waits for a run that is still loading, and outlives a service that dies.
"""

from __future__ import annotations

from pathlib import Path

FINISH_FILE = "finish"


def ask_to_finish(job_dir: Path) -> None:
    """Have the run of this job folder end after its present step as it does at its last. Raises OSError."""
    (job_dir / FINISH_FILE).touch()


def is_asked_to_finish(job_dir: Path | None) -> bool:
    """Whether that was asked; never of a run without a job folder. Looked up at every step, in three microseconds."""
    return job_dir is not None and (job_dir / FINISH_FILE).exists()
