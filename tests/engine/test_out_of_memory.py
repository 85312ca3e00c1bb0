"""A run that runs out of memory ends with the next step in words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from backend.core.errors import GpuOutOfMemory, OutOfMemory  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.engine import out_of_memory  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.out_of_memory import next_step_told  # noqa: E402

PARAMS = TrainParams(dataset_path="x.json", adapter_name="a", per_device_train_batch_size=4)
CUDA, CPU = Device("cuda", torch.float32, ""), Device("cpu", torch.float32, "")


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Data of which each example takes a gigabyte, on a device of two and a half."""

    def plan(params: TrainParams, *_: Any, device: str) -> Any:
        assert device in ("cpu", "cuda")
        return SimpleNamespace(memory=SimpleNamespace(total_bytes=params.per_device_train_batch_size * 10**9))

    monkeypatch.setattr(out_of_memory, "plan", plan)
    monkeypatch.setattr(Device, "total_bytes", lambda _: 25 * 10**8)
    return SimpleNamespace(base="base", train=None)


@pytest.mark.parametrize(
    ("device", "error", "kind", "said"),
    [
        (CUDA, torch.OutOfMemoryError("CUDA out of memory. Tried\nmore"), GpuOutOfMemory, "The GPU ran out of memory"),
        (CPU, MemoryError(), OutOfMemory, "This machine ran out of memory. Set"),
        (CUDA, MemoryError(), OutOfMemory, "This machine ran out of memory. Set"),
        (CPU, RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."), OutOfMemory,
         "you tried to allocate 9 bytes). Set"),
    ],
)  # fmt: skip
def test_the_next_step_is_told(
    device: Device, error: Exception, kind: type[OutOfMemory], said: str, prepared: Any
) -> None:
    with pytest.raises(OutOfMemory) as told, next_step_told(PARAMS, prepared, device):
        raise error
    assert type(told.value) is kind
    assert said in str(told.value)
    assert "per_device_train_batch_size to 2 and gradient_accumulation_steps to 8" in str(told.value)
    assert told.value.__cause__ is error


def test_other_errors_pass(prepared: Any) -> None:
    with pytest.raises(RuntimeError, match="shapes"), next_step_told(PARAMS, prepared, CPU):
        raise RuntimeError("shapes do not match")
    with pytest.raises(OSError, match="disk"), next_step_told(PARAMS, prepared, CPU):
        raise OSError("disk")


def test_with_the_real_estimate(small_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told when even the smallest run is too large for the device."""
    monkeypatch.setattr(Device, "total_bytes", lambda _: 1)
    params = PARAMS.model_copy(update={"base_model_name": str(small_model)})
    train: Any = SimpleNamespace(lengths=[20, 30], supervised_tokens=20)
    prepared: Any = SimpleNamespace(base=str(small_model), train=train)
    with pytest.raises(GpuOutOfMemory, match="choose a smaller base model"), next_step_told(params, prepared, CUDA):
        raise torch.OutOfMemoryError("CUDA out of memory.")
