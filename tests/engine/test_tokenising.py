"""The supervised tokens are exactly the assistant's, in every form of dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
from transformers import AutoTokenizer

from backend.core.data.datasets import Record
from backend.core.data.prompts import PROMPTS_DIR, format_prompt, named_template
from backend.core.errors import BadDataset
from backend.core.params import TrainParams
from backend.engine.collator import DataCollatorForCausalLM
from backend.engine.tokenising import AT_ONCE, IGNORED, tokenise

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


LONG = [
    {"role": "system", "content": "Be brief."},
    *(
        {"role": role, "content": f"{role} {number} says energy" + " " * (number % 3)}
        for number in range(7)
        for role in ("user", "assistant")
    ),
]
ECHO = [turn | {"content": "mass"} for turn in LONG[1:]]
"""Everybody says the same, so that an answer's words stand before it too."""
ENDS = {"qwen": "<|im_end|>", "llama3": "<|eot_id|>", "phi": "<|end|>"}


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


def plainly(messages: list[dict[str, str]], tokenizer: Any, mark: str) -> dict[str, Any]:
    """Ids and labels by transformers' own rendering, up to each answer anew."""
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    ids: list[int] = []
    labels: list[int] = []
    done = 0
    for position in [index for index, turn in enumerate(messages) if turn["role"] == "assistant"]:
        start = len(tokenizer.apply_chat_template(messages[:position], tokenize=False, add_generation_prompt=True))
        end = text.index(mark, start + len(messages[position]["content"].strip())) + len(mark)
        asked, said = (
            tokenizer.encode(part, add_special_tokens=False) for part in (text[done:start], text[start:end])
        )
        ids, labels, done = [*ids, *asked, *said], [*labels, *[IGNORED] * len(asked), *said], end
    assert not text[done:].strip()
    return {"input_ids": ids, "labels": labels, "length": len(ids)}


@pytest.mark.parametrize("name", ["own", *sorted(path.stem for path in PROMPTS_DIR.glob("*.jinja"))])
@pytest.mark.parametrize("as_the_tokenizers_own", [True, False])
def test_ids_and_labels_are_those_of_transformers_record_by_record(
    small_model: Path, name: str, as_the_tokenizers_own: bool
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(small_model)
    if name != "own":
        tokenizer.chat_template = named_template(name).source
    talks = [TALK, TALK[:2], LONG, ECHO]
    asked = "auto" if as_the_tokenizers_own or name == "own" else name
    data = tokenise([Record(0, talk, {}) for talk in talks], tokenizer, rendering(prompt_template=asked))
    assert data.sentence.endswith("own." if asked == "auto" else "as asked.")
    mark = ENDS.get(name, "<|im_end|>")  # which is also the tokenizer's end of text
    assert list(data.features) == [plainly(talk, tokenizer, mark) for talk in talks]


def test_a_template_found_to_leave_out_a_turn_is_given_up_with_what_was_written(small_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(small_model)
    tokenizer.chat_template = "{% for m in messages if m.role != 'tool' %}{{ m.content }}<|im_end|>{% endfor %}"
    unheard = [TOOLS[2] | {"content": "mass"} if turn == TOOLS[2] else turn for turn in TOOLS]
    records = [Record(index, unheard if index == AT_ONCE else TALK, {}) for index in range(AT_ONCE + 1)]
    data = tokenise(records, tokenizer, rendering())
    assert data.sentence == "Template: Qwen's ChatML, since the tokenizer's own leaves out what some turns hold: tool."
    asked = tokenise(records, tokenizer, rendering(prompt_template="qwen"))
    assert list(data.features) == list(asked.features)


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
