"""A run is asked to end early and keep what it has: durable, taken back by a cancel, refused in words elsewhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.jobs.test_restart import real_service
from tests.service_kit import app_in, processes_of, status, submit, until, until_ended, until_status


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path)) as client:
        yield client


def test_a_run_is_shown_as_finishing_and_succeeds(client: TestClient, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    job_id = submit(client, "a", "finish_early", wait_for=str(go_on))
    assert until_status(client, job_id, "running")["controls"]["can_finish"]
    for _ in range(2):  # again is nothing
        answer = client.post(f"/jobs/{job_id}/finish")
        assert (answer.status_code, answer.json()["status"]) == (200, "finishing")
    assert not status(client, job_id)["controls"]["can_finish"]
    go_on.touch()
    job = until_ended(client, job_id)
    assert (job["status"], job["reason"], job["error"]) == ("succeeded", None, None)
    assert job["result"]["stopped_early"]


def test_asked_while_it_starts_it_finishes_and_is_never_shown_as_running(client: TestClient) -> None:
    job_id = submit(client, "a", "finish_early")
    until(lambda: status(client, job_id)["status"] != "queued")
    assert client.post(f"/jobs/{job_id}/finish").status_code == 200
    assert until_ended(client, job_id)["status"] == "succeeded"


def test_the_wish_outlives_the_service(tmp_path: Path) -> None:
    with real_service(tmp_path) as (process, client):
        given = {"adapter_name": "a", "play": "finish_early", "wait_for": str(tmp_path / "never")}
        job_id = client.post("/train", json=given).json()["job_id"]
        until(lambda: client.get(f"/jobs/{job_id}/status").json()["status"] == "running")
        assert client.post(f"/jobs/{job_id}/finish").json()["status"] == "finishing"
        process.send_signal(signal.SIGKILL)
        process.wait()
        until(lambda: not processes_of(job_id))
    (tmp_path / "never").touch()
    with TestClient(app_in(tmp_path)) as restarted:
        job = until_ended(restarted, job_id)
        assert (job["status"], job["result"]["stopped_early"]) == ("succeeded", True)


def test_a_cancel_takes_the_wish_back(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, "a", "finish_early", wait_for=str(tmp_path / "never"))
    until_status(client, job_id, "running")
    client.post(f"/jobs/{job_id}/finish")
    until(lambda: (tmp_path / "state" / "jobs" / job_id / "finish").exists())
    stopping = client.post(f"/jobs/{job_id}/cancel").json()
    assert stopping["status"] == "stopping"
    refused = client.post(f"/jobs/{job_id}/finish")
    assert (refused.status_code, "being stopped" in refused.json()["detail"]) == (409, True)
    assert until_ended(client, job_id)["status"] == "cancelled"
    assert client.post(f"/jobs/{job_id}/resume").status_code == 202
    until_status(client, job_id, "running")
    assert not (tmp_path / "state" / "jobs" / job_id / "finish").exists()
    client.post(f"/jobs/{job_id}/cancel")
    until_ended(client, job_id)


def test_what_has_nothing_to_keep_is_refused_in_words(client: TestClient, tmp_path: Path) -> None:
    other = client.post("/side", json={"adapter_name": "b", "play": "wait"}).json()["job_id"]
    until_status(client, other, "running")
    running = submit(client, "a", "wait", wait_for=str(tmp_path / "go_on"))
    waiting = submit(client, "c")
    until_status(client, running, "running")
    for job_id, words in ((other, "A side job has nothing to keep"), (waiting, "has not begun")):
        refused = client.post(f"/jobs/{job_id}/finish")
        assert (refused.status_code, words in refused.json()["detail"]) == (409, True)
    client.post(f"/jobs/{other}/cancel")
    (tmp_path / "go_on").touch()
    until_ended(client, running)
    assert "has ended already (succeeded)" in client.post(f"/jobs/{running}/finish").json()["detail"]
    assert client.post("/jobs/nobody/finish").status_code == 404


def test_force_ends_a_run_that_does_not_stop_at_once(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, stop_grace_seconds=600)) as client:
        job_id = submit(client, "a", "stubborn")
        until_status(client, job_id, "running")
        client.post(f"/jobs/{job_id}/cancel")
        asked_at = until_status(client, job_id, "stopping")["controls"]["stop_asked_at"]
        assert client.post(f"/jobs/{job_id}/cancel").json()["status"] == "stopping"  # twice is nothing
        job = status(client, job_id)
        assert (job["status"], job["controls"]["stop_asked_at"]) == ("stopping", asked_at)
        assert len(processes_of(job_id)) == 2
        assert client.post(f"/jobs/{job_id}/cancel?force=true").json()["status"] == "stopping"
        assert until_ended(client, job_id)["status"] == "cancelled"
        assert processes_of(job_id) == []


def test_force_needs_no_stop_before_it(tmp_path: Path) -> None:
    with TestClient(app_in(tmp_path, stop_grace_seconds=600)) as client:
        job_id = submit(client, "a", "deaf")
        until_status(client, job_id, "running")
        client.post(f"/jobs/{job_id}/cancel?force=true")
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"]) == ("cancelled", "user_cancel")
