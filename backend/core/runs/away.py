"""Whether a job's run is elsewhere: on a cluster it goes on without the service, which takes it up again."""

from __future__ import annotations

import json
from pathlib import Path

RECORD_FILE = "cluster.json"
"""In the job's folder; `backend.cluster.attempt` writes it."""
PROGRAM_VARIABLE = "PIPELINE_CARRIED_PROGRAM"
"""Environment variable of a carrier: the recipe to run, relative to the project."""


def submission_away(job_dir: Path) -> str | None:
    """What the cluster calls the run of a job that it has not brought home yet; None = there is none."""
    try:
        record = json.loads((job_dir / RECORD_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    is_away = isinstance(record, dict) and record.get("is_submitted") and not record.get("is_done")
    return str(record.get("submission_id")) if is_away else None
