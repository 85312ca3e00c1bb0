"""The worker's protocol, on a real model in this process: many requests, one base, nothing unanswered."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.params import InferenceParams
from backend.engine.answering import worker as module
from backend.engine.answering.worker import Worker, serve
from tests.conftest import Maker

Line = dict[str, Any]


@pytest.fixture
def params() -> InferenceParams:
    return InferenceParams(load_in_4bit=False, device="cpu", dtype="float32")


def ask(number: str, base: Path, **more: Any) -> Line:
    given = {"messages": [{"role": "user", "content": "force"}], "temperature": 0, "max_new_tokens": 6}
    return {"type": "generate", "id": number, "base_model_name": str(base), **given, **more}


def exchange(params: InferenceParams, requests: Sequence[Line]) -> dict[str, list[Line]]:
    """What is sent back, by request."""
    out = io.StringIO()
    serve(params, [json.dumps(request) + "\n" for request in requests], out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return {request["id"]: [line for line in lines if line["id"] == request["id"]] for request in requests}


def test_each_request_gets_its_start_its_text_and_its_end(
    params: InferenceParams, small_model: Path, make_adapter: Maker
) -> None:
    adapters = [None, str(make_adapter("a", seed=1)), str(make_adapter("b", seed=2))]
    replies = exchange(params, [ask(str(place), small_model, adapter_path=adapters[place % 3]) for place in range(9)])
    for lines in replies.values():
        assert lines[0]["type"] == "started"
        assert lines[-1]["type"] == "done"
        assert "".join(line["text"] for line in lines[1:-1]) == lines[-1]["text"]
        usage = lines[-1]["usage"]
        assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
        assert lines[-1]["timing"]["total_seconds"] >= lines[-1]["timing"]["first_token_seconds"] > 0
    assert replies["0"][-1]["text"] == replies["3"][-1]["text"]


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"adapter_path": "/nowhere"}, "bad_model", "adapter_config.json"),
        ({"messages": [{"role": "user", "content": "force " * 40_000}]}, "context_too_long", "the model's context"),
        ({"messages": [{"role": "assistant", "content": "hm"}]}, "invalid_input", "ends with the assistant"),
        ({"base_model_name": "/nowhere"}, "bad_model", "no folder"),
    ],
)
def test_a_bad_request_is_told_why_and_the_others_are_answered(
    params: InferenceParams, small_model: Path, more: Line, code: str, told: str
) -> None:
    replies = exchange(params, [ask("1", small_model), {**ask("2", small_model), **more}, ask("3", small_model)])
    error = replies["2"][-1]["error"]
    assert error["code"] == code
    assert told in error["message"]
    assert replies["1"][-1]["text"] == replies["3"][-1]["text"]
    assert [replies[name][-1]["type"] for name in "13"] == ["done", "done"]


def test_probabilities_are_reported_for_each_token(params: InferenceParams, small_model: Path) -> None:
    lines = exchange(params, [ask("1", small_model, prompt="What is", messages=None, logprobs=2)])["1"]
    found = [entry for line in lines if line["type"] == "delta" for entry in line["logprobs"] or []]
    spoken = bytes(byte for entry in found for byte in entry["bytes"]).decode(errors="replace")
    assert spoken == lines[-1]["text"]
    assert all(entry["top_logprobs"][0]["logprob"] == entry["logprob"] <= 0 for entry in found)
    assert all(len(entry["top_logprobs"]) == 2 for entry in found)


def test_cancelled_requests_end_wherever_they_are(params: InferenceParams, small_model: Path) -> None:
    sent: list[Line] = []
    worker = Worker(params.model_copy(update={"batch_size": 1}), sent.append)
    for name in ("running", "waiting"):
        worker.accept(ask(name, small_model, max_new_tokens=100))
    worker.step()
    worker.accept(ask("in line", small_model))
    for name in ("running", "waiting", "in line", "unknown"):
        worker.accept({"type": "cancel", "id": name})
    worker.step()
    ends = {line["id"]: line["finish_reason"] for line in sent if line["type"] == "done"}
    assert ends == dict.fromkeys(("running", "waiting", "in line"), "cancelled")


def test_another_base_waits_for_its_turn(params: InferenceParams, small_model: Path, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / "other"
    shutil.copytree(small_model, other)
    replies = exchange(params, [ask("1", small_model), ask("2", other), ask("3", small_model)])
    assert [lines[-1]["type"] for lines in replies.values()] == ["done"] * 3


def test_memory_that_runs_out_halves_the_batch_and_loses_no_answer(
    params: InferenceParams, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch's own error, from the model's forward, whenever more than three rows are in flight."""
    expected = exchange(params, [ask(str(place), small_model) for place in range(8)])
    from transformers import Qwen2ForCausalLM

    forward = Qwen2ForCausalLM.forward

    def scarce(self: Any, *args: Any, **given: Any) -> Any:
        if len(given["input_ids"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, *args, **given)

    monkeypatch.setattr(Qwen2ForCausalLM, "forward", scarce)
    replies = exchange(params, [ask(str(place), small_model) for place in range(8)])
    assert [lines[-1].get("text") for lines in replies.values()] == [lines[-1]["text"] for lines in expected.values()]


def test_memory_too_short_for_one_prompt_is_said(
    params: InferenceParams, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import Qwen2ForCausalLM

    def none_left(*_: Any, **__: Any) -> Any:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Qwen2ForCausalLM, "forward", none_left)
    error = exchange(params, [ask("1", small_model)])["1"][-1]["error"]
    assert error["code"] == "host_oom"
    assert "Memory ran out" in error["message"]


def test_a_defect_is_answered_and_the_next_request_gets_a_fresh_model(
    params: InferenceParams, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Line] = []
    worker = Worker(params, sent.append)
    with monkeypatch.context() as broken:
        broken.setattr(module.ModelInference, "request", lambda *_, **__: 1 / 0)
        worker.accept(ask("1", small_model))
        worker.step()
    worker.accept(ask("2", small_model))
    while worker.busy:
        worker.step()
    ends = {line["id"]: line["type"] for line in sent if line["type"] in ("done", "error")}
    assert ends == {"1": "error", "2": "done"}
