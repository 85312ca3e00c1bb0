"""Sampling is transformers' sampling, and text comes out whole."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from backend.core.params.groups import Sampling
from backend.engine.answering.sampling import RowSampler, choose, filtered
from backend.engine.answering.token_bytes import TokenBytes
from backend.engine.answering.token_text import TokenText

CPU = torch.device("cpu")


def theirs(logits: torch.Tensor, sampling: Sampling, prompt: list[int]) -> torch.Tensor:
    from transformers import (
        LogitsProcessorList,
        MinPLogitsWarper,
        RepetitionPenaltyLogitsProcessor,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    steps: list[Any] = [RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty)]
    steps += [TemperatureLogitsWarper(sampling.temperature)]
    steps += [TopKLogitsWarper(sampling.top_k)] if sampling.top_k else []
    steps += [TopPLogitsWarper(sampling.top_p)] if sampling.top_p < 1 else []
    steps += [MinPLogitsWarper(sampling.min_p)] if sampling.min_p else []
    return LogitsProcessorList(steps)(torch.tensor([prompt]), logits[None].clone())[0]


@pytest.mark.parametrize("seed", range(20))
def test_filters_are_those_of_transformers(seed: int) -> None:
    drawn = random.Random(seed)
    sampling = Sampling(
        temperature=drawn.choice([0.3, 1.0, 1.7]), top_k=drawn.choice([0, 1, 5, 1000]),
        top_p=drawn.choice([1.0, 0.9, 0.3]), min_p=drawn.choice([0, 0.05, 0.5]),
        repetition_penalty=drawn.choice([1.0, 1.3, 0.8]),
    )  # fmt: skip
    logits = torch.randn(200, generator=torch.Generator().manual_seed(seed)) * 3
    prompt = [drawn.randrange(200) for _ in range(30)]
    row = RowSampler(sampling, 0, None, prompt, CPU)
    ours = filtered(row.penalised(logits) / sampling.temperature, sampling)
    assert torch.equal(ours, theirs(logits, sampling, prompt))


def test_a_chosen_token_counts_as_seen() -> None:
    row = RowSampler(Sampling(temperature=0, repetition_penalty=10), 0, None, [], CPU)
    logits = torch.tensor([[2.0, 1.9, 1.8]])
    assert [choose(logits, [row])[0].token for _ in range(3)] == [0, 1, 2]


def test_probabilities_are_the_models_own() -> None:
    row = RowSampler(Sampling(temperature=0.1, top_k=1), 0, 3, [], CPU)
    logits = torch.randn(1, 50)
    choice = choose(logits, [row])[0]
    expected = logits[0].log_softmax(-1)
    assert choice.logprob == pytest.approx(float(expected.max()))
    assert [token for token, _ in choice.alternatives] == expected.topk(3).indices.tolist()


def test_draws_follow_the_probabilities() -> None:
    row = RowSampler(Sampling(temperature=1, top_p=1), 3, None, [], CPU)
    logits = torch.tensor([[0.0, 1.0, 2.0]])
    drawn = [choose(logits, [row])[0].token for _ in range(4000)]
    shares = torch.tensor(drawn).bincount(minlength=3) / 4000
    assert torch.allclose(shares, logits[0].softmax(-1), atol=0.03)


@pytest.fixture(scope="module")
def tokenizer(small_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(small_model)


def said(tokenizer: Any, text: str, stop: list[str], *, trim: bool = True) -> tuple[list[str], TokenText]:
    written = TokenText(tokenizer, stop, trim=trim)
    pieces = []
    for token in tokenizer.encode(text, add_special_tokens=False):
        pieces.append(written.add(token))
        if written.stopped:
            break
    return [*pieces, written.end()], written


def test_characters_of_several_tokens_come_whole(tokenizer: Any) -> None:
    text = "naïve 🙂 Ελλάδα 日本 end"
    pieces, written = said(tokenizer, text, [])
    assert "".join(pieces) == written.text == text
    assert all("\ufffd" not in piece for piece in pieces)
    assert len([piece for piece in pieces if piece]) > 10


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("force STOP newton", [" STOP"], "force"),
        ("force ST newton", [" STOP"], "force ST newton"),
        ("force STO", ["STOP"], "force STO"),
        ("aab aac", ["aac", "ab "], "a"),
        ("  force  ", [], "force"),
        ("\n\nforce\n\nlaw", ["\n\n"], "force"),
        ("STOP", ["STOP"], ""),
    ],
)
def test_an_answer_ends_before_a_stop_string(tokenizer: Any, text: str, stop: list[str], expected: str) -> None:
    pieces, written = said(tokenizer, text, stop)
    assert "".join(pieces) == written.text == expected


def test_a_continuation_keeps_its_white_space(tokenizer: Any) -> None:
    assert said(tokenizer, " force \n", [], trim=False)[1].text == " force \n"


def test_any_text_with_any_stop_string_ends_where_the_whole_text_says(tokenizer: Any) -> None:
    """Against the definition: cut the whole text at the first stop string."""
    drawn = random.Random(1)
    for _ in range(300):
        text = "x" + "".join(drawn.choices("ab é", k=drawn.randint(1, 14))) + "y"
        stop = ["".join(drawn.choices("ab ", k=drawn.randint(1, 4))) for _ in range(drawn.randint(0, 2))]
        ends = [text.index(found) for found in stop if found in text]
        expected = text[: min(ends)] if ends else text
        pieces, written = said(tokenizer, text, stop, trim=False)
        assert "".join(pieces) == written.text
        # Several stop strings: the one that is complete first wins, which may begin later.
        assert written.text == expected or (len(stop) > 1 and text.startswith(written.text))


def test_the_bytes_of_the_tokens_are_the_text(tokenizer: Any) -> None:
    text = "naïve 🙂 x"
    found = TokenBytes(tokenizer)
    assert b"".join(found.of(token) for token in tokenizer.encode(text, add_special_tokens=False)) == text.encode()
