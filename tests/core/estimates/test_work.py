"""Operations, counted by hand on a shape of round numbers."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.estimates.work import Course, Load, load_of, scoring_flops, training_flops, work_of
from backend.core.models.shapes import TINY
from backend.core.params import TrainParams

BODY = TINY.linear_parameters
HEAD = 1536 * 192
ATTENTION = 2 * 192 * 4  # a pair of tokens: two products over half the pairs, in each layer


def params(**given: Any) -> TrainParams:
    return TrainParams.model_validate(
        {"dataset_path": "x", "adapter_name": "x", "lora_target_modules": ["q_proj"], "lora_r": 8, **given}
    )


ADAPTER = 4 * 8 * (192 + 192)


def test_a_token_is_computed_forth_and_back() -> None:
    one = training_flops(TINY, params(), Load(places=1))
    assert one == 4 * BODY + 6 * ADAPTER
    assert training_flops(TINY, params(), Load(headed=1)) == 4 * HEAD
    assert training_flops(TINY, params(), Load(pairs=1)) == 3 * ATTENTION
    assert scoring_flops(TINY, params(), Load(1, 1, 1)) == 2 * BODY + 2 * ADAPTER + 2 * HEAD + ATTENTION


def test_what_is_computed_again_counts_unless_only_the_useful_is_asked_for() -> None:
    load = Load(places=1, pairs=1)
    plain = training_flops(TINY, params(), load)
    again = 2 * BODY + 2 * ADAPTER + ATTENTION
    every = params(gradient_checkpointing=True)
    assert training_flops(TINY, every, load) == plain + again
    assert training_flops(TINY, every, load, useful=True) == plain
    second = params(gradient_checkpointing=True, gradient_checkpointing_every=2)
    assert training_flops(TINY, second, load) == plain + again / 2
    assert training_flops(TINY, params(use_dora=True), load) == plain + 4 * BODY
    assert training_flops(TINY, params(use_dora=True, lora_dropout=0.0), load) == plain


def test_end_to_end_nothing_is_padded_and_padded_everything_is_as_wide_as_its_batch() -> None:
    lengths = [10, 30, 10, 30]
    assert load_of(lengths, params(), learnt=0.5, pads=False) == Load(80, 40, 2000)
    pairs = params(per_device_train_batch_size=2)
    assert load_of(lengths, pairs, learnt=0.5, pads=True) == Load(80, 80, 2000)  # alike beside alike
    whole = params(per_device_train_batch_size=4)
    assert load_of(lengths, whole, learnt=0.5, pads=True) == Load(120, 120, 3600)


def test_a_run_is_its_passes_and_its_evaluations() -> None:
    lengths = [100] * 10
    once = training_flops(TINY, params(), Load(1000, 500, 100_000))
    scored = scoring_flops(TINY, params(), Load(200, 100, 20_000))
    course = Course(passes=3, learnt=0.5, scored=200)
    found = work_of(TINY, params(), lengths, course)
    assert (found.training, found.scoring) == (pytest.approx(3 * once), pytest.approx(scored))
    wasteful = params(padding_free="no", gradient_checkpointing=True)
    assert work_of(TINY, wasteful, lengths, course).flops > found.flops
    assert work_of(TINY, wasteful, lengths, course, useful=True) == found
