"""Exports and publishing over HTTP: what a request may name, and what becomes a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from backend.core.registry import Adapter, AdapterRegistry
from backend.jobs.kinds import EXPORT, PUBLISH
from tests.security.artifacts import honest
from tests.service_kit import STUB, app_in, settings_in, until_ended


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    honest(tmp_path / "models" / "physics")
    (tmp_path / "models" / "physics" / "config.json").unlink()
    whole = honest(tmp_path / "models" / "whole")
    (whole / "adapter_config.json").unlink()
    registry = AdapterRegistry(settings_in(tmp_path).adapter_config_path)
    registry.add(Adapter(name="physics", path=str(tmp_path / "models" / "physics"), base_model="tiny"))
    kinds = {"export": replace(EXPORT, program=STUB), "publish": replace(PUBLISH, program=STUB)}
    with TestClient(app_in(tmp_path, kinds), base_url="http://127.0.0.1:8000") as client:
        yield client


def params_of(client: TestClient, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    return dict(until_ended(client, answer.json()["job_id"])["params"])


@pytest.mark.parametrize("model", ["physics", "whole", "models/whole"])
def test_an_adapter_or_a_model_made_here_is_exported(client: TestClient, tmp_path: Path, model: str) -> None:
    params = params_of(client, client.post("/export", json={"model": model, "output_dir": "out", "form": "merged"}))
    assert params["model"] in ("physics", str(tmp_path / "models" / "whole"))
    assert params["output_dir"] == str(tmp_path / "models" / "out")


@pytest.mark.parametrize("model", ["/etc", "../config", "Qwen/Qwen2.5-0.5B-Instruct", "tiny", "nothing", "~root", "."])
def test_what_was_not_made_here_is_not(client: TestClient, model: str) -> None:
    for path, body in (
        ("/export", {"model": model, "output_dir": "out"}),
        ("/publish", {"folder": model, "repo_id": "me/x", "license": "mit"}),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == 422, answer.text
        assert "neither an adapter of the registry nor a folder in models/" in answer.text


def test_an_export_without_a_place_and_one_into_a_taken_place_are_refused(client: TestClient) -> None:
    assert client.post("/export", json={"model": "physics"}).status_code == 422
    assert client.post("/export", json={"model": "physics", "output_dir": "whole"}).status_code == 409
    assert client.post("/export", json={"model": "physics", "check": True}).status_code == 202


def test_publishing_asks_for_the_licence_and_nothing_when_offline(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"folder": "whole", "repo_id": "me/x"}
    answer = client.post("/publish", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][-1] == "license"
    assert client.post("/publish", json={**body, "license": "mit"}).status_code == 202
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    offline = client.post("/publish", json={**body, "license": "mit"})
    assert (offline.status_code, "nothing is sent to the hub" in offline.text) == (422, True)
