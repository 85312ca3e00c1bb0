"""What runs a sweep stands for, and what they are called."""

from __future__ import annotations

import pytest
from pydantic import JsonValue, TypeAdapter

from backend.core.errors import InvalidInput
from backend.core.params import TrainParams
from backend.core.params.base import Name
from backend.core.sweeps import MOST_RUNS, named, runs_of, short


def test_every_combination_is_a_run_with_a_name_that_says_it() -> None:
    runs = runs_of("physics", {"learning_rate": [2e-4, 1e-3, 2e-4], "lora_r": [8, 16]})
    assert [(run.name, run.values) for run in runs] == [
        ("physics-lr2e-4-r8", {"learning_rate": 2e-4, "lora_r": 8}),
        ("physics-lr2e-4-r16", {"learning_rate": 2e-4, "lora_r": 16}),
        ("physics-lr0.001-r8", {"learning_rate": 1e-3, "lora_r": 8}),
        ("physics-lr0.001-r16", {"learning_rate": 1e-3, "lora_r": 16}),
    ]
    assert [run.name for run in runs_of("a", {"seed": [1, 2], "lora_r": [8]})] == ["a-seed1", "a-seed2"]
    assert [run.name for run in runs_of("a", {"lora_r": [8]})] == ["a-r8"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("lora_dropout", 0.05, "dropout0.05"), ("per_device_train_batch_size", 4, "batch4"),
        ("use_dora", True, "dora"),
        ("use_dora", False, "dora-off"), ("optim", "paged_adamw_8bit", "optimpaged_adamw_8bit"),
        ("eval_steps", None, "esnone"), ("lora_target_modules", ["q_proj", "v_proj"], "tmq_proj.v_proj"),
        ("base_model_name", "Qwen/Qwen2.5-0.5B", "baseQwen_Qwen2.5_0.5B"),
        ("seed", 7, "seed7"), ("learning_rate", 1.5e-5, "lr1.5e-5"),
    ],
)  # fmt: skip
def test_a_value_is_spoken_shortly(field: str, value: JsonValue, said: str) -> None:
    assert named("a", {field: value}) == f"a-{said}"


def test_names_are_names_and_no_two_are_alike() -> None:
    values: list[JsonValue] = ["/etc/passwd", "../x", "x" * 500, "y" * 500, "", "ä", "ö", " "]
    runs = runs_of("n" * 90, {"description": values, "system_prompt": ["a" * 400, "a" * 399]})
    names = [TypeAdapter(Name).validate_python(run.name) for run in runs]
    assert len(set(names)) == len(runs) == 16


def test_fields_that_are_swept_together_are_told_apart() -> None:
    usual = (
        "learning_rate", "lora_r", "lora_alpha", "lora_dropout", "num_train_epochs", "per_device_train_batch_size",
        "gradient_accumulation_steps", "max_length", "seed", "warmup_ratio", "weight_decay", "optim",
    )  # fmt: skip
    assert set(usual) <= set(TrainParams.model_fields)
    assert len({short(field) for field in usual}) == len(usual)


def test_there_is_an_end_to_it() -> None:
    assert len(runs_of("a", {"seed": list(range(8)), "lora_r": list(range(8))})) == MOST_RUNS
    with pytest.raises(InvalidInput, match="would be 72 runs"):
        runs_of("a", {"seed": list(range(9)), "lora_r": list(range(8))})
