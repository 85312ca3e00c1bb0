"""What a run would need, over HTTP, and how earlier predictions came true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.core.storage.files import sha256_of
from backend.jobs import planning
from backend.jobs.store import JobStore
from backend.main import create_app
from tests.api.test_guards import assert_problem
from tests.core.estimates.records import leave
from tests.service_kit import settings_in

EXAMPLES = [{"input": f"Question {number}?", "output": f"Answer {number}."} for number in range(30)]


@pytest.fixture
def real_client(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "qa.json").write_text(json.dumps(EXAMPLES))
    with TestClient(create_app(settings_in(tmp_path), store=JobStore())) as client:
        yield client


def test_an_estimate_says_what_it_rests_on(real_client: TestClient) -> None:
    body = {"dataset_path": "qa.json", "base_model_name": "Qwen/Qwen2.5-0.5B-Instruct", "num_train_epochs": 2}
    answer = real_client.post("/estimate", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["examples"], found["steps"]) == (30, 4)
    assert found["tokens"] == 2 * found["tokens_per_epoch"]
    assert 0 < found["supervised_share"] < 1
    assert found["memory"]["total_bytes"] == sum(found["memory"]["parts"].values())
    assert found["seconds"] is None
    assert "Told from the characters" in found["basis"]["tokens"]
    assert found["history"]["runs"] == 0
    assert "0.5B" in found["basis"]["memory"]
    assert_problem(real_client.post("/estimate", json={**body, "dataset_path": "/etc/passwd"}), 422, "invalid_input")


def test_an_estimate_of_several_processes_counts_what_they_learn_together(real_client: TestClient) -> None:
    body = {"dataset_path": "qa.json", "base_model_name": "tiny", "device": "cpu", "gradient_accumulation_steps": 1}
    one, two = (real_client.post("/estimate", json={**body, "num_processes": count}).json() for count in (1, 2))
    assert (one["effective_batch"], one["batch_factors"], one["steps"]) == (4, [4, 1], 24)
    assert (two["effective_batch"], two["batch_factors"], two["steps"]) == (8, [4, 1, 2], 12)
    room = [found["memory"]["available_bytes"] for found in (one, two)]
    assert room[1] < 0.6 * room[0]
    unequal = real_client.post("/estimate", json={**body, "num_processes": 3, "num_machines": 2})
    assert_problem(unequal, 422, "validation_error")


def test_predictions_are_listed_beside_what_came_newest_first(client: TestClient, tmp_path: Path) -> None:
    nothing = client.get("/estimates").json()
    assert (nothing["estimates"], nothing["total"]) == ([], 0)
    folder = client.app.state.service.settings.model_output_dir  # type: ignore[attr-defined]
    for day, name in enumerate(("first", "second", "third"), start=1):
        leave(folder, name, finished_at=f"2026-11-0{day}T00:00:00+00:00")
    found = client.get("/estimates?limit=2&offset=1").json()
    assert [entry["name"] for entry in found["estimates"]] == ["second", "first"]
    assert (found["total"], found["summary"]["runs"]) == (3, 3)
    entry = found["estimates"][0]
    assert entry["memory_ratio"] == entry["time_ratio"] == 0.9
    assert entry["result"]["peak_memory_bytes"] == 2**30
    assert entry["result"]["estimate"]["memory_bytes"] == round(0.9 * 2**30)
    assert_problem(client.get("/estimates?limit=0"), 422, "validation_error")


def test_what_was_counted_and_measured_before_is_taken_for_the_next_estimate(real_client: TestClient) -> None:
    settings = real_client.app.state.service.settings  # type: ignore[attr-defined]
    sha256 = sha256_of(settings.data_dir / "qa.json")
    counted = {"path": "qa.json", "sha256": sha256, "usable": 30, "whole_tokens": 3000}
    leave(settings.model_output_dir, "before", dataset=counted)
    found = real_client.post("/estimate", json={"dataset_path": "qa.json", "base_model_name": "tiny"}).json()
    assert found["tokens_per_epoch"] == 3000
    assert "when before was trained" in found["basis"]["tokens"]
    assert found["train_seconds"] == pytest.approx(found["flops"] / 1e9, abs=0.1)
    assert found["seconds"] == pytest.approx(found["train_seconds"] + 20, abs=0.1)
    assert found["history"]["memory_ratio"]["median"] == 0.9


def test_scoring_a_validation_file_takes_its_time(real_client: TestClient) -> None:
    body = {"dataset_path": "qa.json", "base_model_name": "tiny"}
    alone = real_client.post("/estimate", json=body).json()
    scored = real_client.post("/estimate", json={**body, "eval_dataset_path": "qa.json"}).json()
    assert scored["steps"] == alone["steps"]
    assert 1.2 < scored["flops"] / alone["flops"] < 1.8  # forth, beside forth and back
    wrong = {**body, "eval_dataset_path": "none.json"}
    assert_problem(real_client.post("/estimate", json=wrong), 422, "invalid_input")


def test_a_run_that_does_not_fit_is_made_to(real_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "dataset_path": "qa.json", "base_model_name": "Qwen/Qwen2.5-0.5B-Instruct", "load_in_4bit": False,
        "per_device_train_batch_size": 8, "device": "cpu",
    }  # fmt: skip
    needed = real_client.post("/estimate", json=body).json()["memory"]["total_bytes"]
    for share, outcome in ((2.0, "fits"), (0.8, "changed"), (0.01, "never")):
        room = round(share * needed)
        monkeypatch.setattr(planning, "_free", lambda *_, room=room: room)
        found = real_client.post("/estimate/fit", json=body).json()
        assert found["outcome"] == outcome, found
        assert bool(found["params"]) == (outcome == "changed")
        again = real_client.post("/estimate", json={**body, **found["params"]}).json()
        assert again["memory"] == found["estimate"]["memory"]
        assert (again["memory"]["total_bytes"] <= again["memory"]["available_bytes"]) == (outcome != "never")
        assert again["effective_batch"] == 8 * 4
    assert_problem(real_client.post("/estimate/fit", json={**body, "dataset_path": "no.json"}), 422, "invalid_input")
