"""Batches of unequal examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import torch

from backend.engine.tokenising import IGNORED


@dataclass(frozen=True)
class DataCollatorForCausalLM:
    """Pads a batch to its longest example.

    Args:
        pad_token_id: what fills `input_ids`; labels are filled with -100, so padding is never learnt.
        pad_to_multiple_of: round the length up, for GPUs' matrix units.

    Returns (when called):
        `input_ids`, `attention_mask`, `labels`: integer tensors of shape (batch, length).
    """

    pad_token_id: int
    pad_to_multiple_of: int = 1

    def __call__(self, features: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        longest = max(len(feature["input_ids"]) for feature in features)
        length = -(-longest // self.pad_to_multiple_of) * self.pad_to_multiple_of
        return {
            "input_ids": self._padded([feature["input_ids"] for feature in features], length, self.pad_token_id),
            "attention_mask": self._padded([[1] * len(feature["input_ids"]) for feature in features], length, 0),
            "labels": self._padded([feature["labels"] for feature in features], length, IGNORED),
        }

    @staticmethod
    def _padded(rows: Sequence[Sequence[int]], length: int, filler: int) -> torch.Tensor:
        return torch.tensor([[*row, *[filler] * (length - len(row))] for row in rows], dtype=torch.long)


@dataclass(frozen=True)
class EndToEndCollator:
    """Lays the examples of a batch end to end in one row: nothing is padded, so nothing is computed in vain.

    What the model would otherwise have to read back from the GPU, which then stands still, is counted here.

    Returns (when called):
        `input_ids`, `labels`, `position_ids`: integer tensors of shape (1, tokens), positions beginning anew with each
        example; `learnt` (places,), where the next token is learnt; `cu_seq_lens_q`, int32 (examples + 1), where
        examples begin, `borders` the same as numbers; `max_length_q`, tokens of the longest.
    """

    def __call__(self, features: Sequence[dict[str, Any]]) -> dict[str, Any]:
        lengths = [len(feature["input_ids"]) for feature in features]
        borders = [0, *accumulate(lengths)]
        # Nothing comes before an example's first token, so nothing may be asked to foretell it.
        labels = _row([IGNORED, *feature["labels"][1:]] for feature in features)
        return {
            "input_ids": _row(feature["input_ids"] for feature in features),
            "labels": labels,
            "position_ids": _row(range(length) for length in lengths),
            "learnt": (labels[0, 1:] != IGNORED).nonzero()[:, 0],
            "cu_seq_lens_q": torch.tensor(borders, dtype=torch.int32),
            "borders": borders,
            "max_length_q": max(lengths),
        }


def collator_for(pad_token_id: int, *, pads: bool) -> DataCollatorForCausalLM | EndToEndCollator:
    """What makes batches that are padded, or whose examples lie end to end."""
    return DataCollatorForCausalLM(pad_token_id) if pads else EndToEndCollator()


def _row(pieces: Iterable[Iterable[int]]) -> torch.Tensor:
    return torch.tensor([list(chain.from_iterable(pieces))], dtype=torch.long)
