"""Jobs from submission to end, each with a real child process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.core.errors import DiskFull
from tests.service_kit import app_in, processes_of, status, submit, until, until_ended, until_status


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path)) as client:
        yield client


def test_a_job_runs_and_tells_what_came_of_it(client: TestClient) -> None:
    job_id = submit(client, "good")
    job = until_ended(client, job_id)
    assert (job["status"], job["reason"], job["error"]) == ("succeeded", None, None)
    assert job["result"]["train_loss"] == 1.0
    assert job["progress"] == {
        "phase": "succeeded", "step": 3, "total_steps": 3, "percent": 100.0, "eta_seconds": None,
        "eta_spread_seconds": None,
    }  # fmt: skip
    assert job["metrics"] == {"step": 3.0, "loss": 1.0}
    assert job["sparkline"] == [3.0, 1.5, 1.0]
    assert job["logs"] == ["step 1 of 3", "step 2 of 3", "step 3 of 3"]
    assert job["created_at"] <= job["started_at"] <= job["finished_at"]
    assert job["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("play", "reason", "error"),
    [
        ("bad_dataset", "bad_dataset", "data/x.json is empty: give a file with at least one example."),
        ("crash", "signal", "The run was killed by SIGSEGV."),
        ("exit_seven", "exit_code", "the last word"),
    ],
)
def test_a_failed_job_says_why(client: TestClient, play: str, reason: str, error: str) -> None:
    job = until_ended(client, submit(client, "bad", play))
    assert (job["status"], job["reason"], job["error"]) == ("failed", reason, error)


def test_a_killed_child_frees_the_lane_for_the_next_job(client: TestClient) -> None:
    first, second = submit(client, "first", "wait"), submit(client, "second")
    until_status(client, first, "running")
    assert status(client, second)["queue_position"] == 1
    os.kill(processes_of(first)[0], signal.SIGKILL)
    job = until_ended(client, first)
    assert (job["status"], job["reason"]) == ("failed", "signal")
    assert until_ended(client, second)["status"] == "succeeded"


def test_the_gpu_lane_runs_one_job_and_the_other_lane_runs_beside_it(client: TestClient) -> None:
    running, waiting = submit(client, "a", "wait"), submit(client, "b", "wait")
    beside = submit(client, "c", path="/side")
    until_status(client, running, "running")
    assert until_ended(client, beside)["status"] == "succeeded"
    assert status(client, waiting)["status"] == "queued"
    for job_id in (waiting, running):
        client.post(f"/jobs/{job_id}/cancel")


def test_a_waiting_job_is_cancelled_at_once_and_never_starts(client: TestClient) -> None:
    first, second = submit(client, "first", "wait"), submit(client, "second")
    until_status(client, first, "running")
    assert client.post(f"/jobs/{second}/cancel").json() == {"job_id": second, "status": "cancelled"}
    client.post(f"/jobs/{first}/cancel")
    until_ended(client, first)
    job = status(client, second)
    assert (job["status"], job["reason"], job["started_at"]) == ("cancelled", "user_cancel", None)


def test_cancel_lets_a_recipe_write_its_checkpoint(client: TestClient) -> None:
    job_id = submit(client, "careful", "checkpoint")
    until_status(client, job_id, "running")
    assert client.post(f"/jobs/{job_id}/cancel").json()["status"] == "stopping"
    job = until_ended(client, job_id)
    assert (job["status"], job["reason"]) == ("cancelled", "user_cancel")
    assert "checkpoint written" in job["logs"]


def test_cancel_leaves_no_process_behind_even_one_that_left_the_group(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, stop_grace_seconds=0.3)) as client:
        job_id = submit(client, "stubborn", "stubborn")
        until_status(client, job_id, "running")
        assert len(processes_of(job_id)) == 2
        client.post(f"/jobs/{job_id}/cancel")
        assert until_ended(client, job_id)["status"] == "cancelled"
        assert processes_of(job_id) == []


def test_cancel_before_the_child_is_up_still_ends_it(client: TestClient) -> None:
    job_id = submit(client, "early", "wait")
    until(lambda: status(client, job_id)["status"] != "queued")
    client.post(f"/jobs/{job_id}/cancel")
    assert until_ended(client, job_id)["status"] == "cancelled"
    assert processes_of(job_id) == []


def test_a_cancelled_job_can_be_resumed_and_deleted(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, "again", "checkpoint")
    until_status(client, job_id, "running")
    client.post(f"/jobs/{job_id}/cancel")
    until_ended(client, job_id)
    partial = tmp_path / "models" / ".partial-again"
    partial.mkdir()
    (partial / "params.json").write_text("{}")
    assert client.post(f"/jobs/{job_id}/resume").status_code == 202
    until_status(client, job_id, "running")
    assert status(client, job_id)["params"]["resume"] is True
    assert client.delete(f"/jobs/{job_id}").status_code == 409
    client.post(f"/jobs/{job_id}/cancel")
    until_ended(client, job_id)
    assert client.delete(f"/jobs/{job_id}").status_code == 204
    assert client.get(f"/jobs/{job_id}/status").status_code == 404
    assert not (tmp_path / "state" / "jobs" / job_id).exists()
    assert not partial.exists()


def test_a_full_disk_delays_the_queue_and_does_not_end_it(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    store = client.app.state.service.store  # type: ignore[attr-defined]
    change, refused = store.change, []

    def full_at_first(job_id: str, **fields: object) -> object:
        if len(refused) < 3:
            refused.append(job_id)
            raise DiskFull("No room left on the disk.")
        return change(job_id, **fields)

    monkeypatch.setattr("backend.jobs.runner.RETRY_SECONDS", 0.05)
    monkeypatch.setattr(store, "change", full_at_first)
    assert until_ended(client, submit(client, "a"))["status"] == "succeeded"
    assert len(refused) == 3


def test_a_mistake_of_ours_ends_the_job_and_not_the_lane(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr("backend.jobs.supervision.Supervision.watch", broken)
        job_id = submit(client, "a", "wait")
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"]) == ("failed", "service_lost")
        assert processes_of(job_id) == []
    assert until_ended(client, submit(client, "b"))["status"] == "succeeded"


def test_children_see_our_folders_but_not_our_keys(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    job = until_ended(client, submit(client, "curious", "secrets"))
    assert job["result"] == {"seen": [], "folders": str(tmp_path / "models")}
