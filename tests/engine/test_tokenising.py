"""The supervised tokens are exactly the assistant's, in every form of dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
from transformers import AutoTokenizer

from backend.core.data.datasets import Record
from backend.core.data.prompts import format_prompt
from backend.core.errors import BadDataset
from backend.core.params import TrainParams
from backend.engine.collator import DataCollatorForCausalLM
from backend.engine.tokenising import IGNORED, tokenise

TALK = [
    {"role": "user", "content": "What is force?"},
    {"role": "assistant", "content": "newton"},
    {"role": "user", "content": "And light?"},
    {"role": "assistant", "content": "It is energy."},
]
TOOLS = [
    {"role": "user", "content": "What is light?"},
    {"role": "assistant", "content": "<tool_call>\nlight\n</tool_call>"},
    {"role": "tool", "content": "energy"},
    {"role": "assistant", "content": "energy"},
]


def rendering(**given: Any) -> TrainParams:
    return TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a", **given})


@pytest.fixture(scope="module")
def tokenizer(small_model: Path) -> Any:
    return AutoTokenizer.from_pretrained(small_model)


def supervised_runs(feature: dict[str, Any], tokenizer: Any) -> list[str]:
    """The decoded stretches of supervised tokens."""
    runs: list[list[int]] = []
    previous = IGNORED
    for token, label in zip(feature["input_ids"], feature["labels"], strict=True):
        if label != IGNORED:
            assert label == token
            if previous == IGNORED:
                runs.append([])
            runs[-1].append(token)
        previous = label
    return [tokenizer.decode(run) for run in runs]


@pytest.mark.parametrize("template", ["auto", "qwen"])
@pytest.mark.parametrize("messages", [TALK, TOOLS])
def test_supervised_tokens_decode_to_the_assistants_turns(
    tokenizer: Any, messages: list[dict[str, str]], template: str
) -> None:
    data = tokenise([Record(0, messages, {})], tokenizer, rendering(prompt_template=template))
    answers = [turn["content"] + "<|im_end|>" for turn in messages if turn["role"] == "assistant"]
    assert supervised_runs(data.features[0], tokenizer) == answers


def test_training_tokens_begin_with_the_inference_prompts_tokens(tokenizer: Any) -> None:
    data = tokenise([Record(0, TALK[:2], {})], tokenizer, rendering())
    asked = tokenizer.encode(format_prompt(TALK[:1], data.template), add_special_tokens=False)
    assert data.features[0]["input_ids"][: len(asked)] == asked


def test_the_whole_text_can_be_learnt(tokenizer: Any) -> None:
    data = tokenise([Record(0, TALK, {})], tokenizer, rendering(), completion_only_loss=False)
    assert data.features[0]["labels"] == data.features[0]["input_ids"]


def test_the_system_prompt_is_put_in_front(tokenizer: Any) -> None:
    data = tokenise([Record(0, TALK, {})], tokenizer, rendering(system_prompt="Be mass."))
    assert tokenizer.decode(data.features[0]["input_ids"]).startswith("<|im_start|>system\nBe mass.<|im_end|>")


def test_long_examples_are_cut_and_counted(tokenizer: Any) -> None:
    long = [{"role": "user", "content": "mass " * 100}, {"role": "assistant", "content": "newton"}]
    data = tokenise([Record(0, TALK, {}), Record(1, long, {})], tokenizer, rendering(max_length=100))
    assert (data.truncated, data.left_out, len(data.features)) == (1, 1, 1)
    with pytest.raises(BadDataset, match=r"Every one of the 1 examples is longer than max_length=100"):
        tokenise([Record(1, long, {})], tokenizer, rendering(max_length=100))


def test_padding_is_never_learnt() -> None:
    features = [{"input_ids": [1, 2, 3], "labels": [IGNORED, 2, 3]}, {"input_ids": [4], "labels": [4]}]
    batch = DataCollatorForCausalLM(pad_token_id=9, pad_to_multiple_of=4)(features)
    assert batch["input_ids"].tolist() == [[1, 2, 3, 9], [4, 9, 9, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 2, 3, IGNORED], [4, IGNORED, IGNORED, IGNORED]]
