"""What a run that ran out of memory is advised to change."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.params import MergeParams, TrainParams
from backend.jobs.advice import SMALLER_BASE, remedy


def params(**given: Any) -> dict[str, Any]:
    return TrainParams.model_validate(
        {"adapter_name": "a", "dataset_path": "x.json", **given}
    ).model_dump(mode="json")  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4},
         {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 8}),
        ({"per_device_train_batch_size": 6, "gradient_accumulation_steps": 1},
         {"per_device_train_batch_size": 3, "gradient_accumulation_steps": 2}),
        ({"per_device_train_batch_size": 7, "gradient_accumulation_steps": 2},
         {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 14}),
        ({"per_device_train_batch_size": 1}, {"gradient_checkpointing": True}),
        ({"per_device_train_batch_size": 1, "gradient_checkpointing": True, "max_length": 2048}, {"max_length": 1024}),
        ({"per_device_train_batch_size": 1, "gradient_checkpointing": True, "max_length": 200, "load_in_8bit": True},
         {"load_in_4bit": True, "load_in_8bit": False}),
    ],
)  # fmt: skip
def test_the_cheapest_knob_comes_first(given: dict[str, Any], changed: dict[str, Any]) -> None:
    for reason in ("cuda_oom", "host_oom"):
        advice = remedy(reason, params(**given))
        assert advice
        assert advice.params == changed


@pytest.mark.parametrize("batch", [1, 7, 16, 30, 4096])
def test_advice_followed_again_and_again_ends_and_is_always_a_run_that_may_be_asked_for(batch: int) -> None:
    given = params(per_device_train_batch_size=batch, gradient_accumulation_steps=1, max_length=1_048_576)
    for _ in range(40):
        advice = remedy("cuda_oom", given)
        assert advice
        if not advice.params:
            break
        assert any(given[name] != value for name, value in advice.params.items())
        given = TrainParams.model_validate({**given, **advice.params}).model_dump(mode="json")
        assert given["per_device_train_batch_size"] * given["gradient_accumulation_steps"] == batch
    assert advice == SMALLER_BASE
    assert given["per_device_train_batch_size"] == 1


def test_only_what_lacked_memory_and_has_such_knobs_gets_advice() -> None:
    assert remedy("disk_full", params()) is None
    assert remedy(None, params()) is None
    merge = MergeParams.model_validate({"adapters": ["a:1", "b:1"], "output_dir": "x"}).model_dump(mode="json")
    assert remedy("host_oom", merge) is None


def test_accumulation_stays_within_its_limit() -> None:
    advice = remedy("cuda_oom", params(per_device_train_batch_size=4, gradient_accumulation_steps=4096))
    assert advice
    assert advice.params == {"gradient_checkpointing": True}
