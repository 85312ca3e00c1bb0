"""A job of two processes is one run to the service: its log, its curve, its end when asked, and nobody left behind.

pytest tests/reliability/test_jobs_of_several_processes.py
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("bitsandbytes")

from fastapi.testclient import TestClient

from backend.jobs.kinds import JOB_KINDS
from tests.service_kit import app_in, processes_of, status, until, until_ended, until_status

SECONDS = 240.0
"""Each of the two imports PyTorch and transformers anew."""


@pytest.fixture
def client(small_model: Path, questions: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A service with the real kinds, the small model among its own, and sixteen questions."""
    app = app_in(tmp_path, JOB_KINDS, stop_grace_seconds=60.0)
    shutil.copytree(small_model, tmp_path / "models" / "small")
    shutil.copy(questions, tmp_path / "data" / "questions.json")
    with TestClient(app) as client:
        yield client


def submit(client: TestClient, **given: Any) -> str:
    """A run of a thousand steps, which ends when it is asked to."""
    body = {
        "adapter_name": "a", "dataset_path": "questions.json", "base_model_name": "small", "device": "cpu",
        "num_processes": 2, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1,
        "num_train_epochs": 250, "logging_steps": 1, "sample_questions": 0, **given,
    }  # fmt: skip
    answer = client.post("/train", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def until_step(client: TestClient, job_id: str, step: int) -> list[int]:
    """The processes that train, once the run has come so far; libraries have helpers beside them."""

    def reached() -> bool:
        found = status(client, job_id)
        assert found["status"] in ("queued", "starting", "running"), found
        return int(found["progress"]["step"]) >= step

    until(reached, SECONDS)
    return [pid for pid in processes_of(job_id) if any("train.py" in word for word in psutil.Process(pid).cmdline())]


@pytest.mark.campaign
def test_asked_to_finish_both_stop_after_one_step_and_the_adapter_is_kept(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client)
    assert len(until_step(client, job_id, 3)) == 2
    assert client.post(f"/jobs/{job_id}/finish").is_success
    ended = until_ended(client, job_id, SECONDS)
    assert ended["status"] == "succeeded", ended
    result = ended["result"]
    assert result["stopped_early"]
    assert 3 <= result["steps"] < 1000
    assert client.get(f"/jobs/{job_id}/tick").json()["metrics"]["columns"]["step"][-1] == result["steps"]
    log = (tmp_path / "models" / "a" / "training.log").read_text()
    assert log.count("Processes: 2 train together") == 1
    assert (tmp_path / "models" / "a" / "adapter_model.safetensors").is_file()
    assert processes_of(job_id) == []


@pytest.mark.campaign
def test_cancelled_and_resumed_it_goes_on_with_both(client: TestClient, tmp_path: Path) -> None:
    job_id = submit(client, num_train_epochs=50)
    until_step(client, job_id, 3)
    assert client.post(f"/jobs/{job_id}/cancel").is_success
    assert until_ended(client, job_id, SECONDS)["status"] == "cancelled"
    assert processes_of(job_id) == []
    assert client.post(f"/jobs/{job_id}/resume").status_code == 202
    ended = until_status(client, job_id, "succeeded", "failed", seconds=SECONDS)
    assert ended["status"] == "succeeded", ended
    rows = [json.loads(line) for line in (tmp_path / "models" / "a" / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == list(range(1, 201))


@pytest.mark.campaign
@pytest.mark.parametrize("is_main", [True, False], ids=["main", "other"])
def test_whichever_is_killed_the_job_ends_and_nobody_is_left(client: TestClient, is_main: bool) -> None:
    job_id = submit(client)
    pids = sorted(until_step(client, job_id, 3), key=lambda pid: psutil.Process(pid).ppid() != os.getpid())
    os.kill(pids[0] if is_main else pids[1], signal.SIGKILL)
    ended = until_ended(client, job_id, SECONDS)
    assert (ended["status"], ended["reason"]) == ("failed", "signal"), ended
    assert ("killed by SIGKILL" if is_main else "the system kills for its memory") in ended["error"]
    assert processes_of(job_id) == []
