"""A run on a real Ray cluster: streamed, stopped, resumed, left by its service, robbed of its node, and the same.

    pip install '.[ray]' && CAMPAIGN=1 pytest tests/cluster/test_ray_cluster.py

Head and worker are nodes of their own on this machine, without a folder that the settings call shared. The adapter is
byte for byte that of a run at home with as many threads.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs.store import JobStore
from backend.main import create_app
from tests import campaign
from tests.cluster.ray_cluster import RayCluster, two_nodes
from tests.service_kit import settings_in, status, until, until_status

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray: pip install '.[ray]'"),
]

MINUTES = 60.0
STEPS, SAVE_STEPS = 600, 20
SECRET = "sk-planted-1234567890"
RUN = {
    "adapter_name": "physics", "dataset_path": "qa.json", "base_model_name": "small", "max_steps": STEPS,
    "save_steps": SAVE_STEPS, "logging_steps": 1, "lora_r": 2, "max_length": 64, "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 1,
}  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short path: Ray's sockets lie below it, and may not be called by more than 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        yield Path(folder)


def service(folder: Path, small_model: Path, questions: Path, **changes: Any) -> TestClient:
    folder.mkdir(exist_ok=True)
    settings = settings_in(folder, stop_grace_seconds=60, **changes)
    if not (settings.model_output_dir / "small").exists():
        shutil.copytree(small_model, settings.model_output_dir / "small")
        shutil.copy(questions, settings.data_dir / "qa.json")
    return TestClient(create_app(settings, store=JobStore()))


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "models" / "physics" / "adapter_model.safetensors").read_bytes()).hexdigest()


def step_of(client: TestClient, job_id: str) -> int:
    job = status(client, job_id)
    assert job["status"] in ("queued", "starting", "running"), (job["error"], job["logs"])
    return int(job["progress"]["step"])


def at_home(folder: Path, small_model: Path, questions: Path) -> str:
    """The weights that the run makes here, undisturbed."""
    with service(folder, small_model, questions) as client:
        job_id = client.post("/train", json=RUN).json()["job_id"]
        job = until_status(client, job_id, "succeeded", "failed", seconds=4 * MINUTES)
        assert job["status"] == "succeeded", job["logs"]
    return weights(folder)


def comes_home(client: TestClient, job_id: str, beyond: int) -> None:
    """Wait for a later checkpoint at home than this one."""
    until(lambda: (status(client, job_id)["controls"]["resumes_from"] or 0) > beyond, 3 * MINUTES)


def test_the_run_is_the_same_after_a_stop_a_restart_and_the_death_of_its_node(
    folder: Path, small_model: Path, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    reference = at_home(folder / "home", small_model, questions)
    with two_nodes(folder) as (cluster, first):
        home = folder / "service"
        with service(home, small_model, questions, **cluster.settings) as client:
            handed_in = time.monotonic()
            job_id = client.post("/train", json=RUN).json()["job_id"]
            until(lambda: step_of(client, job_id) >= 5, 3 * MINUTES)
            first_steps = time.monotonic() - handed_in
            until(lambda: len(client.get(f"/jobs/{job_id}/tick").json()["metrics"]["columns"].get("loss", [])) >= 4)
            client.post(f"/jobs/{job_id}/cancel")
            asked = time.monotonic()
            stopped = until_status(client, job_id, "cancelled", seconds=2 * MINUTES)
            stop_seconds = time.monotonic() - asked
            assert stopped["controls"]["resumes_from"] >= 5
            assert client.post(f"/jobs/{job_id}/resume").status_code == 202
            comes_home(client, job_id, stopped["controls"]["resumes_from"])
        with service(home, small_model, questions, **cluster.settings) as client:  # the service, anew
            until(lambda: any("taken up again" in line for line in _log(client, job_id)), MINUTES)
            reached = status(client, job_id)["controls"]["resumes_from"]
            assert step_of(client, job_id) < STEPS
            cluster.cut_power(first)
            died = time.monotonic()
            second = cluster.start_worker()
            until(lambda: any("on another node" in line for line in _log(client, job_id)), 3 * MINUTES)
            told = time.monotonic() - died
            until(lambda: step_of(client, job_id) > reached and len(cluster.entered()) == 3, 3 * MINUTES)
            again = time.monotonic() - died
            job = until_status(client, job_id, "succeeded", "failed", seconds=4 * MINUTES)
            assert job["status"] == "succeeded", job["logs"]
            log = _log(client, job_id)
        assert second.poll() is None
        _holds_no_secret(cluster)
    steps = [int(line.split("step ")[1].rstrip(".")) for line in log if "Continuing after step" in line]
    assert len(steps) == 2
    assert json.loads((home / "models" / "physics" / "run.json").read_text())["result"]["steps"] == STEPS
    assert (home / "config" / "adapters.json").read_text().count('"physics"') >= 1
    assert weights(home) == reference
    campaign.tell(
        "Ray", adapter="identical", first_steps_seconds=round(first_steps, 1), stop_seconds=round(stop_seconds, 1),
        node_death_told_seconds=round(told, 1), training_again_seconds=round(again, 1), continued_after=steps,
    )  # fmt: skip


def _log(client: TestClient, job_id: str) -> list[str]:
    text: str = client.get(f"/jobs/{job_id}/logs").json()["text"]
    return text.splitlines()


def _holds_no_secret(cluster: RayCluster) -> None:
    entered = cluster.entered()
    assert sorted(job["submission_id"].rpartition("-")[2] for job in entered) == ["1", "2", "3"]
    assert SECRET not in json.dumps(entered)
