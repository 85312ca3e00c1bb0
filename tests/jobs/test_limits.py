"""Runs that last too long, fall silent, or will not die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.jobs import vitals
from backend.jobs.child import Child
from tests.service_kit import app_in, processes_of, status, submit, until, until_ended, until_status

WEEK = 7 * 86_400
HALF_HOUR, TWO_HOURS = 1_800, 7_200


class Clock:
    """The monotonic clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(vitals, "time", clock)
    return clock


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path)) as client:
        yield client


def test_a_run_past_its_time_writes_a_checkpoint_and_fails_with_the_limit(client: TestClient, clock: Clock) -> None:
    job_id = submit(client, "endless", "checkpoint")
    until_status(client, job_id, "running")
    clock.ahead = WEEK + 1
    job = until_ended(client, job_id)
    assert (job["status"], job["reason"]) == ("failed", "time_limit")
    assert "JOB_TIME_LIMIT_SECONDS" in job["error"]
    assert "checkpoint written" in job["logs"]
    assert until_ended(client, submit(client, "next"))["status"] == "succeeded"


def test_a_silent_run_is_marked_then_stopped(client: TestClient, clock: Clock) -> None:
    job_id = submit(client, "silent", "checkpoint")
    assert until_status(client, job_id, "running")["stalled_seconds"] is None
    clock.ahead = HALF_HOUR + 1
    assert HALF_HOUR < status(client, job_id)["stalled_seconds"] < TWO_HOURS
    assert status(client, job_id)["status"] == "running"
    clock.ahead = TWO_HOURS + 2
    job = until_ended(client, job_id)
    assert (job["status"], job["reason"], job["stalled_seconds"]) == ("failed", "time_limit", None)
    assert "JOB_STALL_LIMIT_SECONDS" in job["error"]


def test_a_line_in_the_log_is_a_sign_of_life(client: TestClient, clock: Clock, tmp_path: Path) -> None:
    job_id = submit(client, "a", "wait", wait_for=str(tmp_path / "go_on"))
    until_status(client, job_id, "running")
    until(lambda: "waiting" in status(client, job_id)["logs"])
    clock.ahead = HALF_HOUR + 1
    until(lambda: status(client, job_id)["stalled_seconds"])
    with (tmp_path / "state" / "jobs" / job_id / "log.txt").open("a") as log:
        log.write("still here\n")
    until(lambda: status(client, job_id)["stalled_seconds"] is None)
    (tmp_path / "go_on").touch()
    assert until_ended(client, job_id)["status"] == "succeeded"


def test_what_outlives_kill_keeps_its_lane_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process in an uninterruptible call to a driver: signals stay pending until the call returns."""
    send = Child._signal
    monkeypatch.setattr("backend.jobs.child.KILL_SECONDS", 0.05)
    monkeypatch.setattr(Child, "_signal", lambda child, number: number != signal.SIGKILL and send(child, number))
    with TestClient(app_in(tmp_path, stop_grace_seconds=0.1)) as client:
        job_id, behind = submit(client, "immortal", "deaf"), submit(client, "behind")
        until_status(client, job_id, "running")
        pid = processes_of(job_id)[0]
        client.post(f"/jobs/{job_id}/cancel")
        told = until(lambda: status(client, job_id)["error"])
        assert f"Process {pid} outlives even KILL" in told
        assert (status(client, job_id)["status"], status(client, behind)["status"]) == ("stopping", "queued")
        os.kill(pid, signal.SIGKILL)
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"], job["error"]) == ("cancelled", "user_cancel", "Cancelled on request.")
        assert until_ended(client, behind)["status"] == "succeeded"
