"""What may be in flight is bounded by memory, and the decoder keeps to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from backend.core.params import InferenceParams
from backend.engine.answering.room import GIB, bytes_per_token, room_for
from backend.engine.device import Device
from backend.engine.inference import ModelInference


def opened(small_model: Path, **more: Any) -> ModelInference:
    given = {"base_model_name": str(small_model), "temperature": 0, "max_new_tokens": 8, "device": "cpu"}
    return ModelInference(InferenceParams.model_validate({**given, "load_in_4bit": False, "dtype": "float32", **more}))


def test_the_bytes_of_a_token_are_those_of_its_keys_and_values(small_model: Path) -> None:
    model = opened(small_model)
    seen: list[int] = []

    def measure(_: Any, __: Any, output: Any) -> None:
        cache = output.past_key_values
        seen.append(
            sum(t[:, :, : cache.length].numel() * t.itemsize for x in cache.layers for t in (x.keys, x.values))
        )

    model.model.register_forward_hook(measure)
    answer = model.generate("force")
    cells = [answer.prompt_tokens + step for step in range(len(seen))]
    assert seen == [count * bytes_per_token(model.model) for count in cells]


def test_a_memory_cap_is_a_number_of_cells(small_model: Path) -> None:
    model = opened(small_model)
    room = room_for(model.model, Device("cpu", torch.float32, ""), None, 0.5)
    assert room.rows == 64
    assert room.tokens == GIB // 2 // (2 * bytes_per_token(model.model))


def test_the_decoder_keeps_within_its_cells_and_answers_all(small_model: Path) -> None:
    plenty = opened(small_model)
    asked = [f"force {number}" for number in range(12)]
    longest = max(len(plenty.request(prompt).tokens) for prompt in asked) + 8
    gib = 3 * longest * 2 * bytes_per_token(plenty.model) / GIB
    tight = opened(small_model, max_memory_gb=gib)
    most = 0
    rows = [tight.decoder.submit(tight.request(prompt)) for prompt in asked]
    while tight.decoder.busy:
        tight.decoder.step()
        most = max(most, len(tight.decoder.rows))
    assert 1 < most <= 3
    assert [row.answer for row in rows] == plenty.generate_batch(asked)
