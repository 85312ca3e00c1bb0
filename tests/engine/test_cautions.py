"""What is told and what is refused of choices meant for another machine."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("bitsandbytes")

from transformers import TrainingArguments  # noqa: E402
from transformers.training_args import OptimizerNames  # noqa: E402

from backend.core.errors import DeviceUnavailable, InvalidInput, MissingDependency  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.core.params.groups import ModelChoice  # noqa: E402
from backend.engine import training  # noqa: E402
from backend.engine.cautions import cautions  # noqa: E402
from backend.engine.device import Device, choose_device  # noqa: E402
from backend.engine.processes.place import Place  # noqa: E402
from backend.engine.processes.world import World  # noqa: E402

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


def test_of_several_gpus_one_process_takes_one_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class SeenWithFour(TrainingArguments):
        def __post_init__(self) -> None:
            super().__post_init__()
            self._n_gpu = 4

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert "of the 4 GPUs that are visible one is used. --num_processes 4" in told(CUDA)
    assert told(Device("cuda", torch.float32, "", index=1)) == ""
    monkeypatch.setattr(training, "TrainingArguments", SeenWithFour)
    params = TrainParams(dataset_path="x.json", adapter_name="a")
    assert training.training_arguments(params, CPU, tmp_path, evaluate=False).n_gpu == 1


def test_each_of_several_processes_takes_its_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    choice = ModelChoice(dtype="bfloat16")
    assert choose_device(choice, World(Place(3, 4, 1, 2))).place == "cuda:1"
    assert taken == [1]
    with pytest.raises(DeviceUnavailable, match="4 processes were started on this machine, and it has 2 GPUs"):
        choose_device(choice, World(Place(3, 4, 3, 4)))
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    assert choose_device(choice).place == "cuda:0"


def test_processes_on_a_cpu_share_its_memory() -> None:
    alone, one_of_four = (
        choose_device(ModelChoice(device="cpu"), World(place)) for place in (None, Place(3, 8, 3, 4))
    )
    assert (one_of_four.place, one_of_four.sharers) == ("cpu", 4)
    assert one_of_four.total_bytes() == alone.total_bytes() // 4
    assert (one_of_four.free_bytes() or 0) < (alone.free_bytes() or 0) / 2


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
