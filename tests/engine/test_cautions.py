"""What is told and what is refused of choices meant for another machine."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

from transformers.training_args import OptimizerNames  # noqa: E402

from backend.core.errors import InvalidInput, MissingDependency  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.engine.cautions import cautions  # noqa: E402
from backend.engine.device import Device  # noqa: E402

CPU, CUDA, MPS = (Device(kind, torch.float32, "") for kind in ("cpu", "cuda", "mps"))
OFFLOADED = {"gradient_checkpointing": True, "activation_offload": True}


def told(device: Device, **given: Any) -> str:
    return " ".join(cautions(TrainParams(dataset_path="x.json", adapter_name="a", **given), device))


def test_the_defaults_need_no_word() -> None:
    assert [told(device) for device in (CPU, CUDA, MPS)] == ["", "", ""]


@pytest.mark.parametrize("optim", ["paged_adamw_8bit", "adamw_8bit", "rmsprop_bnb", "lion_32bit"])
def test_optimisers_for_a_gpu(optim: str) -> None:
    assert "28 times" in told(CPU, optim=optim)
    assert told(CUDA, optim=optim) == ""
    with pytest.raises(InvalidInput, match="Apple") as refused:
        told(MPS, optim=optim)
    assert refused.value.field == "optim"


def test_activations_are_moved_off_a_gpu_alone() -> None:
    assert told(CUDA, **OFFLOADED) == ""
    assert "left out" in told(CPU, **OFFLOADED)
    with pytest.raises(ValueError, match="set both"):
        told(CUDA, activation_offload=True)


def test_an_unknown_optimiser_lists_the_known() -> None:
    with pytest.raises(InvalidInput, match=r"optim=adam_best.*adamw_torch_fused"):
        told(CPU, optim="adam_best")


def test_an_optimiser_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match="needs the package bitsandbytes"):
        told(CUDA, optim="paged_adamw_8bit")
    with pytest.raises(MissingDependency, match="needs the package galore_torch"):
        told(CUDA, optim="galore_adamw_8bit")


def test_without_other_packages_what_is_left_are_those_of_torch_and_transformers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    taken = set()
    for name in OptimizerNames:
        try:
            told(CUDA, optim=name.value)
        except MissingDependency:
            continue
        taken.add(name.value)
    assert taken == {"adamw_torch", "adamw_torch_fused", "adafactor", "sgd", "adagrad", "rmsprop"}
