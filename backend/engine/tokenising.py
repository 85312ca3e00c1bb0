"""Conversations as token ids, with labels on exactly what the assistant says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from backend.core.data.datasets import Record
from backend.core.data.prompts import Template, choose_template, missing_from
from backend.core.data.segments import Segment, all_segments
from backend.core.errors import BadDataset, InvalidInput, TemplateRejected
from backend.core.params.groups import Rendering
from backend.engine.tokens.examples import IGNORED, Examples
from backend.engine.tokens.flat import Flat, FlatWriter

__all__ = [
    "IGNORED",
    "Tokenised",
    "choice_of",
    "encode",
    "template_for",
    "tokenise",
    "with_system",
    "write_examples",
]

AT_ONCE = 256
"""Examples that are tokenised in one call: enough for the tokenizer's threads, and no more than megabytes."""


@dataclass(frozen=True)
class Tokenised:
    """Examples ready to train on, and what became of the dataset on the way.

    Args:
        features: per example `input_ids`, `labels` (-100 where nothing is learnt) and `length`.
        truncated: examples cut at `max_length`.
        template: the chat template they were rendered with.
        sentence: which template was taken, and why.
    """

    features: Examples
    truncated: int
    template: Template
    sentence: str

    @property
    def lengths(self) -> Sequence[int]:
        """Tokens of every example before truncation."""
        return self.features.whole_lengths

    @property
    def left_out(self) -> int:
        """Examples without a supervised token after the cut."""
        return len(self.lengths) - len(self.features)

    @property
    def supervised_tokens(self) -> int:
        """Tokens that are learnt, over all features."""
        return self.features.supervised_tokens

    @property
    def tokens(self) -> int:
        """Tokens of one pass over the examples."""
        return self.features.tokens


def template_for(name: str, tokenizer: Any, records: Iterable[Record]) -> tuple[Template, str]:
    """The template for these records with this tokenizer, and why. See `choose_template`."""
    own = getattr(tokenizer, "chat_template", None)
    return choose_template(
        name,
        own if isinstance(own, str) else None,
        ((record.messages, record.tools) for record in records),
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
    writer = FlatWriter()
    template, sentence = write_examples(lambda: prepared, rendering.prompt_template, tokenizer, writer)
    flat, everything = writer.in_memory(), range(len(prepared))
    return choice_of(
        flat, everything, rendering.max_length, template, sentence, completion_only_loss=completion_only_loss
    )


def choice_of(
    flat: Flat,
    chosen: Sequence[int],
    max_length: int,
    template: Template,
    sentence: str,
    *,
    completion_only_loss: bool,
) -> Tokenised:
    """Some of the examples of a file, labelled and cut.

    Args:
        chosen: their numbers.

    Raises:
        BadDataset: every one of them is longer than `max_length`.
    """
    features = Examples(flat, chosen, max_length, learns_all=not completion_only_loss)
    truncated = sum(length > max_length for length in features.whole_lengths)
    if truncated == len(chosen):
        raise BadDataset(
            f"Every one of the {len(chosen)} examples is longer than max_length={max_length} tokens (the "
            f"shortest has {min(features.whole_lengths)}): raise --max_length or shorten the examples.",
            "max_length",
        )
    return Tokenised(features, truncated, template, sentence)


def with_system(record: Record, system_prompt: str | None) -> Record:
    """The record with the system prompt in front, unless it has one."""
    if not system_prompt or record.messages[0]["role"] == "system":
        return record
    messages = [{"role": "system", "content": system_prompt}, *record.messages]
    return Record(record.index, messages, record.raw, record.tools)


def write_examples(
    records: Callable[[], Iterable[Record]], name: str, tokenizer: Any, writer: FlatWriter
) -> tuple[Template, str]:
    """Write the token ids of each conversation, and which of them the assistant says.

    Whether the tokenizer's own template renders every turn is seen while they are written, so most files are gone
    through once; where it does not, it is found out for all of them, and they are written anew with another.

    Args:
        records: gives the conversations, from the first one on each time.
        name: of a template, see `template_for`.

    Returns:
        The template, and why it was taken.

    Raises:
        InvalidInput: the template cannot render a conversation, or rewrites it.
        OSError: the writer cannot write.
    """
    template, sentence = template_for(name, tokenizer, [])
    try:
        _write(records(), template, tokenizer, writer)
        return template, sentence
    except TemplateRejected:
        raise
    except (_LeavesOut, InvalidInput):
        if template.is_own:
            raise
    writer.clear()
    template, sentence = template_for(name, tokenizer, records())
    _write(records(), template, tokenizer, writer)
    return template, sentence


class _LeavesOut(Exception):
    """A template that came with a model drops words of a conversation."""


def _write(records: Iterable[Record], template: Template, tokenizer: Any, writer: FlatWriter) -> None:
    """Each segment is tokenised by itself, as the prompt is at inference: so no token straddles the border between
    what is asked and what is learnt."""
    for batch in _batches(records):
        cut = all_segments([(record.messages, record.tools) for record in batch], template)
        if not template.is_own and any(map(_is_cut_short, batch, cut)):
            raise _LeavesOut
        texts = [segment.text for segments in cut for segment in segments]
        ids = iter(tokenizer(texts, add_special_tokens=False, return_attention_mask=False)["input_ids"])
        for segments in cut:
            writer.add([(next(ids), segment.supervised) for segment in segments])


def _is_cut_short(record: Record, segments: Sequence[Segment]) -> bool:
    return bool(missing_from("".join(segment.text for segment in segments), record.messages, record.tools))


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    stream = iter(records)
    while batch := list(islice(stream, AT_ONCE)):
        yield batch


def encode(
    segments: Sequence[Segment], tokenizer: Any, completion_only_loss: bool = True
) -> tuple[list[int], list[int]]:
    """Token ids and labels of one rendered conversation, each segment tokenised by itself."""
    ids: list[int] = []
    labels: list[int] = []
    for segment in segments:
        piece = tokenizer.encode(segment.text, add_special_tokens=False)
        ids += piece
        learnt = segment.supervised or not completion_only_loss
        labels += piece if learnt else [IGNORED] * len(piece)
    return ids, labels
