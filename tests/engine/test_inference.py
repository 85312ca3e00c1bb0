"""Greedy answers are those of plain transformers and PEFT, token by token, however they are batched."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.errors import ContextTooLong, InvalidInput
from backend.core.params import InferenceParams
from backend.core.params.groups import Sampling
from backend.engine.inference import ModelInference
from tests.conftest import Maker

WORDS = ["What", "is", "the", "unit", "of", "force", "It", "newton", "Who", "found", "gravity", "law", "light", "mass"]
GREEDY = {"temperature": 0, "max_new_tokens": 12, "load_in_4bit": False, "device": "cpu", "dtype": "float32"}


def questions(count: int) -> list[str]:
    chosen = random.Random(0)
    return [" ".join(chosen.choices(WORDS, k=chosen.randint(1, 24))) for _ in range(count)]


def opened(small_model: Path, **more: Any) -> ModelInference:
    return ModelInference(InferenceParams.model_validate({**GREEDY, "base_model_name": str(small_model), **more}))


class Plain:
    """transformers' own `generate`, one prompt at a time, with PEFT's own adapters."""

    def __init__(self, ours: ModelInference, base: Path, adapters: list[Path]) -> None:
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        self.ours = ours
        self.model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=ours.model.dtype).eval()
        self.names = {folder: f"a{place}" for place, folder in enumerate(adapters)}
        for folder, name in self.names.items():
            if name == "a0":
                self.model = PeftModel.from_pretrained(self.model, str(folder), adapter_name=name).eval()
            else:
                self.model.load_adapter(str(folder), adapter_name=name)

    def tokens(self, prompt: str, adapter: Path | None, length: int = 12) -> tuple[int, ...]:
        request = self.ours.request(prompt, adapter=adapter)
        ids = torch.tensor([request.tokens])
        options = {"max_new_tokens": length, "do_sample": False, "eos_token_id": sorted(request.stops)}
        options |= {"pad_token_id": 0, "attention_mask": torch.ones_like(ids)}
        with torch.inference_mode():
            if adapter is not None:
                self.model.set_adapter(self.names[adapter])
                output = self.model.generate(ids, **options)
            elif self.names:
                with self.model.disable_adapter():
                    output = self.model.generate(ids, **options)
            else:
                output = self.model.generate(ids, **options)
        return tuple(output[0, ids.shape[1] :].tolist())


def four_adapters(make_adapter: Maker) -> list[Path]:
    """Different ranks, scalings and targets, and one with DoRA."""
    return [
        make_adapter("plain", seed=1),
        make_adapter("wide", seed=2, r=8, lora_alpha=4, use_rslora=True),
        make_adapter("patterned", seed=3, target_modules=["q_proj", "down_proj"], rank_pattern={"q_proj": 2},
                     alpha_pattern={"down_proj": 7}),
        make_adapter("dora", seed=4, use_dora=True),
    ]  # fmt: skip


@pytest.mark.parametrize("side_by_side", [True, False], ids=["side by side", "row by row"])
def test_200_prompts_over_four_adapters_in_one_batch_equal_plain_peft(
    small_model: Path, make_adapter: Maker, monkeypatch: pytest.MonkeyPatch, side_by_side: bool
) -> None:
    monkeypatch.setattr("backend.engine.answering.lora_stack.SUM_OF_RANKS", {"cpu": 10_000 if side_by_side else 0})
    adapters = four_adapters(make_adapter)
    model = opened(small_model, batch_size=16)
    plain = Plain(model, small_model, adapters)
    asked, worn = questions(200), [[*adapters, None][place % 5] for place in range(200)]
    answers = model.generate_batch(asked, adapter=worn)
    expected = [plain.tokens(prompt, adapter) for prompt, adapter in zip(asked, worn, strict=True)]
    assert [answer.tokens for answer in answers] == expected
    assert len(set(expected)) > 40  # the prompts and adapters do make a difference


def test_200_prompts_singly_and_batched_equal_plain_transformers(small_model: Path) -> None:
    model = opened(small_model, batch_size=16)
    asked = questions(200)
    plain = Plain(model, small_model, [])
    expected = [plain.tokens(prompt, None) for prompt in asked]
    assert [answer.tokens for answer in model.generate_batch(asked)] == expected
    assert [model.generate(prompt).tokens for prompt in asked] == expected


def test_in_bfloat16_a_difference_begins_only_at_a_near_tie(small_model: Path, make_adapter: Maker) -> None:
    """Where ours and plain PEFT part, both tokens are within bfloat16's rounding of the highest logit."""
    adapter = make_adapter("plain", seed=1)
    model = opened(small_model, dtype="bfloat16", batch_size=16)
    plain = Plain(model, small_model, [adapter])
    asked = questions(60)
    answers = model.generate_batch(asked, adapter=adapter)
    for prompt, answer in zip(asked, answers, strict=True):
        expected = plain.tokens(prompt, adapter)
        parted = next(
            (at for at, pair in enumerate(zip(expected, answer.tokens, strict=False)) if len(set(pair)) > 1), None
        )
        if parted is None:
            assert len(expected) == len(answer.tokens)
            continue
        seen = [*model.request(prompt).tokens, *expected[:parted]]
        plain.model.set_adapter("a0")
        with torch.inference_mode():
            logits = plain.model(torch.tensor([seen])).logits[0, -1].float()
        gap = abs(float(logits[expected[parted]] - logits[answer.tokens[parted]]))
        assert gap <= 8 * 2**-8 * float(logits.abs().max())


def test_an_adapter_on_a_4_bit_base_equals_plain_peft_on_it(small_model: Path, make_adapter: Maker) -> None:
    from peft import PeftModel

    adapter = make_adapter("plain", seed=1)
    model = opened(small_model, load_in_4bit=True, dequantize="no")
    unpacked = opened(small_model, load_in_4bit=True, dequantize="yes")
    assert unpacked.model.dtype == torch.float32
    asked = questions(8)
    answers = [answer.tokens for answer in model.generate_batch(asked, adapter=adapter)]
    assert [answer.tokens for answer in unpacked.generate_batch(asked, adapter=adapter)] == answers
    model.stack.wear([])
    plain = Plain(model, small_model, [])
    plain.model = PeftModel.from_pretrained(model.model, str(adapter), adapter_name="a0").eval()
    plain.names = {adapter: "a0"}
    assert [plain.tokens(prompt, adapter) for prompt in asked] == answers


def test_rows_that_come_and_go_do_not_change_each_other(small_model: Path, make_adapter: Maker) -> None:
    """Answers of different lengths in a batch of three: rows leave at different steps and others take their place."""
    adapter = make_adapter("plain", seed=1)
    model = opened(small_model, batch_size=3)
    lengths = [1, 9, 4, 12, 2, 7, 3]
    requests = [
        model.request(prompt, Sampling(temperature=0, max_new_tokens=length), adapter=[None, adapter][place % 2])
        for place, (prompt, length) in enumerate(zip(questions(7), lengths, strict=True))
    ]
    rows = [model.decoder.submit(request) for request in requests]
    most = 0
    while model.decoder.busy:
        model.decoder.step()
        most = max(most, len(model.decoder.rows))
    assert most <= 3
    for request, row in zip(requests, rows, strict=True):
        alone = model.decoder.submit(request)
        list(model.decoder.run([alone]))
        assert row.answer == alone.answer


def test_a_seeded_answer_does_not_depend_on_its_neighbours(small_model: Path) -> None:
    model = opened(small_model, temperature=1.0, max_new_tokens=10, top_k=20, min_p=0.01, repetition_penalty=1.3)
    asked = questions(6)
    together = model.generate_batch(asked, seed=7)
    assert [model.generate(prompt, seed=7 + place) for place, prompt in enumerate(asked)] == together
    assert model.generate_batch(asked, seed=99) != together


def talkative(model: ModelInference) -> str:
    """A prompt the random model says something to."""
    return next(prompt for prompt in questions(50) if len(model.generate(prompt).text) > 20)


def test_a_stream_is_the_answer_in_pieces(small_model: Path) -> None:
    model = opened(small_model, max_new_tokens=30, temperature=1.0)
    prompt = talkative(model)
    stream = model.stream(prompt)
    pieces = list(stream)
    assert len(pieces) > 3
    assert "".join(pieces) == stream.answer.text == model.generate(prompt).text


def test_a_closed_stream_stops_writing(small_model: Path) -> None:
    model = opened(small_model, max_new_tokens=200, temperature=1.0)
    stream = model.stream(talkative(model))
    first = next(iter(stream))
    stream.close()
    assert stream.answer.finish_reason == "cancelled"
    assert stream.answer.text.startswith(first)
    assert not model.decoder.busy


def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(small_model: Path) -> None:
    model = opened(small_model)
    with pytest.raises(ContextTooLong, match=rf"tokens, the model's context {model.context:,}"):
        model.generate("force " * model.context)
    assert not model.decoder.busy


def test_an_answer_ends_where_the_context_does(small_model: Path) -> None:
    model = opened(small_model, max_new_tokens=100_000)
    model.model.config.max_position_embeddings = 60
    used = len(model.request("force").tokens)
    answer = model.generate("force")
    assert answer.finish_reason == "length"
    assert answer.completion_tokens == model.context - used


def test_one_bad_prompt_of_many_is_named_before_anything_is_written(small_model: Path) -> None:
    model = opened(small_model)
    with pytest.raises(InvalidInput, match=r"^Prompt 1: "):
        model.generate_batch(["force", "force " * model.context])
    assert not model.decoder.busy
