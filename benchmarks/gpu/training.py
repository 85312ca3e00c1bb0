"""G1 to G3 and G7: training against its peers, memory against its estimate, and how often a step waits for the GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import Trainer, TrainerCallback

from backend.core.estimates.demand import LIBRARIES
from backend.core.estimates.estimate import DataShape, estimate
from backend.core.models.shapes import ModelShape
from backend.core.params import TrainParams
from benchmarks import contenders, random_models, stopwatch
from benchmarks.gpu.bench import SHEET_FLOPS, Bench, Found
from benchmarks.stopwatch import Measured

EXAMPLES = 56
"""A step's, about 8,200 tokens."""
PIECES = 7
"""Batches in which the padded peers get them, as what is padded to the longest of 56 would not fit."""
RANK = 16
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")

Maker = Callable[[Any, TrainParams, Any, Any], Trainer]
OURS: Maker = contenders.ours


def padded(*args: Any) -> Trainer:
    """transformers' Trainer as it comes."""
    return contenders.plain(*args, pieces=PIECES)


def grouped(*args: Any) -> Trainer:
    """The same, with examples of like length together."""
    return contenders.plain(*args, pieces=PIECES, train_sampling_strategy="group_by_length")


def flattened(*args: Any) -> Trainer:
    """transformers' own way without padding: one row, and a mask."""
    return contenders.plain(*args, flattened=True)


def helped(*args: Any) -> Trainer:
    """On a base that `prepare_model_for_kbit_training` has prepared."""
    return contenders.plain(*args, pieces=PIECES, helper=True)


def half_b(bench: Bench) -> Found:
    """G1: Qwen2-0.5B's shape in 16 bit."""
    found = Found()
    return _contest(bench, found, "0.5b", {"ours": OURS, "padded": padded, "grouped": grouped, "flattened": flattened})


def seven_b(bench: Bench) -> Found:
    """G2: Qwen2-7B's shape in 16 bit."""
    return _contest(bench, Found(), "7b", {"ours": OURS, "padded": padded, "flattened": flattened})


def quantised(bench: Bench) -> Found:
    """G3: NF4 on all three shapes; on the largest against the helper, and against 16 bit."""
    found = Found()
    for shape in bench.sized(("0.5b", "1.5b"), ("small",)):
        _contest(bench, found, shape, {"nf4": OURS}, nf4=True)
    _contest(bench, found, "7b", {"ours": OURS}, quiet=True)
    _contest(bench, found, "7b", {"nf4": OURS, "helper": helped}, nf4=True)
    ratio = found.figures["7b_nf4_tokens_per_s"] / found.figures["7b_ours_tokens_per_s"]
    found.figures["7b_nf4_over_bf16"] = ratio
    found.tell(f"7b: NF4 reaches {ratio:.2f} of the speed in 16 bit")
    return found


def _contest(
    bench: Bench, found: Found, shape: str, makers: dict[str, Maker], *, nf4: bool = False, quiet: bool = False
) -> Found:
    """Train each contender on the same examples; tokens per second, share of the ceiling, memory."""
    ceiling = bench.flops()
    for name, make in makers.items():
        with bench.emptied():
            try:
                measured = _train(bench, shape, make, nf4=nf4)
            except torch.OutOfMemoryError:
                found.tell(f"{shape} {name}: ran out of memory")
                found.figures[f"{shape}_{name}_out_of_memory"] = 1.0
                continue
        flops = measured.flops(_size(bench, shape), _params(bench, 1, nf4=nf4))
        _note(found, f"{shape}_{name}", measured, flops, ceiling)
        if make is OURS and not quiet:
            _hold_against_estimate(bench, found, f"{shape}_{name}", measured, nf4=nf4, shape=shape)
    first = f"{shape}_{next(iter(makers))}"
    for name in list(makers)[1:]:
        if (speed := found.figures.get(f"{shape}_{name}_tokens_per_s")) is not None:
            found.figures[f"{first}_over_{name}"] = found.figures[f"{first}_tokens_per_s"] / speed
    return found


def _train(bench: Bench, shape: str, make: Maker, *, nf4: bool) -> Measured:
    model = random_models.base_model(bench.sized(shape, "small"), bench.device, nf4=nf4)
    warm, steps = _steps(bench, shape)
    features = _examples(bench, steps, model.config.vocab_size)
    trainer = make(model, _params(bench, steps, nf4=nf4), features, bench.device)
    return stopwatch.train(trainer, warm)


def _steps(bench: Bench, shape: str) -> tuple[int, int]:
    """Steps before the clock, and in all."""
    return bench.sized((4, 10) if shape == "7b" else (6, 22), (1, 3))


def _examples(bench: Bench, steps: int, vocabulary: int) -> list[dict[str, Any]]:
    lengths = random_models.drawn_lengths(EXAMPLES * steps, bench.sized(random_models.LONGEST, 64))
    return random_models.examples(lengths, vocabulary)


def _params(bench: Bench, steps: int, *, nf4: bool, logging_steps: int = 1) -> TrainParams:
    return contenders.parameters(
        EXAMPLES, max_steps=steps, logging_steps=logging_steps, group_by_length=False, load_in_4bit=nf4, lora_r=RANK
    )


def _size(bench: Bench, shape: str) -> ModelShape:
    return random_models.size_of(bench.sized(shape, "small"))


def _note(found: Found, name: str, run: Measured, flops: float, ceiling: float) -> None:
    found.figures |= {
        f"{name}_tokens_per_s": run.speed,
        f"{name}_supervised_tokens_per_s": run.supervised / run.seconds,
        f"{name}_mfu_measured": flops / ceiling,
        f"{name}_mfu_sheet": flops / SHEET_FLOPS,
        f"{name}_peak_gb": run.peak_bytes / 1e9,
        f"{name}_first_loss": run.losses[0],
        f"{name}_last_loss": run.losses[-1],
    }
    found.tell(
        f"{name:>16}: {run.speed:9.0f} tokens/s, {flops / ceiling:5.1%} of the products' ceiling, "
        f"{run.peak_bytes / 1e9:6.2f} GB, loss {run.losses[0]:.4f} to {run.losses[-1]:.4f}"
    )


def _hold_against_estimate(bench: Bench, found: Found, name: str, run: Measured, *, nf4: bool, shape: str) -> None:
    """The estimate of memory, made as before a run, over the peak: both of what PyTorch allocates, no context."""
    _, steps = _steps(bench, shape)
    size = _size(bench, shape)
    features = _examples(bench, steps, size.vocab_size)
    lengths = [one["length"] for one in features]
    supervised = sum(label != -100 for one in features for label in one["labels"])
    params = _params(bench, steps, nf4=nf4).model_copy(update={"validation_split": 0.0})
    told = estimate(params, DataShape(lengths, supervised, "counted"), size, device="cuda").memory
    expected = told.total_bytes - LIBRARIES["cuda"]
    found.figures[f"{name}_estimated_gb"] = expected / 1e9
    if run.peak_bytes:
        ratio = expected / run.peak_bytes
        found.figures[f"{name}_estimate_over_peak"] = ratio
        found.tell(f"{name:>16}: memory estimated {expected / 1e9:.2f} GB, {ratio:.2f} of the peak")


def waits(bench: Bench) -> Found:
    """G7: how often the process waits for the GPU in a step between two log lines; none is best."""
    found = Found()
    if not bench.on_gpu:
        found.tell("skipped: there is no GPU to wait for")
        return found
    quick = {"logging_steps": 1000}
    makers: dict[str, Maker] = {
        "ours": OURS,
        "default": lambda *args: contenders.plain(*args, pieces=PIECES),
        "no_filter": lambda *args: contenders.plain(*args, pieces=PIECES, logging_nan_inf_filter=False),
    }
    for name, make in makers.items():
        with bench.emptied():
            model = random_models.base_model("0.5b", bench.device)
            features = _examples(bench, Waits.LAST, model.config.vocab_size)
            trainer = make(model, _params(bench, Waits.LAST, nf4=False, **quick), features, bench.device)
            counted = Waits()
            trainer.add_callback(counted)
            trainer.train()
        found.figures[f"{name}_waits_per_step"] = counted.per_step
        found.tell(f"{name:>10}: {counted.per_step:g} waits a step")
    return found


class Waits(TrainerCallback):
    """Counts waits in a few steps after the first, none of which is logged."""

    FIRST, LAST = 4, 10

    def __init__(self) -> None:
        from torch.profiler import ProfilerActivity, profile

        self.per_step = 0.0
        self._profile = profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA])

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Look from the end of one step to the end of another, before the last one's log line."""
        if state.global_step == self.FIRST:
            self._profile.start()
        elif state.global_step == self.LAST - 1:
            self._profile.stop()
            counted = sum(event.count for event in self._profile.key_averages() if event.key in WAITS)
            self.per_step = counted / (self.LAST - 1 - self.FIRST)
