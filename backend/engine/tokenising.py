"""Conversations as token ids, with labels on exactly what the assistant says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.data.datasets import Record
from backend.core.data.prompts import Template, choose_template
from backend.core.data.segments import Segment, segments_of
from backend.core.errors import BadDataset
from backend.core.params.groups import Rendering

IGNORED = -100
"""Label of a token that is not learnt (PyTorch's cross-entropy skips it)."""


@dataclass(frozen=True)
class Tokenised:
    """Examples ready to train on, and what became of the dataset on the way.

    Args:
        features: per example `input_ids`, `labels` (-100 where nothing is learnt) and `length`.
        lengths: tokens of every example before truncation.
        truncated: examples cut at `max_length`.
        left_out: examples without a supervised token after the cut.
        supervised_tokens: tokens that are learnt, over all features.
        sentence: which template was taken, and why.
    """

    features: list[dict[str, Any]]
    lengths: list[int]
    truncated: int
    left_out: int
    supervised_tokens: int
    template: Template
    sentence: str

    @property
    def tokens(self) -> int:
        """Tokens of one pass over the examples."""
        return sum(feature["length"] for feature in self.features)


def template_for(name: str, tokenizer: Any, records: Sequence[Record]) -> tuple[Template, str]:
    """The template for these records with this tokenizer, and why. See `choose_template`."""
    own = getattr(tokenizer, "chat_template", None)
    return choose_template(
        name,
        own if isinstance(own, str) else None,
        [(record.messages, record.tools) for record in records],
        bos_token=tokenizer.bos_token or "",
        eos_token=tokenizer.eos_token or "",
    )


def tokenise(
    records: Sequence[Record], tokenizer: Any, rendering: Rendering, *, completion_only_loss: bool = True
) -> Tokenised:
    """Render, tokenise, label and cut the examples.

    Raises:
        BadDataset: every example is longer than `max_length`, or none keeps a token to learn.
    """
    prepared = [with_system(record, rendering.system_prompt) for record in records]
    template, sentence = template_for(rendering.prompt_template, tokenizer, prepared)
    features: list[dict[str, Any]] = []
    lengths = []
    for record in prepared:
        ids, labels = encode(segments_of(record.messages, template, record.tools), tokenizer, completion_only_loss)
        lengths.append(len(ids))
        ids, labels = ids[: rendering.max_length], labels[: rendering.max_length]
        if any(label != IGNORED for label in labels):
            features.append({"input_ids": ids, "labels": labels, "length": len(ids)})
    truncated = sum(length > rendering.max_length for length in lengths)
    if truncated == len(lengths):
        raise BadDataset(
            f"Every one of the {len(lengths)} examples is longer than max_length={rendering.max_length} tokens (the "
            f"shortest has {min(lengths)}): raise --max_length or shorten the examples.",
            "max_length",
        )
    supervised = sum(label != IGNORED for feature in features for label in feature["labels"])
    left_out = len(lengths) - len(features)
    return Tokenised(features, lengths, truncated, left_out, supervised, template, sentence)


def with_system(record: Record, system_prompt: str | None) -> Record:
    """The record with the system prompt in front, unless it has one."""
    if not system_prompt or record.messages[0]["role"] == "system":
        return record
    messages = [{"role": "system", "content": system_prompt}, *record.messages]
    return Record(record.index, messages, record.raw, record.tools)


def encode(
    segments: Sequence[Segment], tokenizer: Any, completion_only_loss: bool = True
) -> tuple[list[int], list[int]]:
    """Token ids and labels of a rendered conversation.

    Each segment is tokenised by itself, as the prompt is at inference: so no token straddles the border between what
    is asked and what is learnt.
    """
    ids: list[int] = []
    labels: list[int] = []
    for segment in segments:
        piece = tokenizer.encode(segment.text, add_special_tokens=False)
        ids += piece
        learnt = segment.supervised or not completion_only_loss
        labels += piece if learnt else [IGNORED] * len(piece)
    return ids, labels
