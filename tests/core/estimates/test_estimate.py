"""The estimate: arithmetic that can be checked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backend.core.estimates.demand import MemoryParts
from backend.core.estimates.estimate import DataShape, estimate
from backend.core.estimates.memory import MemoryEstimate
from backend.core.estimates.speed import Speed
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams

DATA = DataShape([100] * 90 + [2000] * 10, 9000, "Counted.")


def params(**given: object) -> TrainParams:
    return TrainParams.model_validate({"dataset_path": "x.json", "adapter_name": "a", **given})


def test_steps_and_tokens_follow_the_batches() -> None:
    found = estimate(params(num_train_epochs=2, max_length=1024), DATA, shape_of("x-0.5B"))
    # 100 examples in batches of 4, 4 batches a step: 25 batches, 7 steps a pass.
    assert (found.examples, found.steps) == (100, 14)
    assert found.tokens_per_epoch == 90 * 100 + 10 * 1024
    assert found.tokens == 2 * found.tokens_per_epoch
    assert found.truncated_share == 0.1
    assert any("10.0%" in warning for warning in found.warnings)


def test_max_steps_samples_and_validation_count() -> None:
    assert estimate(params(max_steps=3), DATA, shape_of("x-0.5B")).steps == 3
    assert estimate(params(max_train_samples=16, num_train_epochs=1), DATA, shape_of("x-0.5B")).steps == 1
    assert estimate(params(validation_split=0.5, num_train_epochs=1), DATA, shape_of("x-0.5B")).steps == 4


def test_batch_warm_up_and_checkpoints_follow_the_steps() -> None:
    given = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 5, "num_train_epochs": 10}
    found = estimate(params(**given, warmup_ratio=0.05, save_steps=30), DATA, shape_of("x-0.5B"))
    assert (found.effective_batch, found.steps, found.warmup_steps, found.checkpoints) == (10, 100, 5, 4)
    scored = params(**given, validation_split=0.5, early_stopping_patience=2)
    assert estimate(scored, DATA, shape_of("x-0.5B")).checkpoints == 10  # one after each pass
    assert estimate(params(), DATA, shape_of("x-0.5B"), processes=3).batch_factors == [4, 4, 3]


def test_the_disk_holds_the_checkpoints_that_are_kept_and_the_one_being_written() -> None:
    def needed(**given: object) -> int:
        return estimate(params(num_train_epochs=100, **given), DATA, shape_of("x-0.5B")).disk.needed_bytes

    adapter = 4 * shape_of("x-0.5B").adapter_parameters(16, ["all-linear"])
    assert needed() == pytest.approx(4 * adapter + 3 * 2 * adapter, rel=0.2)  # Adam keeps two numbers of each
    assert needed(save_total_limit=1) == needed(save_total_limit=2) < needed(save_total_limit=3)
    assert needed(save_steps=100_000) < needed()
    assert needed(optim="adafactor") < needed()


@pytest.mark.parametrize(
    ("given", "free", "about"),
    [
        ({}, None, "longer than max_length"),
        ({"max_length": 2048, "num_train_epochs": 1}, None, "optimiser steps"),
        ({"num_train_epochs": 1, "gradient_accumulation_steps": 25, "per_device_train_batch_size": 100}, None,
         "optimiser steps"),
        ({"max_length": 2048, "num_train_epochs": 10}, None, "no checkpoint before its end"),
        ({"max_length": 2048, "logging_steps": 50}, None, "the curve would have one point"),
        ({"save_total_limit": 50, "num_train_epochs": 100, "save_steps": 10}, 10**9, "are free on the disk"),
    ],
)  # fmt: skip
def test_a_fix_settles_its_warning(given: dict[str, object], free: int | None, about: str) -> None:
    def warned(**changes: object) -> tuple[list[str], dict[str, object]]:
        found = estimate(params(**{**given, **changes}), DATA, shape_of("x-0.5B"), free_disk_bytes=free)
        about_it = [fix for fix in found.fixes if about in fix.warning]
        assert all(fix.warning in found.warnings for fix in found.fixes)
        return [text for text in found.warnings if about in text], dict(about_it[0].params) if about_it else {}

    sentences, fix = warned()
    assert sentences
    for _ in range(2):  # fewer accumulated first, more epochs after
        if sentences:
            sentences, fix = warned(**fix)[0], {**fix, **warned(**fix)[1]}
    assert not sentences


def test_the_parameters_that_are_said_to_move_a_part_of_the_memory_do() -> None:
    """On a GPU, where the largest phase is a step, with everything on that some of them need."""
    given = params(
        base_model_name="x-0.5B", per_device_train_batch_size=8, gradient_checkpointing=True, max_length=1024,
        lora_dropout=0.1, num_train_epochs=50,
    )  # fmt: skip
    others: dict[str, object] = {
        "base_model_name": "x-7B", "load_in_4bit": False, "load_in_8bit": True, "bnb_4bit_use_double_quant": False,
        "dtype": "float32", "lora_r": 64, "lora_target_modules": ["q_proj"], "use_dora": True, "optim": "adafactor",
        "per_device_train_batch_size": 1, "max_length": 256, "gradient_checkpointing": False,
        "gradient_checkpointing_every": 4, "activation_offload": True, "lora_dropout": 0.0, "padding_free": "no",
        "completion_only_loss": False, "device": "cpu",
    }  # fmt: skip

    def memory(changed: TrainParams) -> MemoryEstimate:
        device = "cpu" if changed.device == "cpu" else "cuda"
        learnt = DATA if changed.completion_only_loss else replace(DATA, supervised_tokens=sum(DATA.lengths))
        return estimate(changed, learnt, shape_of(changed.base_model_name), device=device).memory

    before = memory(given)
    for part, names in before.moved_by.items():
        for name in names:
            changed = {name: others[name], **({"load_in_4bit": False} if name == "load_in_8bit" else {})}
            after = memory(given.model_copy(update=changed))
            assert getattr(after.parts, part) != getattr(before.parts, part), (part, name)
    assert set(before.moved_by) == set(MemoryParts.model_fields)


def test_time_is_told_only_when_it_was_measured() -> None:
    assert estimate(params(), DATA, shape_of("x-0.5B")).seconds is None
    found = estimate(params(), DATA, shape_of("x-0.5B"), speed=Speed(1e12, 20.0, "Measured."))
    assert found.train_seconds == pytest.approx(found.flops / 1e12, abs=0.1)
    assert found.seconds == pytest.approx(found.train_seconds + 20)
    assert found.basis.seconds == "Measured."


def test_memory_grows_with_what_should_make_it_grow() -> None:
    def total(model: str = "Qwen/Qwen2.5-7B", **given: object) -> int:
        return estimate(params(**given), DATA, shape_of(model)).memory.total_bytes

    assert total() < total(load_in_8bit=True)
    assert total() < total(load_in_4bit=False)
    assert total(gradient_checkpointing=True) < total()
    assert total(lora_r=16) < total(lora_r=256)
    assert total("x-0.5B") < total("x-1.5B") < total("x-7B") < total("x-70B")
    assert total(bnb_4bit_use_double_quant=False) > total()


def test_a_run_that_does_not_fit_is_warned_of() -> None:
    found = estimate(params(), DATA, shape_of("x-7B"), available_bytes=2**30)
    assert any("Needs about" in warning and "1.0 GiB are free" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("name", "billions"), [("Qwen/Qwen2.5-0.5B-Instruct", 0.36), ("meta/Llama-3-8b", 7.0), ("a/b-72B", 70.0)]
)
def test_a_size_in_the_name_gives_about_that_many_linear_parameters(name: str, billions: float) -> None:
    assert shape_of(name).linear_parameters / 1e9 == pytest.approx(billions, rel=0.1)


def test_a_config_is_counted_exactly(tmp_path: Path) -> None:
    config = {
        "hidden_size": 896, "num_hidden_layers": 24, "intermediate_size": 4864, "num_attention_heads": 14,
        "num_key_value_heads": 2, "vocab_size": 151936, "tie_word_embeddings": True,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    shape = shape_of("Qwen/Qwen2.5-0.5B", tmp_path)
    # Qwen2.5-0.5B's card: 0.49 billion parameters, 0.36 without the embedding.
    assert shape.linear_parameters == 24 * (2 * 896 * 896 + 2 * 896 * 128 + 3 * 896 * 4864)
    assert shape.embedding_parameters == 151936 * 896
    # All linear layers at rank 16: 8.8 million, as PEFT counts them.
    assert shape.adapter_parameters(16, ["all-linear"]) == 8_798_208
    assert shape.adapter_parameters(16, ["q_proj", "v_proj"]) == 24 * 16 * (2 * 896 + 896 + 128)


def test_an_unknown_size_is_said_to_be_assumed() -> None:
    assert "assumed" in shape_of("some/model").basis
    assert "Guessed" in shape_of("google/gemma-3-270m").basis
