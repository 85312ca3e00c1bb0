"""Adapters of other trainers over HTTP: one request with a zip file, and the adapter is listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.core.imports.kit import TRAINERS, files, zip_of
from tests.service_kit import app_in


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_in(tmp_path), base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def test_an_adapter_is_taken_in_and_listed(client: TestClient, tmp_path: Path) -> None:
    content = zip_of(TRAINERS["LLaMA-Factory"], "saves/")
    answer = client.post("/adapters/import?name=mine&description=From%20elsewhere", content=content)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["notes"] == []
    assert told["adapter"]["lora_r"] == 2
    listed = client.get("/adapters").json()["adapters"]
    assert [(one["name"], one["base_model"], one["description"], one["problem"]) for one in listed] == [
        ("mine", "Qwen/Qwen2.5-0.5B-Instruct", "From elsewhere", None)
    ]
    assert client.post("/adapters/import?name=mine", content=content).status_code == 409
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ("name=mine", zip_of(files(modules_to_save=["lm_head"])), 422, "bad_model"),
        ("name=mine", b"no zip", 422, "unsafe_format"),
        ("name=mine", b"", 422, "unsafe_format"),
        ("name=../mine", zip_of(files()), 422, "validation_error"),
        ("name=tiny", zip_of(files()), 409, "conflict"),
        ("name=mine&base_model_name=/etc", zip_of(files()), 422, "invalid_input"),
        ("", zip_of(files()), 422, "validation_error"),
    ],
)
def test_what_cannot_be_used_is_a_problem_and_leaves_nothing(
    client: TestClient, tmp_path: Path, query: str, content: bytes, status: int, code: str
) -> None:
    answer = client.post(f"/adapters/import?{query}", content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["code"] == code
    assert list((tmp_path / "models").iterdir()) == []
    assert client.get("/adapters").json()["adapters"] == []
