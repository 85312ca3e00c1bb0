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
from tests.cluster.cluster_kit import FAKE_RAY, KINDS, kill_node, told_to_ray, travelling_app
from tests.service_kit import processes_of, status, until, until_ended

SECRETS = {"OPENAI_API_KEY": "sk-planted-1234567890", "HF_TOKEN": "hf_planted1234567890", "API_TOKEN": "planted-token"}

WORK = {"dataset_path": "qa.json", "base_model_name": "small"}


@pytest.fixture(autouse=True)
def _ray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("backend.jobs.child.NICENESS", 0)
    monkeypatch.setenv("PYTHONPATH", str(FAKE_RAY))
    monkeypatch.syspath_prepend(str(FAKE_RAY))
    monkeypatch.setenv("FAKE_RAY_DIR", str(tmp_path / "ray"))


@pytest.fixture(params=["local", "ray"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(travelling_app(tmp_path, request.param)) as client:
        yield client


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        yield client


def begun(client: TestClient, name: str = "a", **params: Any) -> str:
    answer = client.post("/train", json={**WORK, "adapter_name": name, **params})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def at_step(client: TestClient, job_id: str, step: int) -> None:
    until(lambda: status(client, job_id)["progress"]["step"] == step)


def steps_of(client: TestClient, job_id: str) -> list[float]:
    steps: list[float] = client.get(f"/jobs/{job_id}/tick").json()["metrics"]["columns"]["step"]
    return steps


def chain_of(folder: Path, name: str = "a") -> str:
    return (folder / "models" / name / "chain").read_text()


def undisturbed(folder: Path) -> str:
    """The chain of a run at home that nobody disturbs."""
    (folder / "else").mkdir()
    with TestClient(travelling_app(folder / "else", "local")) as client:
        assert until_ended(client, begun(client))["status"] == "succeeded"
    return chain_of(folder / "else")


def test_a_run_leaves_the_same_wherever_it_is(client: TestClient, tmp_path: Path) -> None:
    job_id = begun(client)
    job = until_ended(client, job_id)
    assert (job["status"], job["error"]) == ("succeeded", None), job["logs"]
    models = tmp_path / "models"
    assert job["result"] == {"path": str(models / "a"), "steps": 6}
    assert steps_of(client, job_id) == [1, 2, 3, 4, 5, 6]
    assert [line for line in job["logs"] if line.startswith("step")] == [f"step {step}" for step in range(1, 7)]
    assert json.loads((models / "a" / "run.json").read_text()) == {"base": str(models / "small"), "steps": 6}
    (entry,) = AdapterRegistry(tmp_path / "config" / "adapters.json").read().adapters
    assert (entry.path, entry.base_model) == (str(models / "a"), str(models / "small"))
    assert sorted(path.name for path in models.iterdir() if not path.name.endswith(".lock")) == ["a", "small"]


def test_a_run_is_stopped_with_a_checkpoint_and_goes_on_from_it(client: TestClient, tmp_path: Path) -> None:
    job_id = begun(client, wait_for=str(tmp_path / "never"))
    at_step(client, job_id, 5)
    assert client.post(f"/jobs/{job_id}/cancel").json()["status"] == "stopping"
    job = until_ended(client, job_id)
    assert (job["status"], job["reason"], job["controls"]["resumes_from"]) == ("cancelled", "user_cancel", 5)
    (tmp_path / "never").touch()
    assert client.post(f"/jobs/{job_id}/resume").status_code == 202
    ended = until_ended(client, job_id)
    assert ended["status"] == "succeeded", ended["logs"]
    assert "from step 5" in ended["logs"]
    assert steps_of(client, job_id) == [1, 2, 3, 4, 5, 6]
    assert chain_of(tmp_path) == undisturbed(tmp_path)


def test_a_run_finishes_when_asked_and_keeps_what_it_has(client: TestClient, tmp_path: Path) -> None:
    job_id = begun(client, wait_for=str(tmp_path / "never"))
    at_step(client, job_id, 5)
    assert client.post(f"/jobs/{job_id}/finish").json()["status"] == "finishing"
    job = until_ended(client, job_id)
    assert (job["status"], job["result"]["steps"]) == ("succeeded", 5)


def test_a_run_that_does_not_stop_is_ended_by_force(client: TestClient, tmp_path: Path) -> None:
    job_id = begun(client, wait_for=str(tmp_path / "never"), is_deaf=True)
    at_step(client, job_id, 5)
    client.post(f"/jobs/{job_id}/cancel?force=true")
    assert until_ended(client, job_id)["status"] == "cancelled"
    until(lambda: not processes_of(job_id) and not processes_of(f"pipeline-{job_id}-1"))


def test_the_run_survives_its_node_and_is_the_same(cluster: TestClient, tmp_path: Path) -> None:
    job_id = begun(cluster, wait_for=str(tmp_path / "never"))
    at_step(cluster, job_id, 5)
    until(lambda: status(cluster, job_id)["controls"]["resumes_from"] == 4)
    kill_node(tmp_path)
    (tmp_path / "never").touch()
    job = until_ended(cluster, job_id)
    assert job["status"] == "succeeded", job["logs"]
    assert any("lost with its node" in line for line in job["logs"])
    assert any("from step 4 on another node" in line for line in job["logs"])
    assert steps_of(cluster, job_id) == [1, 2, 3, 4, 5, 5, 6]
    assert chain_of(tmp_path) == undisturbed(tmp_path)


def test_nothing_secret_and_nothing_of_the_run_stays_on_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job_id = begun(client)
        assert until_ended(client, job_id)["status"] == "succeeded"
    (told,) = told_to_ray(tmp_path)
    assert set(told["runtime_env"]["env_vars"]) == {
        "PIPELINE_DEPOT_DIR", "PIPELINE_WORK_DIR", "RAY_JOB_STOP_WAIT_TIME_S",
    }  # fmt: skip
    assert told["demand"]["entrypoint_num_gpus"] == 1
    for path in (path for path in (tmp_path / "ray").rglob("*") if path.is_file()):
        assert not any(secret.encode() in path.read_bytes() for secret in SECRETS.values()), path
    depot = tmp_path / "shared" / "depot"
    assert [path.name for path in depot.iterdir()] == ["bases"]
    assert list((tmp_path / "node").iterdir()) == []


def test_the_service_stops_and_the_run_goes_on(tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job_id = begun(client, wait_for=str(go_on))
        at_step(client, job_id, 5)
    assert processes_of(job_id) == []
    assert len(processes_of(f"pipeline-{job_id}-1")) == 1
    go_on.touch()  # it ends while nobody looks
    until(lambda: not processes_of(f"pipeline-{job_id}-1"))
    with TestClient(travelling_app(tmp_path, "local")) as restarted:  # wherever new ones go
        job = until_ended(restarted, job_id)
        assert job["status"] == "succeeded", job["logs"]
        assert any("taken up again" in line for line in job["logs"])
        assert steps_of(restarted, job_id) == [1, 2, 3, 4, 5, 6]
    assert len(told_to_ray(tmp_path)) == 1


def test_a_carrier_that_is_killed_loses_nothing(cluster: TestClient, tmp_path: Path) -> None:
    go_on = tmp_path / "go_on"
    job_id = begun(cluster, wait_for=str(go_on))
    at_step(cluster, job_id, 5)
    (carrier,) = processes_of(job_id)
    os.kill(carrier, signal.SIGKILL)
    assert until_ended(cluster, job_id)["reason"] == "signal"
    go_on.touch()
    assert cluster.post(f"/jobs/{job_id}/resume").status_code == 202
    job = until_ended(cluster, job_id)
    assert job["status"] == "succeeded", job["logs"]
    assert steps_of(cluster, job_id) == [1, 2, 3, 4, 5, 6]
    assert len(told_to_ray(tmp_path)) == 1


def test_a_job_that_is_deleted_ends_on_the_cluster(tmp_path: Path) -> None:
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        job_id = begun(client, wait_for=str(tmp_path / "never"))
        at_step(client, job_id, 5)
    with TestClient(travelling_app(tmp_path, "ray", auto_resume=False)) as client:
        assert status(client, job_id)["status"] == "interrupted"
        assert client.delete(f"/jobs/{job_id}").status_code == 204
        until(lambda: not processes_of(f"pipeline-{job_id}-1"))


def test_without_the_package_a_run_is_refused_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with TestClient(travelling_app(tmp_path, "ray")) as client:
        answer = client.post("/train", json={**WORK, "adapter_name": "a"})
    assert (answer.status_code, answer.json()["code"]) == (503, "missing_dependency")
    assert "pip install '.[ray]'" in answer.json()["detail"]


def test_no_kind_that_travels_needs_a_secret() -> None:
    for kind in (*JOB_KINDS.values(), *KINDS.values()):
        assert not (kind.travels and (kind.secrets or kind.goes_online)), kind.name
