"""Memory before a run: the precision, the batch that will be found, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backend.core.estimates.memory import Examples, MemoryEstimate, memory_basis, memory_of, width_of
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams

MODEL = shape_of("x-0.5B")
EXAMPLES = Examples([200] * 100, 0.5, 3.0, scored=False)
GIB = 2**30


def params(**given: Any) -> TrainParams:
    return TrainParams.model_validate({"dataset_path": "x", "adapter_name": "a", "dtype": "bfloat16", **given})


def memory(free: int | None = None, examples: Examples = EXAMPLES, **given: Any) -> MemoryEstimate:
    return memory_of(params(**given), MODEL, examples, "cuda", free)


def test_the_precision_is_the_one_the_run_will_take() -> None:
    assert [width_of(params(dtype=name), "cpu") for name in ("bfloat16", "float16", "float32")] == [2, 2, 4]
    assert (width_of(params(dtype="auto"), "cuda"), width_of(params(dtype="auto"), "mps")) == (2, 4)


def test_the_batch_that_is_found_fills_what_is_free() -> None:
    found = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 8, "auto_find_batch_size": True}
    one, whole = (memory(per_device_train_batch_size=size).total_bytes for size in (1, 64))
    assert memory(**found).total_bytes == one  # nobody knows what is free: the least it takes
    assert memory(1000 * GIB, **found).total_bytes == whole
    between = (one + whole) // 2
    assert one < memory(between, **found).total_bytes <= 0.95 * between


def test_the_parts_add_up() -> None:
    found = memory()
    assert found.total_bytes == sum(found.parts.model_dump().values())


def test_validation_counts_only_where_there_is_some() -> None:
    given = {"padding_free": "no", "per_device_eval_batch_size": 512}
    assert memory(examples=replace(EXAMPLES, scored=True), **given).total_bytes > memory(**given).total_bytes


@pytest.mark.parametrize(
    ("given", "device", "said"),
    [({}, "cpu", "end to end"), ({"padding_free": "no"}, "cpu", "padded"), ({}, "cuda", "derived, not measured"),
     ({"auto_find_batch_size": True}, "cpu", "expected to find")],
)  # fmt: skip
def test_what_was_assumed_is_said(given: dict[str, Any], device: Any, said: str) -> None:
    assert said in memory_basis(params(**given), MODEL, device)


def test_a_model_that_scales_its_logits_is_counted_padded() -> None:
    scaling = replace(MODEL, scales_logits=True)
    assert "padded" in memory_basis(params(), scaling, "cuda")
    assert memory_of(params(), scaling, EXAMPLES, "cuda", None).parts.logits == 12 * 800 * MODEL.vocab_size
