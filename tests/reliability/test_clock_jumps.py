"""R13: a clock that is set, forward or back, stops no run, mends no order and hides no silence.

Rotation of checkpoints under such clocks is checked beside the checkpoints.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.jobs import admission, runner
from tests.campaign import tell
from tests.service_kit import app_in, status, submit, until, until_ended, until_status

HOUR = 3_600.0
YEARS = 10 * 365 * 24 * HOUR
JUMPS = (HOUR, -HOUR, YEARS, -YEARS)


class WallClock:
    """The time of day, which somebody sets."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return TRUE_TIME() + self.ahead

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(seconds=self.ahead)


TRUE_TIME = time.time


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    clock = WallClock()
    monkeypatch.setattr(time, "time", clock.time)
    monkeypatch.setattr(admission, "now", clock.now)
    monkeypatch.setattr(runner, "now", clock.now)
    return clock


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path)) as client:
        yield client


def test_no_jump_of_the_clock_is_a_limit(client: TestClient, wall: WallClock, tmp_path: Path) -> None:
    job_id = submit(client, "a", "wait", wait_for=str(tmp_path / "go_on"))
    until_status(client, job_id, "running")
    wrong = []
    for jump in JUMPS:
        wall.ahead = jump
        looked = _looks(client)
        until(lambda: _looks(client) > looked + 2)  # noqa: B023 - the lane has seen the new time
        found = status(client, job_id)
        wrong += [jump] * ((found["status"], found["stalled_seconds"]) != ("running", None))
    (tmp_path / "go_on").touch()
    assert until_ended(client, job_id)["status"] == "succeeded"
    tell("R13", jumps=len(JUMPS), wrong_limits=len(wrong))
    assert wrong == []


def test_the_order_of_jobs_is_not_the_order_of_their_times(client: TestClient, wall: WallClock) -> None:
    blocker = submit(client, "blocker", "wait")
    names = []
    for jump in JUMPS:
        wall.ahead = jump
        names.append(submit(client, f"at-{len(names)}"))
    assert [status(client, job_id)["queue_position"] for job_id in names] == [1, 2, 3, 4]
    assert [job["job_id"] for job in client.get("/jobs").json()["jobs"]] == [*names[::-1], blocker]


def _looks(client: TestClient) -> int:
    """How often the runs were looked at."""
    return int(client.looks[0])  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _count_looks(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.jobs.vitals import Vitals

    looks, look = [0], Vitals.look

    def counted(vitals: Vitals) -> None:
        looks[0] += 1
        look(vitals)

    monkeypatch.setattr(Vitals, "look", counted)
    client.looks = looks  # type: ignore[attr-defined]
