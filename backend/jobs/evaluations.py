"""Runs of evaluations and the jobs that make them."""

from __future__ import annotations

import json
from pathlib import Path

from backend.core.errors import Conflict
from backend.core.evaluation.running import JOB_MARKER
from backend.jobs.kinds import EVALUATE
from backend.jobs.service import Service


def require_idle(service: Service, folder: Path) -> None:
    """Raises Conflict while a job works on the run."""
    for job in list(service.store.values()):
        if job.kind != EVALUATE.name or not job.status.has_begun:
            continue
        if _run_of(service.folder(job.id).path) == folder.name:
            raise Conflict(f"A job is working on {folder.name}: cancel it first.")


def _run_of(job_folder: Path) -> str | None:
    try:
        return Path(json.loads((job_folder / JOB_MARKER).read_text(encoding="utf-8"))["folder"]).name
    except (OSError, ValueError, KeyError, TypeError):
        return None
