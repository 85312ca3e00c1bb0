"""What survives the death of the service: every acknowledged job, no process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from backend.core.errors import Conflict
from backend.jobs.lock import ServiceLock
from backend.jobs.models import Job, JobStatus, now
from backend.jobs.store import JobStore
from tests.service_kit import app_in, processes_of, settings_in, status, submit, until, until_ended, until_status

SERVER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.service_kit import app_in
from backend.api.server import serve
raise SystemExit(serve(app_in(Path({folder!r}), port={port})))
"""


@contextmanager
def real_service(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The service in a process of its own, on a free port."""
    root = Path(__file__).resolve().parents[2]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = SERVER.format(root=str(root), folder=str(folder), port=port)
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            until(lambda: process.poll() is not None or _answers(client))
            assert process.poll() is None
            yield process, client
    finally:
        process.kill()
        process.wait()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False


def test_after_kill_9_the_child_dies_and_a_new_service_runs_everything_in_order(tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    with real_service(tmp_path) as (process, client):
        names = ["first", "second", "third"]
        given = {name: {"adapter_name": name, "play": "wait", "wait_for": str(go_on)} for name in names}
        ids = [client.post("/train", json=given[name]).json()["job_id"] for name in names]
        until(lambda: client.get(f"/jobs/{ids[0]}/status").json()["status"] == "running")
        process.send_signal(signal.SIGKILL)
        process.wait()
        until(lambda: not processes_of(ids[0]), seconds=5)
    (tmp_path / "models" / ".partial-first").mkdir()
    (tmp_path / "models" / ".partial-first" / "params.json").write_text("{}")
    go_on.touch()
    with TestClient(app_in(tmp_path)) as restarted:
        ended = [until_ended(restarted, job_id) for job_id in ids]
        assert [job["status"] for job in ended] == ["succeeded"] * 3
        assert [job["result"]["resumed"] for job in ended] == [True, False, False]
        assert sorted(job["started_at"] for job in ended) == [job["started_at"] for job in ended]
        first = restarted.get(f"/jobs/{ids[0]}/logs").json()["text"]
        assert "The service was restarted; attempt 2 of 3 continues the run." in first


def test_term_stops_the_service_with_its_runs(tmp_path: Path) -> None:
    with real_service(tmp_path) as (process, client):
        job_id = client.post("/train", json={"adapter_name": "a", "play": "checkpoint"}).json()["job_id"]
        until(lambda: client.get(f"/jobs/{job_id}/status").json()["status"] == "running")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert processes_of(job_id) == []
    store = JobStore()
    store.open(tmp_path / "state" / "jobs.db")
    assert (store[job_id].status, store[job_id].reason) == (JobStatus.interrupted, "service_lost")
    store.close()


def test_without_auto_resume_a_lost_job_waits_for_a_person(tmp_path: Path) -> None:
    _leave_running_job(tmp_path)
    with TestClient(app_in(tmp_path, auto_resume=False)) as client:
        job = status(client, "lost")
        assert (job["status"], job["reason"]) == ("interrupted", "service_lost")
        assert client.post("/jobs/lost/resume").status_code == 202
        assert until_ended(client, "lost")["status"] == "succeeded"


def test_a_run_that_took_the_service_down_three_times_is_not_started_again(tmp_path: Path) -> None:
    _leave_running_job(tmp_path, attempts=3)
    with TestClient(app_in(tmp_path)) as client:
        assert status(client, "lost")["status"] == "interrupted"


@pytest.mark.parametrize(
    ("reason", "ends"),
    [("user_cancel", {"cancelled"}), ("time_limit", {"failed"}), ("service_lost", {"queued", "starting", "running"})],
)
def test_a_job_being_stopped_when_the_service_died_ends_as_it_was_meant_to(
    tmp_path: Path, reason: str, ends: set[str]
) -> None:
    _leave_running_job(tmp_path, status=JobStatus.stopping, reason=reason, play="wait")
    with TestClient(app_in(tmp_path)) as client:
        job = status(client, "lost")
        assert job["status"] in ends
        assert job["reason"] == (reason if job["status"] in ("cancelled", "failed") else None)


def test_a_run_that_told_its_result_before_the_service_died_has_succeeded(tmp_path: Path) -> None:
    _leave_running_job(tmp_path)
    folder = tmp_path / "state" / "jobs" / "lost"
    folder.mkdir(parents=True)
    (folder / "result.json").write_text('{"train_loss": 0.5}')
    with TestClient(app_in(tmp_path)) as client:
        job = status(client, "lost")
        assert (job["status"], job["reason"], job["result"]) == ("succeeded", None, {"train_loss": 0.5})


@pytest.mark.parametrize("auto_resume", [True, False])
def test_a_run_that_died_between_its_name_and_the_registry_is_resumed(tmp_path: Path, auto_resume: bool) -> None:
    """It has nothing left to do but to be registered: started anew it would find its own folder in the way."""
    _leave_running_job(tmp_path)
    published = tmp_path / "models" / "lost"
    published.mkdir(parents=True)
    (published / "run.json").write_text("{}")
    with TestClient(app_in(tmp_path, auto_resume=auto_resume)) as client:
        if not auto_resume:
            assert client.post("/jobs/lost/resume").status_code == 202
        assert until_ended(client, "lost")["result"]["resumed"] is True


def test_a_run_that_gets_further_each_time_is_started_again_without_end(tmp_path: Path) -> None:
    checkpoints = tmp_path / "models" / ".partial-lost" / "checkpoints"
    _leave_running_job(tmp_path, attempts=3, furthest=50, play="wait")
    for step in (50, 60):
        (checkpoints / f"checkpoint-{step}").mkdir(parents=True)
        (checkpoints / f"checkpoint-{step}" / "manifest.json").write_text("{}")
        with TestClient(app_in(tmp_path)) as client:
            job = status(client, "lost")
            if step == 50:
                assert job["status"] == "interrupted"
                assert job["error"].startswith("It was interrupted 3 times without getting further")
            else:
                assert job["status"] in ("queued", "starting", "running")


def _leave_running_job(folder: Path, play: str = "succeed", **changes: object) -> None:
    settings = settings_in(folder)
    store = JobStore()
    store.open(settings.state_dir / "jobs.db")
    params = {
        "adapter_name": "lost",
        "output_dir": str(folder / "models" / "lost"),
        "play": play,
        "resume": False,
    }
    store["lost"] = Job.model_validate(
        {
            "id": "lost", "kind": "train", "name": "lost", "status": JobStatus.running, "params": params,
            "target": params["output_dir"], "turn": 1, "attempts": 1, "created_at": now(), "started_at": now(),
            **changes,
        }
    )  # fmt: skip
    store.close()


def test_a_second_service_on_the_same_state_folder_is_refused(tmp_path: Path) -> None:
    lock = ServiceLock(tmp_path)
    lock.acquire(8123)
    with pytest.raises(Conflict, match=rf"process {os.getpid()}, port 8123"):
        ServiceLock(tmp_path).acquire(8124)
    lock.release()
    ServiceLock(tmp_path).acquire(8124)


def test_jobs_of_an_ended_service_are_listed_newest_first(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path)) as client:
        ids = [submit(client, name, path="/side") for name in ("a", "b", "c")]
        for job_id in ids:
            until_status(client, job_id, "succeeded")
    with TestClient(app_in(tmp_path)) as client:
        listed = client.get("/jobs").json()
        assert [job["job_id"] for job in listed["jobs"]] == ids[::-1]
        assert listed["total"] == 3
