"""Jobs that have ended: their records in the job table, and what each of them told in its folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from backend.core.errors import Reason
from backend.core.params import TrainParams
from backend.jobs.folder import JobFolder
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.store import JobStore
from tests.browser import curves

STATUSES: dict[Reason | None, tuple[JobStatus, str | None]] = {
    None: (JobStatus.succeeded, None),
    "user_cancel": (JobStatus.cancelled, "Cancelled on request."),
    "service_lost": (JobStatus.interrupted, "The service was stopped during the run."),
    "cuda_oom": (
        JobStatus.failed,
        "The GPU ran out of memory (CUDA out of memory. Tried to allocate 2.32 GiB.). Lower "
        "per_device_train_batch_size and raise gradient_accumulation_steps by the same factor, lower max_length, or "
        "set gradient_checkpointing.",
    ),
}
SECONDS_PER_STEP = 2.4


@dataclass(frozen=True)
class Past:
    """A training run that has ended.

    Args:
        name, dataset: as its parameters say.
        days: since its end.
        steps: that it made.
        end: why it ended; None = it succeeded.
        tags: what a person has filed it under.
        learning_rate, lora_r, max_length: parameters in which runs differ.
    """

    name: str
    dataset: str
    days: float
    steps: int
    end: Reason | None = None
    tags: tuple[str, ...] = ()
    learning_rate: float = 2e-4
    lora_r: int = 16
    max_length: int = 512

    @cached_property
    def ended(self) -> datetime:
        """When."""
        return now() - timedelta(days=self.days)

    @property
    def began(self) -> datetime:
        """When it was started."""
        return self.ended - timedelta(seconds=SECONDS_PER_STEP * self.steps)

    def params(self) -> dict[str, Any]:
        """Every parameter."""
        given = {
            "adapter_name": self.name, "dataset_path": self.dataset, "base_model_name": "Qwen/Qwen2.5-0.5B-Instruct",
            "learning_rate": self.learning_rate, "lora_r": self.lora_r, "max_length": self.max_length,
            "validation_split": 0.1, "description": "",
        }  # fmt: skip
        return TrainParams.model_validate(given).model_dump(mode="json")

    def rows(self) -> list[dict[str, Any]]:
        """Its curves."""
        whole = self.steps if self.end is None else 3 * self.steps
        told = curves.rows(self.name, whole, began=self.began.timestamp(), seconds_per_step=SECONDS_PER_STEP)
        return [row for row in told if row["step"] <= self.steps]

    @property
    def loss(self) -> float | None:
        """The last that it told."""
        return next((row["loss"] for row in reversed(self.rows()) if "loss" in row), None)

    def result(self, models: Path) -> dict[str, Any]:
        """What came of it."""
        return curves.result(self.name, models / self.name, self.rows(), SECONDS_PER_STEP * self.steps)


def write_history(state: Path, runs: Iterable[Past], models: Path, further: int = 0) -> None:
    """Write the runs, oldest first.

    Args:
        state: the state folder.
        runs: with all that they told.
        models: where their adapters are.
        further: jobs before them, with little to tell.
    """
    known = sorted([*_filling(further), *runs], key=lambda past: past.began)
    records = [(f"{past.began:%Y%m%d-%H%M%S}-{place:06x}", past) for place, past in enumerate(known)]
    for number, past in records:
        _tell(JobFolder(state / "jobs" / number), past, models)
    store = JobStore()
    store.open(state / "jobs.db")
    store.close()
    with sqlite3.connect(state / "jobs.db") as table:  # in one go: flushed one by one, 10,000 would take 40 s
        jobs = ((number, _job(number, past).model_dump_json()) for number, past in records)
        table.executemany("INSERT INTO jobs (id, record) VALUES (?, ?)", jobs)


def _filling(count: int) -> Iterator[Past]:
    ends: tuple[Reason | None, ...] = (None, None, None, "cuda_oom", "user_cancel")
    for place in range(count):
        name, dataset = f"nightly-{place:05d}", "physics_qa.json" if place % 3 else "support_tickets.jsonl"
        yield Past(name, dataset, days=20.0 + place / 200, steps=20, end=ends[place % 5], tags=("nightly",))


def _job(number: str, past: Past) -> Job:
    status, error = STATUSES[past.end]
    return Job(
        id=number, kind="train", name=past.name, status=status, reason=past.end, error=error, params=past.params(),
        tags=past.tags, loss=past.loss, attempts=1, created_at=past.began - timedelta(seconds=4),
        started_at=past.began, finished_at=past.ended,
    )  # fmt: skip


def _tell(folder: JobFolder, past: Past, models: Path) -> None:
    rows = past.rows()
    whole = past.steps if past.end is None else 3 * past.steps
    folder.path.mkdir(parents=True)
    progress = {"phase": "training", "step": past.steps, "total_steps": whole, "eta_seconds": None}
    files = {
        "params.json": json.dumps(past.params()),
        "progress.json": json.dumps(progress),
        "metrics.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "log.txt": "".join(curves.line(row, whole) + "\n" for row in rows),
    }
    if past.end is None:
        files["result.json"] = json.dumps(past.result(models))
    if past.end == "cuda_oom":
        files["failure.json"] = json.dumps({"reason": past.end, "message": STATUSES[past.end][1]})
    for name, text in files.items():
        (folder.path / name).write_text(text, encoding="utf-8")
