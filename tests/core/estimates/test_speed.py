"""Which earlier runs a speed is told from, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.estimates.history import PastRun
from backend.core.estimates.speed import Speed, speed_of
from backend.core.params import TrainParams
from tests.core.estimates.records import record


def past(**given: Any) -> PastRun:
    return PastRun.model_validate(record(**given))


def told(runs: list[PastRun], **given: Any) -> Speed | None:
    asked = {"dataset_path": "other.json", "adapter_name": "b", "base_model_name": "tiny", **given}
    return speed_of(runs, TrainParams.model_validate(asked))


def test_runs_with_the_same_settings_are_taken_at_their_word() -> None:
    found = told(
        [past(), past(params={"gradient_checkpointing": True}, result={"flops": 9e11}), past(result={"flops": 3e11})]
    )
    assert found is not None
    assert found.flops_per_second == pytest.approx(2e9)  # the median of 1e9 and 3e9
    assert found.fixed_seconds == 20
    assert found.basis == (
        "Measured: 500 tokens a second in the last 2 runs of this base model with these settings here."
    )


def test_where_the_settings_differ_the_nearest_are_scaled_and_that_is_said() -> None:
    far = past(params={"gradient_checkpointing": True, "load_in_4bit": False}, result={"flops": 9e11})
    near = past(params={"gradient_checkpointing": True}, result={"flops": 5e10})
    found = told([far, near])
    assert found is not None
    assert found.flops_per_second == pytest.approx(5e8)
    assert found.basis.startswith("Scaled by the operations of a step from 500 tokens a second in the last run")
    assert found.basis.endswith("with other gradient_checkpointing.")


def test_another_base_model_or_a_moment_of_training_tells_nothing() -> None:
    assert told([past(params={"base_model_name": "Qwen/Qwen2.5-0.5B"})]) is None
    assert told([past(result={"train_seconds": 0.2})]) is None
    assert told([]) is None


def test_a_folder_is_the_same_base_by_any_path(small_model: Any) -> None:
    by_link = f"{small_model}/../{small_model.name}"
    found = told([past(params={"base_model_name": str(small_model)})], base_model_name=by_link)
    assert found is not None


def test_only_the_newest_count() -> None:
    found = told([*[past(result={"flops": 2e11})] * 5, *[past(result={"flops": 9e11})] * 20])
    assert found is not None
    assert found.flops_per_second == pytest.approx(2e9)


def test_what_is_done_once_on_a_machine_is_not_expected_again() -> None:
    found = told([past(result={"seconds": 520.0, "base_seconds": 400.0})])
    assert found is not None
    assert found.fixed_seconds == 20
