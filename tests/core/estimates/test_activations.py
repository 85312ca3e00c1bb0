"""What a layer keeps, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.estimates.activations import directions_of_layer, input_of_layer, kept_by_layer
from backend.core.estimates.batches import Batch
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

SHAPE = ModelShape(
    hidden_size=64, layers=2, heads=4, intermediate_size=160, query_width=64, key_value_width=32, vocab_size=100,
    tied=True, basis="",
)  # fmt: skip
INTO = 6 * 64 + 160
"""The inputs of all seven maps together."""
ROW = Batch((100, 50), pads=False)
PADDED = Batch((100, 100), pads=True)


def params(**given: Any) -> TrainParams:
    return TrainParams.model_validate({"dataset_path": "x", "adapter_name": "a", "lora_r": 8, **given})


def kept(batch: Batch, width: int, device: str = "cpu", **given: Any) -> int:
    return kept_by_layer(params(**given), SHAPE, batch, width, device)


def test_end_to_end_on_a_cpu_in_16_bit() -> None:
    of_a_place = 8 * 64 + 3 * 2 * 160 + 6 * INTO + 2 * 8 * 7 + 2 * (64 + 2 * 32)
    scores = 6 * 4 * (100**2 + 50**2)
    assert kept(ROW, 2) == 150 * of_a_place + scores


def test_padded_in_32_bit_no_scores_are_kept() -> None:
    of_a_place = 8 * 64 + 3 * 4 * 160 + 8 * INTO + 4 * 8 * 7 + 4 * (2 * 64 + 2 * 32) + 4 * 4
    assert kept(PADDED, 4) == 200 * of_a_place


def test_a_long_example_keeps_no_scores() -> None:
    long, short = (kept(Batch((length,), pads=False), 2) / length for length in (257, 256))
    assert long < short


def test_without_dropout_no_mask_is_kept() -> None:
    assert kept(ROW, 2) - kept(ROW, 2, lora_dropout=0.0) == 150 * 4 * INTO
    # In float32 the maps that read the same share it: the attention's three, its last, the two of the gate, the last.
    shared = 64 + 64 + 64 + 160
    assert kept(ROW, 4) - kept(ROW, 4, lora_dropout=0.0) == 150 * (8 * INTO - 4 * shared)


def test_a_gpu_keeps_a_byte_for_a_mask_and_no_scores() -> None:
    of_a_place = 8 * 64 + 3 * 2 * 160 + 3 * INTO + 2 * 8 * 7 + 2 * (2 * 64 + 2 * 32) + 4 * 4
    assert kept(ROW, 2, "cuda") == 150 * of_a_place


def test_dora_keeps_two_results_and_with_dropout_a_copy_of_the_weights() -> None:
    areas = 64 * (2 * 64 + 2 * 32 + 3 * 160)
    results = 2 * 64 + 2 * 32 + 2 * 160 + 64
    assert kept(ROW, 2, use_dora=True) - kept(ROW, 2) == 150 * 4 * results
    assert directions_of_layer(params(use_dora=True), SHAPE, 2) == 2 * areas
    assert directions_of_layer(params(use_dora=True, lora_dropout=0.0), SHAPE, 2) == 0
    assert directions_of_layer(params(use_dora=True, load_in_4bit=False), SHAPE, 4) == 0
    assert directions_of_layer(params(), SHAPE, 2) == 0


def test_only_what_is_adapted_keeps_its_input() -> None:
    assert kept(ROW, 2) - kept(ROW, 2, lora_target_modules=["q_proj"]) == 150 * (6 * (INTO - 64) + 2 * 8 * 6)


def test_names_that_are_not_known_keep_nothing() -> None:
    assert 0 < kept(ROW, 2, lora_target_modules=["nothing"]) < kept(ROW, 2, lora_target_modules=["q_proj"])


@pytest.mark.parametrize("width", [2, 4])
def test_checkpointing_keeps_the_input(width: int) -> None:
    assert input_of_layer(SHAPE, ROW, width) == 150 * 64 * width
