"""What a run that ran out of memory is advised to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from backend.core.params import MergeParams, TrainParams
from backend.core.params.groups import Memory
from backend.core.runs.remedy import SMALLER_BASE, fits_within, remedy

ONE: dict[str, Any] = {"per_device_train_batch_size": 1}
CHECKPOINTING = {"gradient_checkpointing": True, "gradient_checkpointing_every": 1}
OFFLOADED = {"activation_offload": True}


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
        (ONE, CHECKPOINTING),
        (ONE | {"gradient_checkpointing": True, "gradient_checkpointing_every": 2}, CHECKPOINTING),
        (ONE | CHECKPOINTING | OFFLOADED | {"max_length": 200, "load_in_8bit": True},
         {"load_in_4bit": True, "load_in_8bit": False}),
        (ONE | CHECKPOINTING | OFFLOADED | {"max_length": 2048}, {"max_length": 1024}),
        # Such a run has looked for the smallest batch itself.
        ({"per_device_train_batch_size": 4, "auto_find_batch_size": True}, CHECKPOINTING),
    ],
)  # fmt: skip
def test_the_cheapest_knob_comes_first(given: dict[str, Any], changed: dict[str, Any]) -> None:
    advice = remedy("cuda_oom", params(**given))
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
    assert advice.params == CHECKPOINTING


def test_activations_go_to_the_host_only_when_the_gpu_lacked_memory() -> None:
    given = params(**ONE, **CHECKPOINTING, load_in_8bit=True)
    on_gpu, beside_it = (remedy(reason, given) for reason in ("cuda_oom", "host_oom"))  # type: ignore[arg-type]
    assert on_gpu
    assert on_gpu.params == OFFLOADED
    assert beside_it
    assert beside_it.params == {"load_in_4bit": True, "load_in_8bit": False}


def test_knobs_are_turned_until_it_fits() -> None:
    """By an estimate that knows examples and 16 bit against 4."""

    def total(given: Mapping[str, Any]) -> int:
        layers = 10 if given["gradient_checkpointing"] else 40
        weights = 25 if given["load_in_4bit"] else 100
        return weights + layers * given["per_device_train_batch_size"] * given["max_length"] // 1024

    died = params(per_device_train_batch_size=8, gradient_accumulation_steps=2, load_in_4bit=False)
    found = {}
    for room in (400, 280, 150, 125, 40, 30, 27):
        advice = remedy("cuda_oom", died, fits_within(round(room / 0.95), total, died))
        assert advice
        found[room] = advice.params
        if advice.params:
            assert total({**died, **advice.params}) <= room
    batch = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 16}
    twice = {"per_device_train_batch_size": 2, "gradient_accumulation_steps": 8}
    assert found == {
        400: {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4},
        280: {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4},
        150: batch,
        125: twice | CHECKPOINTING,  # what checkpointing leaves free, the batch takes back
        40: batch | CHECKPOINTING | OFFLOADED | {"load_in_4bit": True, "load_in_8bit": False},
        30: batch | CHECKPOINTING | OFFLOADED | {"load_in_4bit": True, "load_in_8bit": False, "max_length": 512},
        27: batch | CHECKPOINTING | OFFLOADED | {"load_in_4bit": True, "load_in_8bit": False, "max_length": 128},
    }


def test_what_was_estimated_too_low_is_offered_smaller_all_the_same() -> None:
    fits = fits_within(1_000, lambda given: given["total"], {"total": 100})
    assert not fits({"total": 101})
    assert fits({"total": 100})  # less in a step, perhaps, when another phase takes most
    assert fits({"total": 99})


def test_every_step_is_told_and_a_step_that_was_gone_beyond_is_not() -> None:
    def fits(given: Mapping[str, Any]) -> bool:
        return bool(given["max_length"] == 256 and given["per_device_train_batch_size"] == 1)

    advice = remedy("cuda_oom", params(per_device_train_batch_size=8), fits)
    assert advice
    for said in ("per_device_train_batch_size to 1 ", "gradient_checkpointing", "activation_offload", "to 256 tokens"):
        assert said in advice.sentence
    assert "per_device_train_batch_size to 4" not in advice.sentence
    assert "512" not in advice.sentence


def test_a_batch_that_need_not_shrink_after_all_stays_untold() -> None:
    advice = remedy("cuda_oom", params(per_device_train_batch_size=8), lambda given: given["gradient_checkpointing"])
    assert advice
    assert advice.params == CHECKPOINTING
    assert "batch" not in advice.sentence


def test_a_job_of_an_older_version_lacks_parameters() -> None:
    older = {name: value for name, value in params(**ONE).items() if name not in Memory.model_fields}
    advice = remedy("cuda_oom", older)
    assert advice
    assert advice.params == CHECKPOINTING


def test_where_nothing_is_enough_a_smaller_base_is_advised() -> None:
    assert remedy("cuda_oom", params(), lambda _: False) == SMALLER_BASE


def test_a_run_that_died_though_it_seemed_to_fit_is_not_advised_as_it_was() -> None:
    died = params(per_device_train_batch_size=8, gradient_accumulation_steps=2)
    advice = remedy("cuda_oom", died, fits_within(1_000, lambda _: 100, died))
    assert advice
    assert advice.params == {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 4}
    assert "per_device_train_batch_size to 4" in advice.sentence
