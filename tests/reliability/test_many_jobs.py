"""R8: ten thousand jobs in the table make neither the start nor a page nor a change slow."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import psutil
from fastapi.testclient import TestClient

from backend.jobs.models import Job, JobStatus
from backend.jobs.service import Service
from backend.jobs.store import JobStore
from tests.campaign import number, tell
from tests.service_kit import app_in, settings_in, status, submit, until_ended

JOBS = number(10_000, 100_000)
PAGES = 60
CHANGES = 60


def test_a_long_history_costs_nothing_but_its_room(tmp_path: Path) -> None:
    _fill(settings_in(tmp_path).state_dir)
    before = psutil.Process().memory_info().rss
    began = time.monotonic()
    with TestClient(app_in(tmp_path)) as client:
        start = time.monotonic() - began
        grown = psutil.Process().memory_info().rss - before
        assert client.get("/jobs").json()["total"] == JOBS
        pages = [_timed(lambda at=page: client.get(f"/jobs?limit=50&offset={at * 50}")) for page in range(PAGES)]
        service: Service = client.app.state.service  # type: ignore[attr-defined]
        database = service.store._database
        assert database
        written = database.total_changes
        changes = [_timed(lambda at=at: service.store.change(f"job-{at}", error=f"{at}")) for at in range(CHANGES)]
        rewritten = database.total_changes - written
        job_id = submit(client, "new")
        assert until_ended(client, job_id)["status"] == "succeeded"
        assert [job["job_id"] for job in client.get("/jobs?limit=2").json()["jobs"]] == [job_id, f"job-{JOBS - 1}"]
        assert status(client, "job-0")["error"] == "0"
    tell(
        "R8", jobs=JOBS, start_seconds=round(start, 2), page_ms_p99=_p99(pages), change_ms_p99=_p99(changes),
        rss_mb=round(grown / 2**20), rows_written_per_change=rewritten / CHANGES,
    )  # fmt: skip
    assert rewritten == CHANGES, "a change writes its own job and no other"


def _fill(state_dir: Path) -> None:
    """A history as years of use leave it."""
    state_dir.mkdir(parents=True)
    store = JobStore()
    store.open(state_dir / "jobs.db")
    store.close()
    then = datetime(2026, 1, 1, tzinfo=timezone.utc)
    job = Job(
        id="", kind="train", name="a", status=JobStatus.succeeded, params={"play": "succeed", "learning_rate": 0.1},
        created_at=then, started_at=then, finished_at=then,
    )  # fmt: skip
    rows = (
        (f"job-{at}", job.model_copy(update={"id": f"job-{at}", "turn": at}).model_dump_json()) for at in range(JOBS)
    )
    with sqlite3.connect(state_dir / "jobs.db") as database:
        database.executemany("INSERT INTO jobs (id, record) VALUES (?, ?)", rows)
    database.close()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _p99(milliseconds: list[float]) -> float:
    return round(sorted(milliseconds)[int(0.99 * (len(milliseconds) - 1))], 1)
