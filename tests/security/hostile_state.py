"""The folders of a service in which every text is an attack.

python -m tests.security.hostile_state FOLDER          fills FOLDER; the variables of `Settings` then point there
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from backend.core.params import EvaluationParams, GenerationParams, MergeParams, Params, TrainParams
from backend.core.runs.events import RunReporter
from backend.jobs.folder import JobFolder
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.store import JobStore
from tests.core.evaluation.reporting.sample import make_run, write_run
from tests.security.payloads import PAYLOADS

ENDS: tuple[tuple[str, type[Params], JobStatus, str | None], ...] = (
    ("train", TrainParams, JobStatus.succeeded, None),
    ("train", TrainParams, JobStatus.failed, "cuda_oom"),
    ("merge", MergeParams, JobStatus.succeeded, None),
    ("evaluate", EvaluationParams, JobStatus.failed, "network"),
    ("generate", GenerationParams, JobStatus.interrupted, "service_lost"),
    ("download", TrainParams, JobStatus.cancelled, "user_cancel"),
)
texts = cycle(PAYLOADS)


def fill(folder: Path) -> None:
    """Write a dataset, adapters, jobs with their logs and an evaluation."""
    for name in ("data", "models", "config", "state", "evaluation", "predictions"):
        (folder / name).mkdir(parents=True)
    records = [{"input": text, "output": next(texts)} for text in PAYLOADS]
    (folder / "data" / "hostile.json").write_text(json.dumps(records), encoding="utf-8")
    _fill_registry(folder)
    _fill_jobs(folder / "state")
    write_run(folder / "evaluation" / "run_20260101_000000_hostile", *make_run(hostile=True))


def _fill_registry(folder: Path) -> None:
    adapters = []
    for number in range(3):
        path = folder / "models" / f"hostile-{number}"
        path.mkdir()
        card = {"description": next(texts), "training_date": next(texts), "base_model": next(texts)}
        adapters.append({"name": path.name, "path": str(path), "dataset": next(texts), "lineage": next(texts), **card})
    registry = {"base_model": next(texts), "adapters": adapters}
    (folder / "config" / "adapters.json").write_text(json.dumps(registry), encoding="utf-8")


def _fill_jobs(state: Path) -> None:
    store = JobStore()
    store.open(state / "jobs.db")
    for place, (kind, params, status, reason) in enumerate(ENDS):
        began = now() - timedelta(minutes=place)
        job = Job(
            id=f"hostile-{place}", kind=kind, name=next(texts), status=status, reason=reason, error=next(texts),
            params=_hostile(params.model_construct().model_dump(mode="json")), after=("hostile-0",) if place else (),
            created_at=began, started_at=began, finished_at=now(),
        )  # fmt: skip
        store[job.id] = job
        _tell(JobFolder(state / "jobs" / job.id), job)
    store.close()


def _tell(folder: JobFolder, job: Job) -> None:
    """What a run tells: its log, curve, progress and result."""
    folder.prepare(job.params)
    for text in PAYLOADS:
        folder.note(text)
    reporter = RunReporter(job_dir=folder.path)
    reporter.progress(next(texts), 2, 3)
    for step in (1, 2, 3):
        reporter.metrics({"step": step, "loss": 3 / step, "learning_rate": 0.1, next(texts): 1.0})
    sentences = [next(texts) for _ in range(3)]
    reporter.result({"adapter_name": next(texts), "path": next(texts), "run": next(texts), "sentences": sentences})


def _hostile(params: dict[str, Any]) -> dict[str, Any]:
    return {name: next(texts) if isinstance(value, str) or value is None else value for name, value in params.items()}


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
