"""Configurations over HTTP: read, written, and kept under a name."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backend.core.paths import PROJECT_ROOT
from backend.jobs import configurations
from backend.jobs.store import JobStore
from backend.main import create_app
from tests.api.test_guards import assert_problem
from tests.service_kit import settings_in

PARAMS = {"lora_r": 8, "learning_rate": 0.0002, "lora_target_modules": ["q_proj"]}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(settings_in(tmp_path), store=JobStore())) as client:
        yield client


def test_a_configuration_is_kept_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with TestClient(create_app(settings_in(tmp_path), store=JobStore())) as client:
            known = [config["name"] for config in client.get("/configs/train").json()["configs"]]
            client.put(f"/configs/train/another{len(known)}", json={"params": PARAMS})
    assert known == ["another0"]


def test_configurations_are_listed_by_name_changed_and_deleted(client: TestClient) -> None:
    for name in ("second", "first"):
        assert client.put(f"/configs/train/{name}", json={"params": PARAMS}).json()["name"] == name
    assert [config["name"] for config in client.get("/configs/train").json()["configs"]] == ["first", "second"]
    assert client.get("/configs/merge").json() == {"configs": []}
    found = client.get("/configs/train/first").json()
    assert found["reading"]["values"] == PARAMS
    assert client.post("/job-kinds/train/write", json={"params": PARAMS}).json()["yaml"] == found["yaml"]
    assert client.put("/configs/train/first", json={"params": {}}).status_code == 200
    assert client.get("/configs/train/first").json()["reading"]["values"] == {}
    assert client.delete("/configs/train/first").status_code == 204
    assert_problem(client.delete("/configs/train/first"), 404, "not_found")
    assert_problem(client.get("/configs/train/first"), 404, "not_found")
    assert len(client.get("/configs/train").json()["configs"]) == 1


def test_the_recipe_takes_a_saved_configuration(client: TestClient) -> None:
    path = client.put("/configs/train/mine", json={"params": {**PARAMS, "lora_r": 9}}).json()["path"]
    said = subprocess.run(
        [sys.executable, "train.py", "--config", path], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert said.stderr == "train.py: error: --dataset_path is required\n"  # all else is as it should be


def test_nothing_wrong_is_kept(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for params in ({"lora_r": 0}, {"no_such": 1}, {"lora_target_modules": "x"}):
        assert_problem(client.put("/configs/train/mine", json={"params": params}), 422, "invalid_input")
    assert_problem(client.put("/configs/none/mine", json={"params": {}}), 404, "not_found")
    assert_problem(client.put("/configs/train/.hidden", json={"params": {}}), 422, "validation_error")
    monkeypatch.setattr(configurations, "MOST", 1)
    assert client.put("/configs/train/one", json={"params": {}}).status_code == 200
    assert client.put("/configs/train/one", json={"params": {}}).status_code == 200
    assert_problem(client.put("/configs/train/two", json={"params": {}}), 409, "conflict")


def test_a_file_that_a_person_damaged_is_told_of_and_can_be_deleted(client: TestClient, tmp_path: Path) -> None:
    client.put("/configs/train/mine", json={"params": PARAMS})
    (tmp_path / "state/configs/train/mine.yaml").write_bytes(b"a: [\xff")
    assert_problem(client.get("/configs/train/mine"), 422, "invalid_input")
    assert client.delete("/configs/train/mine").status_code == 204


def test_what_is_pasted_is_read_for_the_form(client: TestClient) -> None:
    text = "python merge_multiple_loras.py --adapters a:0.7 b:0.3 --output_dir models/ab --report"
    found = client.post("/job-kinds/merge/read", json={"text": text.replace("models", str(models_of(client)))}).json()
    assert found["values"] == {"adapters": ["a:0.7", "b:0.3"], "output_dir": "ab"}
    assert [mistake["name"] for mistake in found["errors"]] == ["report"]
    managed = client.post("/job-kinds/train/read", json={"text": "resume: true\nlora_r: 8"}).json()
    assert (managed["values"], managed["errors"][0]["name"]) == ({"lora_r": 8}, "resume")
    assert_problem(client.post("/job-kinds/train/read", json={"text": "hello"}), 422, "invalid_input")
    assert_problem(client.post("/job-kinds/none/read", json={"text": "a: 1"}), 404, "not_found")


def models_of(client: TestClient) -> Path:
    folder: Path = client.app.state.service.settings.model_output_dir  # type: ignore[attr-defined]
    return folder
