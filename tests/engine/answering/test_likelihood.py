"""The likelihood of answers: as a plain forward pass gives it, whatever the batch, with the adapter that was asked."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from torch.nn.functional import log_softmax
from transformers import AutoModelForCausalLM

from backend.core.data.datasets import load_records
from backend.core.params import InferenceParams
from backend.engine.answering import likelihood as module
from backend.engine.answering.likelihood import likelihoods
from backend.engine.inference import ModelInference
from tests.conftest import Maker


def opened(model: Path) -> ModelInference:
    return ModelInference(
        InferenceParams(model_path=str(model), device="cpu", dtype="float32", load_in_4bit=False, dequantize="no")
    )


def plain_nll(model: torch.nn.Module, inference: ModelInference, question: str, answer: str) -> tuple[float, int]:
    """The same from a plain forward pass of one text: the answer and the token that ends it."""
    tokenizer = inference.tokenizer
    head = f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
    asked = tokenizer.encode(head, add_special_tokens=False)
    said = tokenizer.encode(f"{answer}<|im_end|>", add_special_tokens=False)
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([asked + said])).logits[0].float()
    steps = log_softmax(logits[len(asked) - 1 : -1], dim=-1)
    return -float(sum(steps[at, token] for at, token in enumerate(said))), len(said)


@pytest.fixture(scope="module")
def base(small_model: Path) -> ModelInference:
    return opened(small_model)


def test_it_is_the_answers_given_the_question(
    base: ModelInference, small_model: Path, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = load_records(questions).records
    plain = AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32)
    together = dict(likelihoods(base, records, None))
    monkeypatch.setattr(module, "BATCH_TOKENS", 1)
    alone = dict(likelihoods(base, records, None))
    assert sorted(together) == list(range(len(records)))
    for position, record in enumerate(records):
        found, single = together[position], alone[position]
        assert found
        assert single
        nll, tokens = plain_nll(plain, base, record.question, record.answer)
        assert found.nll == pytest.approx(nll, rel=1e-4)
        assert single.nll == pytest.approx(nll, rel=1e-4)
        assert abs(found.tokens - tokens) <= 1  # the line end after the turn belongs to some templates
        assert found.bytes == len(record.answer.encode())
        assert 0 < found.nll / found.tokens < math.log(1000)


def test_an_adapter_counts_and_leaves_the_base_as_it_was(
    base: ModelInference, small_model: Path, questions: Path, make_adapter: Maker
) -> None:
    records = load_records(questions).records[:4]
    folder = make_adapter("loud", seed=3)
    before = dict(likelihoods(base, records, None))
    worn = dict(likelihoods(base, records, folder))
    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(small_model, dtype=torch.float32), folder)
    for position, record in enumerate(records):
        found = worn[position]
        assert found
        assert found.nll == pytest.approx(plain_nll(plain, base, record.question, record.answer)[0], rel=1e-3)
    assert dict(likelihoods(base, records, None)) == before
    assert before != worn


def test_what_cannot_be_measured_is_none(base: ModelInference, tmp_path: Path) -> None:
    file = tmp_path / "q.json"
    file.write_text('[{"input": "a?", "output": ""}, {"input": "b?", "output": "' + "force " * 60_000 + '"}]')
    records = load_records(file, need_answer=False).records
    assert dict(likelihoods(base, records, None)) == {0: None, 1: None}
