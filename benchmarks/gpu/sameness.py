"""The same loss and gradients as on a CPU, and the same adapter whether a run was stopped in between or not."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from backend.core.errors import Stopped
from backend.core.runs.folder import RunFolder
from backend.core.runs.identity import identity_of
from backend.engine import session, training
from backend.engine.callbacks import StopOnSignal
from backend.engine.collator import DataCollatorForCausalLM, EndToEndCollator
from backend.engine.device import Device
from backend.engine.unpadded.proof import unpad
from benchmarks import contenders, random_models
from benchmarks.gpu.bench import Bench, Found

MOST_LOSS, LEAST_COSINE = 0.01, 0.99
STEPS, STOP, BATCH = 20, 10, 8


def parity(bench: Bench) -> Found:
    """Loss and gradients in bfloat16, examples end to end, against a padded batch in float32 on the CPU."""
    found = Found()
    shape = bench.sized("20m", "small")
    exact = _step(shape, Device("cpu", torch.float32, ""), unpadded=False)
    for name, device in {"cpu": Device("cpu", torch.bfloat16, ""), bench.device.kind: bench.device}.items():
        loss, gradient = _step(shape, device, unpadded=True)
        apart = abs(loss - exact[0]) / exact[0]
        cosine = float(torch.nn.functional.cosine_similarity(gradient, exact[1], dim=0))
        found.figures |= {f"{name}_loss_difference": apart, f"{name}_gradient_cosine": cosine}
        found.tell(f"bfloat16 on {name}: loss {apart:.2%} from float32's, cosine of the gradients {cosine:.4f}")
        if apart > MOST_LOSS or cosine < LEAST_COSINE:
            raise AssertionError(f"{name}: loss {apart:.2%} off, cosine {cosine:.4f}")
    return found


def _step(shape: str, device: Device, *, unpadded: bool) -> tuple[float, torch.Tensor]:
    """Loss, and the gradients of all factors in a row, of one batch with the same weights everywhere."""
    model = random_models.base_model(shape, Device("cpu", torch.float32, "")).to(device.dtype)
    params = contenders.parameters(BATCH)
    training.seed_everything(0)
    adapted = training.attach_adapter(model, params)
    for part in adapted.parameters():
        if part.requires_grad:  # a fresh adapter has gradients in one of its two factors only
            torch.nn.init.normal_(part, std=0.02)
    adapted.to(device.kind)
    some = random_models.examples(random_models.drawn_lengths(BATCH), model.config.vocab_size)
    if unpadded:
        unpad(adapted.get_base_model())
    batch = (EndToEndCollator() if unpadded else DataCollatorForCausalLM(0))(some)
    batch = {name: part.to(device.kind) if isinstance(part, torch.Tensor) else part for name, part in batch.items()}
    with torch.autocast(device.kind, device.dtype, enabled=device.dtype != torch.float32):
        loss = adapted(**batch, use_cache=False).loss
    loss.backward()
    grads = [part.grad.float().flatten().cpu() for part in adapted.parameters() if part.grad is not None]
    return float(loss), torch.cat(grads)


def resume(bench: Bench) -> Found:
    """The largest difference of the adapter after a stop and a resume, beside that of two runs of the same."""
    found = Found()
    whole, again, resumed = (_run(bench, stop) for stop in (None, None, STOP))
    noise, drift = _largest(whole, again), _largest(whole, resumed)
    found.figures |= {"noise": noise, "drift": drift}
    found.tell(f"after a resume the adapter differs by {drift:.2g}, two runs of the same by {noise:.2g}")
    if drift > max(1e-6, 4 * noise):
        raise AssertionError(f"the resume changed the adapter by {drift:.2g}, chance alone by {noise:.2g}")
    return found


class _StopAt(TrainerCallback):
    """Asks for a stop as a signal would."""

    def __init__(self, stop: StopOnSignal, step: int | None) -> None:
        self.stop, self.step = stop, step

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.stop.requested |= self.step is not None and state.global_step == self.step - 1


def _run(bench: Bench, stop_at: int | None) -> dict[str, torch.Tensor]:
    """The adapter after a run on NF4, in one start or in two."""
    with tempfile.TemporaryDirectory() as parent:
        adapter = _start(bench, Path(parent) / "run", stop_at, resumes=False)
        return _start(bench, Path(parent) / "run", None, resumes=True) if stop_at else adapter


def _start(bench: Bench, target: Path, stop_at: int | None, *, resumes: bool) -> dict[str, torch.Tensor]:
    """The adapter after one start of the run."""
    model = random_models.base_model(bench.sized("0.5b", "small"), bench.device, nf4=True)
    lengths = random_models.drawn_lengths(BATCH * STEPS, bench.sized(random_models.LONGEST, 64))
    features = random_models.examples(lengths, model.config.vocab_size)
    params = contenders.parameters(BATCH, max_steps=STEPS)
    identity = identity_of(params, dataset="", eval_dataset=None, base="", computes_on=bench.device.name)
    stop = StopOnSignal()
    with RunFolder(target, identity, resume=resumes) as run:
        training.seed_everything(params.seed)
        trainer = contenders.product_trainer(
            model, params, features, bench.device, run, [_StopAt(stop, stop_at), stop]
        )
        with suppress(Stopped):
            session.fit(trainer, stop, run)
        assert trainer.state.global_step == (stop_at or STEPS)
        trained = {name: part for name, part in trainer.model.named_parameters() if part.requires_grad}
        return {name: part.detach().float().cpu().clone() for name, part in trained.items()}


def _largest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    return max(float((one[name] - other[name]).abs().max()) for name in one)
