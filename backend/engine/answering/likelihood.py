"""How likely a model finds given answers: what perplexity and bits per byte are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from backend.core.data.datasets import Record
from backend.core.data.segments import segments_of
from backend.core.evaluation.rows import Likelihood
from backend.engine.inference import ModelInference
from backend.engine.tokenising import IGNORED, encode, with_system

BATCH_TOKENS = 2048
"""Tokens of a forward pass, padding included: with a vocabulary of 152k its float32 logits take 1.2 GiB."""


def likelihoods(
    model: ModelInference, records: Sequence[Record], adapter: Path | None
) -> Iterator[tuple[int, Likelihood | None]]:
    """The likelihood of each record's answer given what comes before it, with the positions of the records.

    The loss is on what the assistant says last and on the token that ends it, as in training. None for a record that
    has no answer, or that the model's context does not hold.

    Args:
        model: idle; rows in flight would lose their adapters.
        adapter: folder of the adapter to ask with; None = the bare base.
    """
    examples = [_example(model, record, adapter) for record in records]
    for position, example in enumerate(examples):
        if example is None:
            yield position, None
    known = sorted(
        ((position, example) for position, example in enumerate(examples) if example), key=lambda pair: len(pair[1][0])
    )
    group: list[tuple[int, tuple[list[int], list[int]]]] = []
    for position, example in known:
        if group and (len(group) + 1) * len(example[0]) > BATCH_TOKENS:
            yield from _measured(model, group, records, adapter)
            group = []
        group.append((position, example))
    if group:
        yield from _measured(model, group, records, adapter)


def _example(model: ModelInference, record: Record, adapter: Path | None) -> tuple[list[int], list[int]] | None:
    if not record.answer.strip():
        return None
    record = with_system(record, model.params.system_prompt)
    template = model.templates.of(adapter).template
    *before, last = segments_of(record.messages, template, record.tools)
    ids, labels = encode([*before, last], model.tokenizer)
    # Only the last answer: an earlier turn of the assistant's is part of the question here.
    end = len(labels)
    while end and labels[end - 1] == IGNORED:
        end -= 1
    begin = end
    while begin and labels[begin - 1] != IGNORED:
        begin -= 1
    labels = [IGNORED] * begin + labels[begin:]
    return (ids, labels) if 0 < begin < end and len(ids) <= model.context else None


def _measured(
    model: ModelInference,
    group: Sequence[tuple[int, tuple[list[int], list[int]]]],
    records: Sequence[Record],
    adapter: Path | None,
) -> Iterator[tuple[int, Likelihood]]:
    device, longest = model.model.device, max(len(ids) for _, (ids, _) in group)
    filler = model.tokenizer.pad_token_id or 0
    ids = torch.tensor([given + [filler] * (longest - len(given)) for _, (given, _) in group], device=device)
    labels = torch.tensor([own + [IGNORED] * (longest - len(own)) for _, (_, own) in group], device=device)
    mask = torch.tensor([[1] * len(given) + [0] * (longest - len(given)) for _, (given, _) in group], device=device)
    model.stack.wear([adapter] * len(group))
    with torch.inference_mode():
        logits = model.model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    targets = labels[:, 1:]
    losses = cross_entropy(logits.float().transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
    totals, counts = losses.double().sum(1).tolist(), (targets != IGNORED).sum(1).tolist()
    for (position, _), total, count in zip(group, totals, counts, strict=True):
        yield (
            position,
            Likelihood(nll=total, tokens=count, bytes=len(records[position].answer.encode("utf-8", "replace"))),
        )
