"""Between two points of the curve nothing is read back from the device: a GPU would stand still for it.

Counted on a CPU, where each such reading is an operation too: `item()`, `bool()` and `float()` of a tensor end in
`_local_scalar_dense`, a mask as an index in `nonzero`; `tolist()` and `numpy()` are caught by name.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from transformers import TrainerCallback  # noqa: E402

from backend.core.params import TrainParams  # noqa: E402
from backend.engine import training  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.unpadded.proof import unpad  # noqa: E402
from tests.engine.unpadded.models import ARCHITECTURES, adapted, examples  # noqa: E402

CPU = Device("cpu", torch.float32, "")
READING = {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "unique_dim", "_unique2"}
BY_NAME = ("tolist", "numpy")
ON_THE_HOST = ("collator.py", "sampler.py", "dataloader.py", "data_loader.py", "random.py", "neftune.py")
"""Files whose tensors are the host's: batches that are not moved yet, the bounds of NEFTune's noise."""


class Readings(TorchDispatchMode):
    """Notes where a value is read from a tensor, and at which step: `(steps done, file, function)`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str, str]] = []
        self.steps = 0

    def note(self) -> None:
        stack = [frame for frame in traceback.extract_stack() if "/_python_dispatch" not in frame.filename][:-2]
        if any(frame.filename.endswith(ON_THE_HOST) for frame in stack[-8:]):
            return
        outside = next(frame for frame in reversed(stack) if "/torch/" not in frame.filename)
        self.found.append((self.steps, Path(outside.filename).name, outside.name))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        by_mask = name.startswith("index") and any(
            isinstance(one, torch.Tensor) and one.dtype == torch.bool
            for one in (args[1] if len(args) > 1 and isinstance(args[1], list | tuple) else ())
        )
        if name in READING or by_mask:
            self.note()
        return func(*args, **(kwargs or {}))


@contextmanager
def watched(patch: pytest.MonkeyPatch) -> Iterator[Readings]:
    readings = Readings()

    def noting(real: Callable[..., Any]) -> Callable[..., Any]:
        def read(*args: Any, **kwargs: Any) -> Any:
            readings.note()
            return real(*args, **kwargs)

        return read

    for name in BY_NAME:
        patch.setattr(torch.Tensor, name, noting(getattr(torch.Tensor, name)))
    with readings:
        yield readings
    patch.undo()


def readings_of(folder: Path, patch: pytest.MonkeyPatch, *, pads: bool, **given: Any) -> list[tuple[int, str, str]]:
    """What is read in six steps of the real Trainer, of which the first and the fourth are logged."""
    model = adapted(ARCHITECTURES["qwen2"])
    if not pads:
        unpad(model.get_base_model())
    params = TrainParams.model_validate(
        {
            "dataset_path": "x.json", "adapter_name": "a", "per_device_train_batch_size": 2, "max_steps": 6,
            "gradient_accumulation_steps": 2, "logging_steps": 4, "save_steps": 10**6, **given,
        }
    )  # fmt: skip
    run: Any = SimpleNamespace(saving=folder)
    prepared: Any = SimpleNamespace(
        train=SimpleNamespace(features=examples(40)), evaluation=None, tokenizer=SimpleNamespace(pad_token_id=0)
    )

    with watched(patch) as readings:

        class Count(TrainerCallback):
            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                readings.steps = state.global_step

        trainer = training.build_trainer(model, params, prepared, CPU, run, [Count()], pads=pads)
        for callback in list(trainer.callback_handler.callbacks):
            if type(callback).__name__ == "SealCheckpoints":
                trainer.remove_callback(callback)
        trainer.args.save_strategy = "no"  # type: ignore[assignment]
        trainer.train()
    return readings.found


@pytest.mark.parametrize(
    "given",
    [{}, {"gradient_checkpointing": True}, {"neftune_noise_alpha": 5.0}, {"max_grad_norm": 0.0}],
    ids=str,
)
def test_nothing_is_read_between_two_points_of_the_curve(
    given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = readings_of(tmp_path, monkeypatch, pads=False, **given)
    assert [reading for reading in found if reading[0] in (2, 3, 5)] == []
    # The curve's fourth point: the loss and the norm of the gradient.
    assert {reading for reading in found if reading[0] == 4} == {(4, "trainer.py", "_maybe_log_save_evaluate")}


def test_of_a_padded_batch_transformers_reads_whether_anything_is_padded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only reading left, and only where examples do not lie end to end."""
    found = readings_of(tmp_path, monkeypatch, pads=True)
    between = [reading for reading in found if reading[0] in (2, 5)]
    assert {(file, function) for _, file, function in between} == {("masking_utils.py", "_ignore_causal_mask_sdpa")}


def test_a_reading_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = torch.arange(4.0)
    with watched(monkeypatch) as readings:
        values.sum().item()
        bool((values > 1).any())
        values[values > 1]
        values.tolist()
    assert len(readings.found) >= 4
