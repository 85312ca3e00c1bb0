"""The service with the real worker on a small model: what stubs cannot show."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.core.registry import Adapter, AdapterRegistry
from tests.service_kit import until
from tests.serving_kit import RunningService, events_of, running_service

pytest.importorskip("torch")

LONG = {"max_new_tokens": 1500, "temperature": 5.0}
"""Nonsense that does not end by itself."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, small_model: Path) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "models").mkdir()
    base = folder / "models" / "small"
    shutil.copytree(small_model, base)
    for seed, name in enumerate(("one", "two", "corrupt", "pickled", "stranger")):
        _make_adapter(base, folder / "models" / name, seed)
        other = folder / "models" / "other" if name == "stranger" else base
        adapter = Adapter(name=name, path=str(folder / "models" / name), base_model=str(other))
        (folder / "config").mkdir(exist_ok=True)
        AdapterRegistry(folder / "config" / "adapters.json").add(adapter)
    weights = folder / "models" / "corrupt" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    weights = folder / "models" / "pickled" / "adapter_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    # In bfloat16 a near tie may fall either way with the size of the batch, and so with who happens to ask together.
    with running_service(folder, real_worker=True, environ={"DTYPE": "float32"}) as service:
        yield service


def _make_adapter(base: Path, folder: Path, seed: int) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    config = LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
    for key, weight in model.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(str(folder))


def generate(service: RunningService, prompt: str, model: str, **given: Any) -> Any:
    body = {"prompt": prompt, "model": model, "max_new_tokens": 12, "temperature": 0, **given}
    return service.client.post("/generate", json=body, timeout=120)


def text(service: RunningService, prompt: str, model: str, **given: Any) -> str:
    answer = generate(service, prompt, model, **given)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["text"])


def worker_of(service: RunningService) -> psutil.Process:
    children = psutil.Process(service.process.pid).children()
    (worker,) = [child for child in children if "--serve" in child.cmdline()]
    return worker


MODELS = ("small", "one", "two")


def test_many_at_once_with_several_adapters_answer_as_one_by_one(service: RunningService) -> None:
    asked = [(f"What is the unit of force {n}?", MODELS[n % 3]) for n in range(12)]
    alone = [text(service, *one) for one in asked]
    assert len(set(alone[:3])) == 3  # the adapters do something
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda one: text(service, *one), asked))
    assert together == alone


def test_a_stream_says_the_same_as_the_whole_and_as_openais_protocol(service: RunningService) -> None:
    whole = generate(service, "Who found gravity?", "one").json()
    body = {"prompt": "Who found gravity?", "model": "one", "max_new_tokens": 12, "temperature": 0, "stream": True}
    with service.client.stream("POST", "/generate", json=body) as answer:
        started, *deltas, done = events_of(answer.iter_lines())
    assert "".join(delta["text"] for delta in deltas) == done["text"] == whole["text"]
    assert started["prompt_tokens"] == whole["usage"]["prompt_tokens"]
    messages = [{"role": "user", "content": "Who found gravity?"}]
    asked = {"model": "one", "messages": messages, "max_tokens": 12, "temperature": 0, "logprobs": True}
    chat = service.client.post("/v1/chat/completions", json=asked).json()
    (choice,) = chat["choices"]
    assert (choice["message"]["content"], chat["usage"]) == (whole["text"], whole["usage"])
    said = b"".join(bytes(token["bytes"]) for token in choice["logprobs"]["content"])
    assert said.decode(errors="replace").strip() == whole["text"]


def test_raw_text_is_continued_and_seeds_are_kept(service: RunningService) -> None:
    asked = {"model": "two", "prompt": "It is newton", "max_tokens": 8, "temperature": 1.5, "n": 3, "seed": 5}
    first, again = (service.client.post("/v1/completions", json=asked).json() for _ in range(2))
    texts = [choice["text"] for choice in first["choices"]]
    assert texts == [choice["text"] for choice in again["choices"]]
    assert len(set(texts)) == 3
    second = service.client.post("/v1/completions", json={**asked, "n": 1, "seed": 6}).json()
    assert second["choices"][0]["text"] == texts[1]


@pytest.mark.parametrize(
    ("model", "code"), [("corrupt", "corrupt_weights"), ("pickled", "unsafe_format"), ("stranger", "bad_model")]
)
def test_a_model_that_cannot_answer_is_told_and_the_others_go_on(
    service: RunningService, model: str, code: str
) -> None:
    answer = generate(service, "x", model)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert text(service, "Who found gravity?", "one")


def test_a_prompt_beyond_the_context_is_told_with_both_numbers(service: RunningService) -> None:
    body = {"model": "small", "messages": [{"role": "user", "content": "newton " * 40_000}]}
    answer = service.client.post("/v1/chat/completions", json=body, timeout=60)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "context_length_exceeded", "messages")
    assert "32,768" in error["message"]


def test_kill_9_in_the_middle_of_answers(service: RunningService) -> None:
    killed = worker_of(service)
    body = {"prompt": "Who?", "model": "one", "stream": True, **LONG}
    with service.client.stream("POST", "/generate", json=body, timeout=2) as answer:
        events = events_of(answer.iter_lines())
        assert next(events)["type"] == "started"
        os.kill(killed.pid, signal.SIGKILL)
        *_, last = events
    assert (last["type"], last["code"]) == ("error", "worker_failed")
    assert text(service, "Who found gravity?", "one")
    assert not killed.is_running()


def test_clients_that_leave_free_their_rows(service: RunningService) -> None:
    body = {"prompt": "Who?", "model": "one", "stream": True, **LONG}
    before = worker_of(service).cpu_times()
    for _ in range(5):
        with service.client.stream("POST", "/generate", json=body, timeout=20) as answer:
            next(events_of(answer.iter_lines()))

    def rests() -> bool:
        """Nobody is left to write for: no processor time is spent any more."""
        spent = worker_of(service).cpu_times()
        with pytest.raises(AssertionError, match="did not come true"):
            until(lambda: False, 0.3)
        return worker_of(service).cpu_times().user - spent.user < 0.05

    until(rests)
    assert worker_of(service).cpu_times().user > before.user


def test_the_worker_dies_with_the_service(service: RunningService) -> None:
    assert text(service, "Who found gravity?", "one")  # last in this file: nobody asks after it
    worker = worker_of(service)
    service.process.kill()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
