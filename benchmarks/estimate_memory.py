"""Memory as estimated before a run against what the run took at its peak.

    python -m benchmarks.estimate_memory [--quick] [--only NAME ...]

Each case is a training run of the product's own on a random model, in a process of its own: loading, the adapter, the
choice of the layout, three optimiser steps. On a CPU its peak is the rise of the resident memory over that after the
imports, and the estimate is compared without these; on a GPU it is what PyTorch's allocator has reserved, and the
estimate is compared without the context. `ratios` are estimate over peak; `worst` is the one farthest from 1.

The shares of a heap that lie waste were fitted on the cases that are not `held` (`benchmarks.memory_cases`).
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.memory_cases import CPU_CASES, GPU_CASES, SHAPES, STEPS, Case, examples
from benchmarks.one_step import in_process
from benchmarks.report import report

EVERY_PAGE = 10**12
"""Free bytes the estimate is told of: the file's pages then stay, as they do where memory is not short."""


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="three cases")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="cases by name, as the table has them")
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--make", choices=list(SHAPES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        make(given.make, given.folder)
    elif given.folder:
        print(json.dumps(run_of(_cases()[given.case], given.folder)))
    else:
        with tempfile.TemporaryDirectory(prefix="estimate-memory-") as folder:
            compare(Path(folder), [*range(3)] if given.quick else _chosen(given.only))


def compare(root: Path, chosen: list[int]) -> None:
    """Run the cases, print a line on each, and report."""
    print(f"{'case':42} {'estimate':>9} {'peak':>9} {'ratio':>6}")
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for number in chosen:
        case = _cases()[number]
        found = in_process("benchmarks.estimate_memory", "--case", number, "--folder", _folder(case.shape, root))
        ratios[case.title] = found["estimate_mb"] / found["peak_mb"]
        figures |= {f"{case.title} {key}": value for key, value in found.items()}
        told = f"{case.title}{' (held)' if case.held else ''}"
        print(f"{told:42} {found['estimate_mb']:9.0f} {found['peak_mb']:9.0f} {ratios[case.title]:6.2f}")
    ratios["worst"] = max(ratios.values(), key=lambda ratio: abs(math.log(ratio)))
    report("estimate_memory", figures, ratios)


def make(shape: str, folder: Path) -> None:
    """Write a model of random weights in bfloat16."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**SHAPES[shape]), dtype=torch.bfloat16)
    model.save_pretrained(folder)
    print("{}")


def run_of(case: Case, folder: Path) -> dict[str, float]:
    """Estimate and peak of a case, in megabytes."""
    # All that a run loads of the libraries, so that what rises afterwards is the run's.
    import accelerate  # noqa: F401
    import bitsandbytes.optim  # noqa: F401
    import datasets  # noqa: F401
    import torch

    from backend.core.params import TrainParams
    from backend.engine import loading, training
    from backend.engine.device import choose_device
    from backend.engine.memory import peak_of
    from benchmarks.contenders import ours

    torch.set_num_threads(1)
    loading.quiet_libraries()
    params = TrainParams.model_validate({
        "dataset_path": "x", "adapter_name": "x", "base_model_name": str(folder), "max_steps": STEPS,
        "per_device_train_batch_size": case.batch, "gradient_accumulation_steps": 1, "dtype": "bfloat16",
        "max_length": case.length, "logging_steps": 1, **case.given,
    })  # fmt: skip
    device = choose_device(params)
    vocabulary = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    features = examples(case, vocabulary)

    def run() -> None:
        training.seed_everything(params.seed)
        ours(loading.load_base(str(folder), params, device), params, features, device).train()

    peak = _peak_on(device.kind, run, peak_of)
    return {"estimate_mb": estimate_of(case, params, features, folder, device.kind) / 1e6, "peak_mb": peak / 1e6}


def estimate_of(case: Case, params: Any, features: list[dict[str, Any]], folder: Path, device: Any) -> int:
    """Bytes expected, without those of the libraries."""
    from backend.core.estimates.demand import LIBRARIES
    from backend.core.estimates.estimate import DataShape, estimate
    from backend.core.models.shapes import shape_of

    learnt = sum(label >= 0 for one in features for label in one["labels"])
    data = DataShape([one["length"] for one in features], learnt, "Counted.")
    shape = shape_of(case.shape, folder)
    return (
        estimate(params, data, shape, device=device, available_bytes=EVERY_PAGE).memory.total_bytes - LIBRARIES[device]
    )


def _peak_on(device: str, run: Callable[[], None], peak_of: Callable[[Callable[[], None]], int]) -> int:
    if device != "cuda":
        return peak_of(run)
    import torch

    run()
    return int(torch.cuda.max_memory_reserved())


def _cases() -> tuple[Case, ...]:
    import torch

    return GPU_CASES if torch.cuda.is_available() else CPU_CASES


def _chosen(names: list[str] | None) -> list[int]:
    cases = _cases()
    found = [number for number, case in enumerate(cases) if not names or case.title in names]
    if not found:
        raise SystemExit(f"--only: there is no such case. There are {', '.join(case.title for case in cases)}.")
    return found


def _folder(shape: str, root: Path) -> Path:
    """Where the model of this shape is, made if it is not there yet."""
    if shape == "tiny":
        from backend.core.environment.settings import load_settings
        from backend.engine.loading import locate_base

        return Path(locate_base(shape, load_settings()))
    folder = root / shape
    if not folder.exists():
        in_process("benchmarks.estimate_memory", "--make", shape, "--folder", folder)
    return folder


if __name__ == "__main__":
    main()
