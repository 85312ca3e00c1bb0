"""Sweeps: queued whole or not at all, once however often they are sent, and found by their tag."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.jobs import admission
from backend.jobs.store import JobStore
from backend.main import create_app
from tests.api.test_guards import assert_problem
from tests.service_kit import app_in, settings_in, until_ended

SWEEP: dict[str, Any] = {
    "params": {"adapter_name": "physics", "play": "succeed"},
    "vary": {"learning_rate": [0.1, 0.2], "play": ["succeed"]},
}  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path)) as client:
        yield client


def listed(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/jobs", params=query).json()["jobs"]
    return found


def test_each_combination_runs_and_carries_the_tag(client: TestClient) -> None:
    answer = client.post("/sweeps", json={**SWEEP, "tags": ["mine"]})
    assert answer.status_code == 202, answer.text
    found = answer.json()
    assert found["tag"] == "sweep:physics"
    assert [job["name"] for job in found["jobs"]] == ["physics-lr0.1", "physics-lr0.2"]
    ended = [until_ended(client, job["job_id"]) for job in found["jobs"]]
    assert [job["status"] for job in ended] == ["succeeded", "succeeded"]
    assert [job["params"]["learning_rate"] for job in ended] == [0.1, 0.2]
    assert ended[0]["finished_at"] <= ended[1]["started_at"]  # in the order of the values
    assert {job["job_id"] for job in listed(client, tag="sweep:physics")} == {job["job_id"] for job in ended}
    assert all(job["tags"] == ["sweep:physics", "mine"] for job in ended)


def test_a_repeated_request_is_the_same_sweep(client: TestClient) -> None:
    key = {"Idempotency-Key": "k"}
    first, again = (client.post("/sweeps", json=SWEEP, headers=key).json() for _ in range(2))
    assert [job["job_id"] for job in first["jobs"]] == [job["job_id"] for job in again["jobs"]]
    assert len(listed(client)) == 2
    other = {**SWEEP, "vary": {"learning_rate": [0.3]}}
    assert_problem(client.post("/sweeps", json=other, headers=key), 422, "idempotency_key_reused")


def test_a_second_sweep_of_the_name_is_told_apart(client: TestClient) -> None:
    for at, rate in enumerate((0.3, 0.4, 0.5)):
        found = client.post("/sweeps", json={**SWEEP, "vary": {"learning_rate": [rate]}}).json()
        assert found["name"] == ("physics" if at == 0 else f"physics-{at + 1}")


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"vary": {"learning_rate": [0.1, 2.0]}}, 422, "learning_rate"),
        ({"vary": {"no_such": [1]}}, 422, "no_such"),
        ({"vary": {"resume": [True, False]}}, 422, "resume"),
        ({"vary": {"adapter_name": ["a", "b"]}}, 422, "adapter_name"),
        ({"params": {"adapter_name": "a", "output_dir": "models/a"}}, 422, "output_dir"),
        ({"params": {}}, 422, "adapter_name"),
        ({"params": {"adapter_name": "../a"}}, 422, "adapter_name"),
        ({"vary": {"dataset_path": ["/etc/passwd"]}}, 422, "dataset_path"),
        ({"vary": {"learning_rate": [number / 100 for number in range(1, 65)], "play": ["a", "b"]}}, 422, "vary"),
        ({"kind": "side", "vary": {"learning_rate": [0.1]}, "params": {}}, 422, "adapter_name"),
    ],
)  # fmt: skip
def test_one_wrong_run_refuses_all(client: TestClient, changed: dict[str, Any], status: int, field: str) -> None:
    answer = client.post("/sweeps", json={**SWEEP, **changed})
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["loc"][-1] == field
    assert listed(client) == []


def test_a_taken_name_refuses_all(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "models" / "physics-lr0.2").mkdir()
    assert_problem(client.post("/sweeps", json=SWEEP), 409, "conflict")
    assert listed(client) == []
    assert_problem(client.post("/sweeps", json={**SWEEP, "kind": "none"}), 404, "not_found")


def test_a_queue_without_room_for_all_takes_none(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "QUEUE_LIMIT", 1)
    assert_problem(client.post("/sweeps", json=SWEEP), 429, "queue_full")
    assert listed(client) == []


def test_a_disk_without_room_for_all_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table's own limit of pages stands for the disk."""
    store = JobStore()
    app = create_app(settings_in(tmp_path), store=store, job_kinds=app_in(tmp_path).state.service.kinds)
    with TestClient(app) as client:
        database = store._database
        assert database is not None
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages + 2}")
        wide = {**SWEEP, "vary": {"learning_rate": [number / 100 for number in range(1, 61)]}}
        answer = client.post("/sweeps", json=wide)
        assert answer.status_code == 507, answer.text
        assert listed(client) == []
    with sqlite3.connect(tmp_path / "state" / "jobs.db") as kept:
        assert kept.execute("SELECT count(*) FROM jobs").fetchone()[0] == 0


def test_the_plan_tells_of_every_run_what_its_own_estimate_tells(tmp_path: Path) -> None:
    rows = [{"input": f"Question {number}?", "output": f"Answer {number}."} for number in range(30)]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "qa.json").write_text(json.dumps(rows))
    shared = {"dataset_path": "qa.json", "base_model_name": "tiny"}
    with TestClient(create_app(settings_in(tmp_path), store=JobStore())) as client:
        vary = {"num_train_epochs": [1, 4], "validation_split": [0.0, 0.5]}
        found = client.post("/sweeps/estimate", json={"params": shared, "vary": vary}).json()
        for run in found["runs"]:
            alone = client.post("/estimate", json={**shared, **run["values"]}).json()
            assert (run["steps"], run["total_bytes"]) == (alone["steps"], alone["memory"]["total_bytes"])
        assert [run["steps"] for run in found["runs"]] == [2, 1, 8, 4]
        assert found["seconds"] is None  # nothing of the kind has run here
        assert found["most_bytes"] == max(run["total_bytes"] for run in found["runs"])
        assert_problem(
            client.post("/sweeps/estimate", json={"kind": "merge", "params": {}, "vary": vary}), 422, "invalid_input"
        )


def test_a_submission_takes_tags_along(client: TestClient) -> None:
    body = {"adapter_name": "a", "play": "succeed"}
    job_id = client.post("/train?tag=one&tag=two&tag=one", json=body).json()["job_id"]
    assert until_ended(client, job_id)["tags"] == ["one", "two"]
    assert_problem(client.post("/train?tag=a,b", json={"adapter_name": "b"}), 422, "validation_error")
