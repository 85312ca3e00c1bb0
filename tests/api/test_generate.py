"""Answers through the worker process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from backend.core.registry import Adapter
from backend.jobs.worker import InferenceWorker
from tests.api.test_guards import assert_problem
from tests.service_kit import app_in, until

STUB = Path(__file__).parents[1] / "stub_worker.py"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = app_in(tmp_path)
    app.state.service.worker = InferenceWorker(tmp_path / "worker.log", 60.0, {}, STUB)
    with TestClient(app) as client:
        yield client


def ask(client: TestClient, prompt: str, **given: Any) -> dict[str, Any]:
    answer = client.post("/generate", json={"prompt": prompt, **given})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.json()["text"])
    return found


def test_the_worker_gets_the_whole_request(client: TestClient, tmp_path: Path) -> None:
    adapter = Adapter(name="physics", path=str(tmp_path / "models" / "physics"), base_model="tiny")
    client.app.state.service.registry.add(adapter)  # type: ignore[attr-defined]
    given = ask(client, "Why?", adapter="physics", temperature=0, seed=7)
    pid = given.pop("pid")
    assert given == {
        "messages": [{"role": "user", "content": "Why?"}], "adapter_path": adapter.path, "base_model_name": "tiny",
        "max_new_tokens": 256, "temperature": 0.0, "top_p": 0.9, "top_k": 0, "repetition_penalty": 1.0, "seed": 7,
    }  # fmt: skip
    assert ask(client, "And?")["pid"] == pid  # the same process again
    whole = client.post("/generate", json={"messages": [{"role": "user", "content": "x"}]}).json()
    assert (whole["adapter"], whole["finish_reason"]) == (None, "stop")
    assert whole["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def test_the_base_model_and_sampling_come_from_the_environment(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_MODEL_NAME", "tiny")
    monkeypatch.setenv("MAX_NEW_TOKENS", "12")
    given = ask(client, "Why?")
    assert (given["base_model_name"], given["max_new_tokens"]) == ("tiny", 12)


def test_errors_of_the_worker_are_problems(client: TestClient) -> None:
    assert_problem(client.post("/generate", json={"prompt": "bad"}), 422, "bad_model")
    assert_problem(client.post("/generate", json={"prompt": "x", "adapter": "none"}), 404, "not_found")
    assert_problem(client.post("/generate", json={}), 422, "validation_error")


@pytest.mark.parametrize("prompt", ["die", "nonsense"])
def test_a_worker_that_fails_is_replaced(client: TestClient, prompt: str) -> None:
    first = ask(client, "x")["pid"]
    answer = client.post("/generate", json={"prompt": prompt})
    assert_problem(answer, 503, "worker_failed")
    assert answer.headers["retry-after"]
    assert ask(client, "x")["pid"] != first
    assert not psutil.pid_exists(first)


def test_requests_wait_for_each_other(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        seeds = list(pool.map(lambda seed: ask(client, "x", seed=seed)["seed"], range(24)))
    assert seeds == list(range(24))


def test_an_idle_worker_leaves(tmp_path: Path) -> None:
    worker = InferenceWorker(tmp_path / "worker.log", 0.1, {}, STUB)
    answer = worker.ask({"messages": [{"role": "user", "content": "x"}]})
    pid = json.loads(answer.text)["pid"]
    until(lambda: not psutil.pid_exists(pid))
    worker.close()
