"""How many floating-point operations training takes, by arithmetic on the model's shape and the tokens' counts.

A product with a weight takes two operations for each of its parameters and tokens. Of a frozen weight it is computed
forth and back (the gradient of its input), of an adapter's also the gradient of the weight itself. Checkpointing
computes the layers forth once more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

GROUPED_AT_ONCE = 50
"""Steps whose examples are sorted by length together (transformers' `get_length_grouped_indices`)."""


@dataclass(frozen=True)
class Load:
    """What a model is given.

    Args:
        places: tokens that go through the layers, padding included.
        headed: those that go through the output layer.
        pairs: pairs of tokens in attention, those after a token included: the sum of the squared lengths.
    """

    places: float = 0.0
    headed: float = 0.0
    pairs: float = 0.0

    def __add__(self, other: Load) -> Load:
        return Load(self.places + other.places, self.headed + other.headed, self.pairs + other.pairs)

    def __mul__(self, times: float) -> Load:
        return Load(self.places * times, self.headed * times, self.pairs * times)


@dataclass(frozen=True)
class Course:
    """How a run goes through its examples.

    Args:
        passes: how often through all that are counted.
        learnt: share of their tokens at which something is learnt.
        scored: tokens of validation, over the whole run.
    """

    passes: float
    learnt: float
    scored: float = 0.0


@dataclass(frozen=True)
class Work:
    """Operations of a run: those it learns with, and those of its evaluations."""

    training: float
    scoring: float

    @property
    def flops(self) -> float:
        """Both."""
        return self.training + self.scoring


def work_of(
    model: ModelShape, params: TrainParams, lengths: Sequence[int], course: Course, *, useful: bool = False
) -> Work:
    """The operations of a run.

    Args:
        lengths: of the examples, in tokens, as they are cut.
        useful: leave out padding, and what is computed a second time to save memory.
    """
    load = load_of(lengths, params, learnt=course.learnt, pads=params.padding_free == "no" and not useful)
    scored = load * (course.scored / max(1, sum(lengths)))
    return Work(
        training_flops(model, params, load * course.passes, useful=useful), scoring_flops(model, params, scored)
    )


def load_of(lengths: Sequence[int], params: TrainParams, *, learnt: float, pads: bool) -> Load:
    """The load of one pass over examples.

    Args:
        lengths: of the examples, in tokens.
        learnt: share of the tokens at which something is learnt.
        pads: whether batches are padded to their longest example; else examples lie end to end, and only tokens at
            which something is learnt go through the output layer.
    """
    if pads:
        widths = [max(batch) for batch in _batches(lengths, params) for _ in batch]
        return Load(sum(widths), sum(widths), sum(width * width for width in widths))
    tokens = sum(lengths)
    return Load(tokens, learnt * tokens, sum(length * length for length in lengths))


def training_flops(model: ModelShape, params: TrainParams, load: Load, *, useful: bool = False) -> float:
    """Operations forth and back.

    Args:
        useful: leave out what is computed a second time to save memory, as the literature counts it for the share
            of the hardware's ceiling (model FLOPs, arXiv:2204.02311).
    """
    adapter = model.adapter_parameters(params.lora_r, params.lora_target_modules)
    body = 4.0 * model.linear_parameters * load.places + 3 * _attention(model, load)
    again = 2.0 * (model.linear_parameters + adapter) * load.places + _attention(model, load)
    total = body + 6.0 * adapter * load.places + 4.0 * _head(model) * load.headed
    if params.gradient_checkpointing and not useful:
        total += again / params.gradient_checkpointing_every
    if params.use_dora and params.lora_dropout and not useful:
        # With dropout PEFT multiplies with the base's weight a second time, for the input that was dropped.
        total += 4.0 * model.linear_parameters * load.places
    return total


def scoring_flops(model: ModelShape, params: TrainParams, load: Load) -> float:
    """Operations of an evaluation: forth only."""
    adapter = model.adapter_parameters(params.lora_r, params.lora_target_modules)
    linear = 2.0 * (model.linear_parameters + adapter) * load.places
    return linear + _attention(model, load) + 2.0 * _head(model) * load.headed


def _head(model: ModelShape) -> int:
    return model.vocab_size * model.hidden_size


def _attention(model: ModelShape, load: Load) -> float:
    """Two products, queries with keys and their weights with values, over the half of the pairs that come before."""
    return 2.0 * load.pairs * model.query_width * model.layers


def _batches(lengths: Sequence[int], params: TrainParams) -> Iterator[Sequence[int]]:
    """Batches as the Trainer draws them: at random, or of similar lengths."""
    order = list(lengths)
    random.Random(params.seed).shuffle(order)
    if params.group_by_length:
        together = GROUPED_AT_ONCE * params.per_device_train_batch_size * params.gradient_accumulation_steps
        parts = (order[start : start + together] for start in range(0, len(order), together))
        order = [length for part in parts for length in sorted(part, reverse=True)]
    size = params.per_device_train_batch_size
    return (order[start : start + size] for start in range(0, len(order), size))
