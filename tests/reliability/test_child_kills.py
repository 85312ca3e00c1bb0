"""R2: a run that is killed, at any moment and by any signal, ends its job with that signal and frees its lane."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient

from backend.jobs.child import Child
from backend.jobs.service import Service
from tests.campaign import number, tell
from tests.service_kit import app_in, processes_of, submit, until

KILLS = number(8, 500)
SEED = 20_261_123
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)
LATEST_SECONDS = 0.6
"""After the start of the process: from before its first line of Python to the middle of its work."""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path)) as client:
        yield client


@pytest.fixture
def pids(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The process of each job, as soon as it is started."""
    started: dict[str, int] = {}
    start = Child.__init__

    def noted(child: Child, job_id: str, *args: object, **named: object) -> None:
        start(child, job_id, *args, **named)  # type: ignore[arg-type]
        started[job_id] = child.pid

    monkeypatch.setattr(Child, "__init__", noted)
    return started


def test_a_killed_run_says_by_what_and_the_next_one_starts(client: TestClient, pids: dict[str, int]) -> None:
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    random = Random(SEED)
    ended, started, wrong = [], [], []
    waiting = submit(client, "job-0", "wait", "/side")
    for kill in range(1, KILLS + 1):
        job_id, waiting = waiting, submit(client, f"job-{kill}", "wait", "/side")
        until(lambda: job_id in pids)  # noqa: B023
        time.sleep(random.random() * LATEST_SECONDS)
        number_sent = random.choice(SIGNALS)
        os.kill(pids[job_id], number_sent)
        began = time.monotonic()
        until(lambda: service.store[job_id].status.is_final)  # noqa: B023
        ended.append(time.monotonic() - began)
        until(lambda: service.store[waiting].status.value != "queued")  # noqa: B023
        started.append(time.monotonic() - began)
        job, told = service.store[job_id], f"The run was killed by {number_sent.name}."
        if (job.status.value, job.reason, job.error) != ("failed", "signal", told):
            wrong.append((number_sent.name, job.status.value, job.reason, job.error))
    service.runner.cancel(waiting)
    until(lambda: service.store[waiting].status.is_final)
    stuck = [job.id for job in service.store.values() if not job.status.is_final or processes_of(job.id)][:5]
    tell(
        "R2", kills=KILLS, wrong_ends=len(wrong), stuck=len(stuck),
        ended_seconds_p99=round(_p99(ended), 2), next_started_seconds_p99=round(_p99(started), 2),
        ended_seconds_median=round(statistics.median(ended), 2),
    )  # fmt: skip
    assert (wrong, stuck) == ([], [])


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]
