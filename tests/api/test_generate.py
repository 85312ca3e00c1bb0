"""Answers through the worker process, whole and as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from backend.core.errors import PipelineError
from backend.jobs.answering.process import AnswerTooSlow
from backend.jobs.answering.worker import WorkerBusy
from tests.api.test_guards import assert_problem
from tests.serving_kit import add_adapter, app_with_stub, events_of, told_text


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(app_with_stub(tmp_path)) as client:
        yield client


def ask(client: TestClient, prompt: str, **given: Any) -> dict[str, Any]:
    answer = client.post("/generate", json={"prompt": prompt, **given})
    assert answer.status_code == 200, answer.text
    return told_text(answer.json()["text"])


def streamed(client: TestClient, prompt: str, **given: Any) -> list[dict[str, Any]]:
    with client.stream("POST", "/generate", json={"prompt": prompt, "stream": True, **given}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(events_of(answer.iter_lines()))


def test_the_worker_gets_the_whole_request(client: TestClient, tmp_path: Path) -> None:
    adapter = add_adapter(tmp_path, "physics")
    given = ask(client, "Why?", adapter="physics", temperature=0, seed=7, stop_strings=["\n"], min_p=0.25)
    pid = given.pop("pid")
    assert given == {
        "messages": [{"role": "user", "content": "Why?"}], "prompt": None, "adapter_path": adapter.path,
        "base_model_name": "tiny", "max_new_tokens": 256, "temperature": 0.0, "top_p": 0.9, "top_k": 0, "min_p": 0.25,
        "repetition_penalty": 1.0, "stop_strings": ["\n"], "seed": 7, "logprobs": None,
    }  # fmt: skip
    assert ask(client, "And?")["pid"] == pid  # the same process again


def test_an_answer_tells_who_gave_it_and_how_long_it_took(client: TestClient, tmp_path: Path) -> None:
    add_adapter(tmp_path, "physics")
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "words 2"}]
    whole = client.post("/generate", json={"messages": messages, "model": "physics"}).json()
    assert whole == {
        "text": "word0 word1 ", "adapter": "physics", "model": "physics", "finish_reason": "stop",
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        "timing": {"queued_seconds": 0.0, "first_token_seconds": 0.25, "total_seconds": 0.5},
    }  # fmt: skip
    base = client.post("/generate", json={"prompt": "x", "model": "tiny"}).json()
    assert (base["adapter"], base["model"]) == (None, "tiny")


def test_a_streamed_answer_comes_in_pieces_and_ends_with_the_whole(client: TestClient, tmp_path: Path) -> None:
    add_adapter(tmp_path, "physics")
    started, *deltas, done = streamed(client, "words 3", adapter="physics")
    assert started == {"type": "started", "prompt_tokens": 3}
    assert [delta["text"] for delta in deltas] == ["word0 ", "word1 ", "word2 "]
    assert {delta["type"] for delta in deltas} == {"delta"}
    whole = client.post("/generate", json={"prompt": "words 3", "adapter": "physics"}).json()
    assert done == {"type": "done", **whole}


def test_merged_models_answer_by_the_name_of_their_folder(client: TestClient, tmp_path: Path) -> None:
    for name in ("merged", ".hidden", "no_model"):
        (tmp_path / "models" / name).mkdir()
    for name in ("merged", ".hidden"):
        (tmp_path / "models" / name / "config.json").write_text("{}")
    assert ask(client, "x", model="merged")["base_model_name"] == str(tmp_path / "models" / "merged")
    for name in (".hidden", "no_model", "../models/merged", "/etc", str(tmp_path / "models" / "merged")):
        answer = client.post("/generate", json={"prompt": "x", "model": name})
        assert_problem(answer, 404, "model_not_found")
        assert "Known: Qwen/Qwen2.5-0.5B-Instruct, merged, tiny." in answer.json()["detail"]


def test_the_base_model_and_sampling_come_from_the_environment(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_MODEL_NAME", "tiny")
    monkeypatch.setenv("MAX_NEW_TOKENS", "12")
    given = ask(client, "Why?")
    assert (given["base_model_name"], given["max_new_tokens"]) == ("tiny", 12)


@pytest.mark.parametrize("stream", [False, True])
def test_errors_before_the_answer_are_problems(client: TestClient, stream: bool) -> None:
    def refused(status: int, code: str, **given: Any) -> None:
        assert_problem(client.post("/generate", json={"stream": stream, **given}), status, code)

    refused(422, "bad_model", prompt="bad")
    refused(422, "context_length_exceeded", prompt="too_long")
    refused(404, "not_found", prompt="x", adapter="none")
    refused(404, "model_not_found", prompt="x", model="none")
    refused(422, "validation_error")
    refused(422, "validation_error", prompt="x", model="tiny", adapter="a")
    refused(422, "validation_error", prompt="x", messages=[{"role": "user", "content": "x"}])
    refused(422, "validation_error", messages=[])
    refused(422, "validation_error", messages=[{"role": "narrator", "content": "x"}])
    refused(422, "invalid_input", messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}])
    for field, value in (("max_new_tokens", 0), ("max_new_tokens", 10**9), ("temperature", -1), ("top_p", 0)):
        refused(422, "validation_error", prompt="x", **{field: value})


@pytest.mark.parametrize("body", [b'{"prompt": "x", "temperature": NaN}', b'{"prompt": "half \\ud800"}'])
def test_what_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/generate", content=body, headers={"content-type": "application/json"})
    assert_problem(answer, 400, "malformed_json")


@pytest.mark.parametrize("prompt", ["die", "nonsense"])
def test_a_worker_that_fails_is_replaced(client: TestClient, prompt: str) -> None:
    first = ask(client, "x")["pid"]
    answer = client.post("/generate", json={"prompt": prompt})
    assert_problem(answer, 503, "worker_failed")
    assert answer.headers["retry-after"]
    assert ask(client, "x")["pid"] != first
    assert not psutil.pid_exists(first)


def test_an_error_in_the_middle_of_a_stream_is_its_last_event(client: TestClient) -> None:
    started, error = streamed(client, "die")
    assert started["type"] == "started"
    assert (error["type"], error["status"], error["code"]) == ("error", 503, "worker_failed")
    assert error["detail"].endswith("Try again.")


def test_requests_are_answered_side_by_side(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        seeds = list(pool.map(lambda seed: ask(client, "x", seed=seed)["seed"], range(24)))
    assert seeds == list(range(24))


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [(WorkerBusy("full"), 429, "worker_busy", "2"), (AnswerTooSlow("slow"), 504, "too_slow", None)],
)
def test_what_the_worker_cannot_do_now_has_its_status(
    client: TestClient, error: PipelineError, status: int, code: str, retry: str | None
) -> None:
    client.app.state.service.worker.refuse(lambda: error)  # type: ignore[attr-defined]
    answer = client.post("/generate", json={"prompt": "x"})
    assert_problem(answer, status, code)
    assert answer.headers.get("retry-after") == retry
