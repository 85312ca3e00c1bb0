"""The batch that fits is found without a trace, and what is learnt does not depend on it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from backend.core.errors import InvalidInput  # noqa: E402
from backend.core.params import TrainParams  # noqa: E402
from backend.engine import batch_size, memory, training  # noqa: E402
from backend.engine.batch_size import WorstBatch, with_what_fits  # noqa: E402
from backend.engine.cautions import cautions  # noqa: E402
from backend.engine.collator import collator_for  # noqa: E402
from backend.engine.device import Device  # noqa: E402
from backend.engine.unpadded.proof import unpad  # noqa: E402
from tests.engine.unpadded.models import ARCHITECTURES, adapted, examples  # noqa: E402

CPU = Device("cpu", torch.float32, "")


def params_of(**given: Any) -> TrainParams:
    return TrainParams.model_validate(
        {"dataset_path": "x.json", "adapter_name": "a", "auto_find_batch_size": True, "lora_dropout": 0.0, **given}
    )


def prepared_of(features: list[dict[str, Any]]) -> Any:
    return SimpleNamespace(
        train=SimpleNamespace(features=features), evaluation=None, tokenizer=SimpleNamespace(pad_token_id=0)
    )


def parts(params: TrainParams) -> tuple[int, int]:
    return params.per_device_train_batch_size, params.gradient_accumulation_steps


def examples_of(length: int, count: int) -> list[dict[str, Any]]:
    return [{"input_ids": [5] * length, "labels": [5] * length} for _ in range(count)]


class GpuOf(WorstBatch):
    """A worst batch on a GPU that holds so many tokens."""

    holds = 0
    tried: list[int]

    def __call__(self, size: int) -> None:
        self.tried.append(size)
        if self.tokens(size) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory.")


@pytest.mark.parametrize(
    ("holds", "found", "tried"),
    [(10**6, (24, 1), [24]), (90, (8, 3), [24, 12, 8]), (10, (1, 24), [24, 12, 8, 6, 4, 3, 2]), (1, (1, 24), None)],
)
def test_a_gpu_is_asked_for_ever_smaller_parts(
    holds: int, found: tuple[int, int], tried: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = type("Gpu", (GpuOf,), {"holds": holds, "tried": []})
    monkeypatch.setattr(batch_size, "WorstBatch", gpu)
    model = adapted(ARCHITECTURES["qwen2"])
    monkeypatch.setattr(torch, "empty", lambda *_, **__: None)
    params = params_of(per_device_train_batch_size=6, gradient_accumulation_steps=4)
    cuda = Device("cuda", torch.float32, "")
    assert parts(with_what_fits(model, params, prepared_of(examples_of(10, 40)), cuda, None, pads=False)) == found
    assert tried is None or gpu.tried == tried


@pytest.mark.parametrize("fixed", [0, 500])
@pytest.mark.parametrize(("megabytes", "least"), [(10**6, 16), (2_400, 16), (1_900, 8), (700, 4), (10, 1)])
def test_a_machine_is_never_asked_for_more_than_is_free(
    fixed: int, megabytes: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example takes 100 MB, beside what a batch of any size takes; four fifths of the memory may be filled."""
    tried: list[int] = []

    class Batch(WorstBatch):
        def __call__(self, size: int) -> None:
            tried.append(size)

    def taken(work: Any) -> int:
        work()
        return (tried[-1] * 100 + fixed) * 2**20

    monkeypatch.setattr(batch_size, "WorstBatch", Batch)
    monkeypatch.setattr(batch_size, "peak_of", taken)
    monkeypatch.setattr(Device, "free_bytes", lambda _: megabytes * 2**20)
    model = adapted(ARCHITECTURES["qwen2"])
    params = params_of(per_device_train_batch_size=4, gradient_accumulation_steps=4)
    size, _ = parts(with_what_fits(model, params, prepared_of(examples_of(10, 40)), CPU, None, pads=False))
    assert max(tried) == size
    assert size == 1 or size * 100 + fixed <= 0.8 * megabytes
    if fixed == 0:
        assert size == least


def test_no_batch_is_larger_than_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size, "peak_of", lambda work: work() or 1)
    model, data = adapted(ARCHITECTURES["qwen2"]).train(), prepared_of(examples(5))
    params = params_of(per_device_train_batch_size=8, gradient_accumulation_steps=2)
    assert parts(with_what_fits(model, params, data, CPU, None, pads=True)) == (4, 4)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("pads", [True, False])
def test_a_trial_leaves_no_trace(pads: bool, checkpointing: bool) -> None:
    model = adapted(ARCHITECTURES["qwen2"]).eval()
    if not pads:
        unpad(model.get_base_model())
    before = {name: part.clone() for name, part in model.named_parameters()}
    state = torch.get_rng_state()
    longest = sorted(examples(9), key=lambda example: -len(example["input_ids"]))
    params = params_of(gradient_checkpointing=checkpointing)
    trial = WorstBatch(model, params, longest, collator_for(0, pads=pads), CPU)
    whole = sum(len(one["input_ids"]) for one in longest[:4])
    assert trial.tokens(4) == (4 * len(longest[0]["input_ids"]) if pads else whole)
    passes: list[bool] = []
    handle = model.get_input_embeddings().register_forward_hook(lambda module, *_: passes.append(module.training))
    trial(4)
    handle.remove()
    assert passes == [True]
    assert not model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(part.grad is None and torch.equal(part, before[name]) for name, part in model.named_parameters())


def test_what_a_piece_of_work_takes_is_measured() -> None:
    """96 MiB, again in a process that has held and freed them before."""
    for _ in range(3):
        taken = memory.peak_of(lambda: torch.ones(24 * 2**20))
        assert 90 * 2**20 < taken < 150 * 2**20
    assert memory.peak_of(lambda: None) < 16 * 2**20


@pytest.mark.parametrize("pads", [True, False], ids=["padded", "end to end"])
def test_the_curve_and_the_adapter_do_not_depend_on_the_batch(pads: bool, tmp_path: Path) -> None:
    found = [trained(size, pads, tmp_path / str(size)) for size in (1, 2, 8)]
    usual_curve, usual = found[0]
    assert len(usual_curve) == 6
    assert usual_curve[-1] < usual_curve[0]
    for curve, adapter in found[1:]:
        assert curve == pytest.approx(usual_curve, rel=1e-4)
        for name, part in adapter.items():
            # Adam divides by the size of the gradient: where that is next to nothing, its rounding counts.
            torch.testing.assert_close(part, usual[name], rtol=1e-3, atol=1e-4)


def trained(size: int, pads: bool, folder: Path) -> tuple[list[float], dict[str, torch.Tensor]]:
    """The losses of two epochs of 21 examples, eight a step, and the adapter."""
    model = adapted(ARCHITECTURES["qwen2"])
    if not pads:
        unpad(model.get_base_model())
    params = params_of(
        per_device_train_batch_size=size, gradient_accumulation_steps=8 // size, num_train_epochs=2, logging_steps=1,
        learning_rate=1e-3, save_steps=10**6, load_in_4bit=False,
    )  # fmt: skip
    run: Any = SimpleNamespace(saving=folder)
    trainer = training.build_trainer(model, params, prepared_of(examples(21)), CPU, run, [], pads=pads)
    for callback in list(trainer.callback_handler.callbacks):
        if type(callback).__name__ == "SealCheckpoints":
            trainer.remove_callback(callback)
    trainer.args.save_strategy = "no"  # type: ignore[assignment]
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    return losses, {name: part.detach() for name, part in model.named_parameters() if part.requires_grad}


def test_an_apple_gpu_cannot_be_asked() -> None:
    with pytest.raises(InvalidInput, match="cannot be measured"):
        cautions(params_of(), Device("mps", torch.float32, ""))
