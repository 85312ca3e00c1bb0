"""The service with the real recipes: train, stop, resume, ask."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.store import JobStore
from backend.main import create_app
from tests.service_kit import settings_in, status, until, until_status

pytest.importorskip("torch")

MINUTES = 60.0


def test_a_run_is_stopped_resumed_registered_and_asked(tmp_path: Path, small_model: Path, questions: Path) -> None:
    settings = settings_in(tmp_path, stop_grace_seconds=60)
    shutil.copytree(small_model, settings.model_output_dir / "small")
    shutil.copy(questions, settings.data_dir / "qa.json")
    body = {
        "adapter_name": "physics", "dataset_path": "qa.json", "base_model_name": "small", "max_steps": 150,
        "save_steps": 25, "logging_steps": 1, "lora_r": 2, "max_length": 64, "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 1,
    }  # fmt: skip
    with TestClient(create_app(settings, store=JobStore())) as client:
        estimate = client.post("/estimate", json=body).json()
        assert estimate["steps"] == 150
        assert "config.json" in estimate["basis"]["memory"]

        job_id = client.post("/train", json=body).json()["job_id"]
        until(lambda: _step(client, job_id) >= 8, 3 * MINUTES)
        client.post(f"/jobs/{job_id}/cancel")
        stopped = until_status(client, job_id, "cancelled", seconds=MINUTES)
        assert (stopped["reason"], stopped["result"]) == ("user_cancel", None)
        reached = stopped["progress"]["step"]
        assert reached < 150

        assert client.post(f"/jobs/{job_id}/resume").status_code == 202
        ended = until_status(client, job_id, "succeeded", "failed", seconds=4 * MINUTES)
        assert ended["status"] == "succeeded", ended["logs"]
        assert ended["result"]["steps"] == 150
        steps = client.get(f"/jobs/{job_id}/tick").json()["metrics"]["columns"]["step"]
        assert steps == sorted(steps)

        (adapter,) = client.get("/adapters").json()["adapters"]
        assert (adapter["name"], adapter["lora_r"]) == ("physics", 2)
        assert adapter["size_bytes"] > 0
        answer = client.post(
            "/generate", json={"prompt": "What is the unit?", "adapter": "physics", "max_new_tokens": 4}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["usage"]["completion_tokens"] <= 4
        assert client.post("/estimate", json={**body, "adapter_name": "b"}).json()["seconds"] > 0


def _step(client: TestClient, job_id: str) -> int:
    job: dict[str, Any] = status(client, job_id)
    assert job["status"] in ("queued", "starting", "running"), job
    return int(job["progress"]["step"])
