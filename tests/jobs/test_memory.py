"""A run that the system killed for its memory is told apart from one that somebody killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.jobs import memory
from backend.jobs.memory import MemoryWatch
from tests.service_kit import app_in, processes_of, submit, until_ended, until_status


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cgroup"
    folder.mkdir()
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 0\noom_kill 2\noom_group_kill 0\n")
    (folder / "memory.max").write_text("max\n")
    monkeypatch.setattr(memory, "_cgroup", lambda: folder)
    return folder


def count_a_kill(cgroup: Path) -> None:
    (cgroup / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 3\noom_group_kill 0\n")


def test_a_kill_that_the_system_counted_is_one_for_memory(cgroup: Path) -> None:
    watch = MemoryWatch(os.getpid())
    watch.look()
    assert not watch.explains(-signal.SIGKILL)
    count_a_kill(cgroup)
    assert watch.explains(-signal.SIGKILL)
    assert not watch.explains(-signal.SIGTERM)
    assert not watch.explains(1)


@pytest.mark.parametrize(("limit", "explained"), [("4096\n", True), (f"{2**60}\n", False), ("max\n", False)])
def test_without_a_count_the_killed_run_must_have_held_the_memory(cgroup: Path, limit: str, explained: bool) -> None:
    (cgroup / "memory.events").unlink()
    (cgroup / "memory.max").write_text(limit)
    watch = MemoryWatch(os.getpid())
    watch.look()
    assert watch.explains(-signal.SIGKILL) is explained


def test_a_job_killed_for_memory_says_so(cgroup: Path, tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path)) as client:
        job_id = submit(client, "large", "wait")
        until_status(client, job_id, "running")
        count_a_kill(cgroup)
        os.kill(processes_of(job_id)[0], signal.SIGKILL)
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"], job["remedy"]) == ("failed", "host_oom", None)
        assert job["error"].startswith("This machine ran out of memory")
