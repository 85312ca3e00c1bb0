"""The phases of a run and the parts of its memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from backend.core.estimates.batches import Batch
from backend.core.estimates.demand import LIBRARIES, Demand, MemoryParts
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams

SHAPE = ModelShape(
    hidden_size=512, layers=12, heads=8, intermediate_size=2048, query_width=512, key_value_width=128,
    vocab_size=32_000, tied=True, basis="",
)  # fmt: skip
ROW = Batch((300,) * 8, pads=False)
PADDED = replace(ROW, pads=True)


def demand(device: Literal["cpu", "cuda"] = "cpu", width: int = 2, shape: ModelShape = SHAPE, **given: Any) -> Demand:
    room = given.pop("room", None)
    params = TrainParams.model_validate({"dataset_path": "x", "adapter_name": "a", **given})
    return Demand(params, shape, device, width, room)


def parts(batch: Batch = ROW, **given: Any) -> MemoryParts:
    return demand(**given).peak(batch)


def test_weights_are_as_wide_as_they_are_stored() -> None:
    linears, embedding = SHAPE.quantised_parameters, 32_000 * 512
    assert parts().weights == round(linears * 4.127 / 8 + embedding * 2)
    assert parts(bnb_4bit_use_double_quant=False).weights == linears * 4.5 / 8 + embedding * 2
    assert parts(load_in_8bit=True).weights == linears + embedding * 2
    assert parts(load_in_4bit=False).weights == (linears + embedding) * 2
    assert parts(load_in_4bit=False, width=4).weights == (linears + embedding) * 4
    assert parts(width=4).weights == round(linears * 4.127 / 8 + embedding * 4)


def test_the_adapter_has_a_gradient_and_the_optimiser_its_moments() -> None:
    trained = SHAPE.adapter_parameters(16, ["all-linear"])
    assert (parts().adapter, parts().optimizer) == (8 * trained, 8 * trained)
    outputs = sum(out for _, out in SHAPE.linears().values()) * SHAPE.layers
    assert parts(use_dora=True).adapter == 8 * (trained + outputs)


@pytest.mark.parametrize(
    ("name", "device", "bytes_each"),
    [("adamw_torch", "cpu", 8), ("adamw_8bit", "cpu", 2), ("paged_adamw_8bit", "cpu", 2), ("adafactor", "cpu", 0),
     ("paged_adamw_8bit", "cuda", 0), ("lion_8bit", "cuda", 1), ("lion_32bit", "cuda", 4), ("sgd", "cuda", 0),
     ("ademamix_8bit", "cuda", 3), ("adamw_torch_4bit", "cuda", 1), ("schedule_free_adamw", "cuda", 8)],
)  # fmt: skip
def test_optimisers_remember_more_or_less(name: str, device: Any, bytes_each: int) -> None:
    trained = SHAPE.adapter_parameters(16, ["all-linear"])
    assert parts(optim=name, device=device).optimizer == bytes_each * trained


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize(
    "less",
    [{"gradient_checkpointing": True}, {"lora_dropout": 0.0}, {"lora_target_modules": ["q_proj", "v_proj"]}],
    ids=str,
)
def test_what_keeps_less_takes_less(less: dict[str, Any], device: Any, width: int) -> None:
    usual, changed = parts(device=device, width=width), parts(device=device, width=width, **less)
    assert changed.activations < usual.activations
    assert changed.weights == usual.weights


def test_the_more_layers_are_recomputed_the_less_is_kept() -> None:
    kept = [demand(gradient_checkpointing=True, gradient_checkpointing_every=n).kept(ROW) for n in (1, 2, 3, 12)]
    assert kept == sorted(kept)
    assert kept[-1] < demand().kept(ROW) + SHAPE.hidden_size * ROW.places * 2 + 1
    away = demand("cuda", gradient_checkpointing=True, activation_offload=True)
    assert demand("cuda", gradient_checkpointing=True).kept(ROW) - away.kept(ROW) == 12 * 512 * 2400 * 2


def test_padded_logits_are_there_at_once_others_in_pieces() -> None:
    assert parts(PADDED).logits == 12 * 2400 * 32_000
    assert parts(PADDED, width=4).logits == 16 * 2400 * 32_000
    head, rows = 32_000 * 512 * 2, 2 * 2 * 2400 * 512
    assert parts().logits == 64 * 2**20 + head + rows
    few = replace(ROW, learnt_share=0.01)
    assert parts(few).logits == 24 * 32_000 * 2 + head + 2 * 2 * 24 * 512


def test_with_a_tiny_batch_the_proof_takes_most() -> None:
    wide = replace(SHAPE, vocab_size=151_936)
    small = Batch((64,), pads=False)
    found = parts(small, shape=wide)
    assert found.logits == 12 * 3 * 64 * 151_936
    assert found.optimizer == 0
    assert parts(replace(small, pads=True), shape=wide).total < found.total
    assert found == parts(small, shape=wide, gradient_checkpointing=True)


def test_loading_takes_most_where_the_model_is_large_and_there_is_room_for_its_file() -> None:
    small, large = Batch((8,), pads=True), replace(SHAPE, layers=200)
    file = 2 * (large.quantised_parameters + large.other_parameters)
    with_room, without = parts(small, shape=large, room=10**12), parts(small, shape=large)
    assert with_room.weights >= file + large.quantised_parameters * 4.127 / 8
    assert without.weights < file
    assert parts(small, shape=large, room=3 * 10**9).total <= 3 * 10**9
    assert parts(small, shape=large, room=10**12, device="cuda").weights < file


def test_a_large_evaluation_takes_most() -> None:
    looked_at = Batch((300,) * 64, pads=True)
    found = demand(padding_free="no").peak(PADDED, looked_at)
    assert found.logits == 12 * 300 * 64 * 32_000
    assert found.total > demand(padding_free="no").peak(PADDED).total


def test_a_process_takes_its_libraries_whatever_it_trains() -> None:
    for device in ("cpu", "cuda"):
        assert parts(device=device).runtime > LIBRARIES[device]
    assert parts().total == sum(parts().model_dump().values())
