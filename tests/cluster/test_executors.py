"""One contract, wherever a job runs: the same routes, files and ends, here and on a cluster.

Ray is its job server alone here, a stand-in; everything between is the real thing: carrier, depot, worker, recipe.
`test_ray_cluster.py` does the same with Ray itself.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.registry import AdapterRegistry
from backend.jobs.kinds import JOB_KINDS
from tests.cluster.cluster_kit import FAKE_RAY, KINDS, chain_of, kill_node, told_to_ray, travelling_app
from tests.service_kit import processes_of, status, until, until_ended

SECRETS = {"OPENAI_API_KEY": "sk-planted-1234567890", "HF_TOKEN": "hf_planted1234567890", "API_TOKEN": "planted-token"}
WORK = {"adapter_name": "a", "dataset_path": "qa.json", "base_model_name": "small"}


@pytest.fixture(autouse=True)
def _ray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(FAKE_RAY))
    monkeypatch.syspath_prepend(str(FAKE_RAY))
    monkeypatch.setenv("FAKE_RAY_DIR", str(tmp_path / "ray"))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        yield client


def begun(client: TestClient, **params: Any) -> str:
    """A job at its fifth step, after which it waits."""
    answer = client.post("/train", json={**WORK, **params})
    assert answer.status_code == 202, answer.text
    job_id = str(answer.json()["job_id"])
    until(lambda: status(client, job_id)["progress"]["step"] == 5)
    return job_id


def steps_of(client: TestClient, job_id: str) -> list[float]:
    steps: list[float] = client.get(f"/jobs/{job_id}/tick").json()["metrics"]["columns"]["step"]
    return steps


def logged(client: TestClient, job_id: str) -> list[str]:
    text: str = client.get(f"/jobs/{job_id}/logs").json()["text"]
    return text.splitlines()


def on_node(job_id: str, attempt: int = 1) -> list[int]:
    return processes_of(f"pipeline-{job_id}-{attempt}")


@pytest.mark.parametrize("executor", ["local", "ray"])
def test_a_run_is_streamed_stopped_resumed_finished_and_registered(tmp_path: Path, executor: str) -> None:
    models = tmp_path / "models"
    with TestClient(travelling_app(tmp_path, executor)) as client:
        job_id = begun(client, wait_for=str(tmp_path / "never"))
        until(lambda: steps_of(client, job_id) == [1, 2, 3, 4, 5])
        assert client.post(f"/jobs/{job_id}/cancel").json()["status"] == "stopping"
        job = until_ended(client, job_id)
        assert (job["status"], job["reason"], job["controls"]["resumes_from"]) == ("cancelled", "user_cancel", 5)
        assert client.post(f"/jobs/{job_id}/resume").status_code == 202
        until(lambda: status(client, job_id)["progress"]["step"] == 6)
        assert client.post(f"/jobs/{job_id}/finish").json()["status"] == "finishing"
        job = until_ended(client, job_id)
        assert (job["status"], job["error"]) == ("succeeded", None), job["logs"]
        assert job["result"] == {"path": str(models / "a"), "steps": 6}
        assert steps_of(client, job_id) == [1, 2, 3, 4, 5, 6]
        told = [line for line in logged(client, job_id) if "step" in line and not line.startswith("---")]
    assert told == [
        "from step 0",
        *(f"step {n}" for n in range(1, 6)),
        "error: Stopped after step 5.",
        "from step 5",
        "step 6",
    ]
    assert (models / "a" / "chain").read_text() == chain_of(6)
    assert json.loads((models / "a" / "run.json").read_text()) == {"base": str(models / "small"), "steps": 6}
    (entry,) = AdapterRegistry(tmp_path / "config" / "adapters.json").read().adapters
    assert (entry.path, entry.base_model) == (str(models / "a"), str(models / "small"))
    assert sorted(path.name for path in models.iterdir() if not path.name.endswith(".lock")) == ["a", "small"]


def test_the_run_survives_its_service_and_its_node_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    go_on = tmp_path / "go_on"
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job_id = begun(client, wait_for=str(go_on))
        until(lambda: status(client, job_id)["controls"]["resumes_from"] == 4)
    assert (processes_of(job_id), len(on_node(job_id))) == ([], 1)
    with TestClient(travelling_app(tmp_path, "local")) as client:  # wherever new ones go
        until(lambda: any("taken up again" in line for line in logged(client, job_id)))
        kill_node(tmp_path)
        go_on.touch()
        job = until_ended(client, job_id)
        assert job["status"] == "succeeded", job["logs"]
        assert any("goes on from step 4 on another node" in line for line in job["logs"])
        assert steps_of(client, job_id) == [1, 2, 3, 4, 5, 5, 6, 7, 8]
    assert (tmp_path / "models" / "a" / "chain").read_text() == chain_of(8)
    assert [told["demand"]["entrypoint_num_gpus"] for told in told_to_ray(tmp_path)] == [1, 1]
    variables = {"PIPELINE_DEPOT_DIR", "PIPELINE_WORK_DIR", "RAY_JOB_STOP_WAIT_TIME_S"}
    assert {name for told in told_to_ray(tmp_path) for name in told["runtime_env"]["env_vars"]} == variables
    for path in (path for place in ("ray", "shared") for path in (tmp_path / place).rglob("*") if path.is_file()):
        assert not any(secret.encode() in path.read_bytes() for secret in SECRETS.values()), path
    assert [path.name for path in (tmp_path / "shared" / "depot").iterdir()] == ["bases"]
    assert list((tmp_path / "node").iterdir()) == []


def test_without_the_package_a_run_is_refused_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        answer = client.post("/train", json=WORK)
        assert "Ray cluster" in client.get("/about").json()["training"]
    assert (answer.status_code, answer.json()["code"]) == (503, "missing_dependency")
    assert "pip install '.[ray]'" in answer.json()["detail"]


def test_an_address_of_another_kind_is_told_where_it_is_used(tmp_path: Path) -> None:
    with TestClient(travelling_app(tmp_path, "ray", ray_address="192.0.2.1:6379")) as client:
        answer = client.post("/train", json=WORK)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "http://<head>:8265" in answer.json()["detail"]


def test_no_kind_that_travels_needs_a_secret() -> None:
    trackers = {"WANDB_API_KEY", "MLFLOW_TRACKING_TOKEN"}  # stay at home: a run elsewhere asks for its node's own
    for kind in (*JOB_KINDS.values(), *KINDS.values()):
        assert not (kind.travels and (kind.secrets - trackers or kind.goes_online)), kind.name


@pytest.mark.campaign
def test_a_run_that_does_not_stop_is_ended_by_force(cluster: TestClient, tmp_path: Path) -> None:
    job_id = begun(cluster, wait_for=str(tmp_path / "never"), is_deaf=True)
    cluster.post(f"/jobs/{job_id}/cancel?force=true")
    assert until_ended(cluster, job_id)["status"] == "cancelled"
    until(lambda: not processes_of(job_id) and not on_node(job_id))


@pytest.mark.campaign
def test_a_run_that_ends_while_nobody_looks_is_brought_home(tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job_id = begun(client, wait_for=str(go_on))
    go_on.touch()
    until(lambda: not on_node(job_id))
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job = until_ended(client, job_id)
        assert job["status"] == "succeeded", job["logs"]
        assert steps_of(client, job_id) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(told_to_ray(tmp_path)) == 1


@pytest.mark.campaign
def test_a_carrier_that_is_killed_loses_nothing(cluster: TestClient, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    job_id = begun(cluster, wait_for=str(go_on))
    (carrier,) = processes_of(job_id)
    os.kill(carrier, signal.SIGKILL)
    assert until_ended(cluster, job_id)["reason"] == "signal"
    go_on.touch()
    assert cluster.post(f"/jobs/{job_id}/resume").status_code == 202
    job = until_ended(cluster, job_id)
    assert job["status"] == "succeeded", job["logs"]
    assert steps_of(cluster, job_id) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(told_to_ray(tmp_path)) == 1


@pytest.mark.campaign
def test_a_job_that_is_deleted_ends_on_the_cluster(tmp_path: Path) -> None:
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job_id = begun(client, wait_for=str(tmp_path / "never"))
    with TestClient(travelling_app(tmp_path, "ray", auto_resume=False)) as client:
        assert status(client, job_id)["status"] == "interrupted"
        assert client.delete(f"/jobs/{job_id}").status_code == 204
        until(lambda: not on_node(job_id))
