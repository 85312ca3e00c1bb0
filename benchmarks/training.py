"""Training speed: ours against the Trainer with PEFT, against TRL and LLaMA-Factory, on the same examples, in one run.

    python -m benchmarks.training [--quick] [--vocabulary 8192 151936] [--examples 96] [--precision float32]
        [--data F --tokenizer T] [--llama_factory PYTHON]

Each contender is a process of its own, one thread, in turn forth and back; a Qwen2-shaped model of 20 million
parameters (without its embedding) with a rank-16 adapter on every linear layer, AdamW, batches of 8 examples, no
accumulation, one epoch. Without `--data` the lengths are lognormal (median 110, sigma 0.85, 16 to 1,024 tokens) and
the last 40 % of each example is supervised; with it, they are those of a file of examples.

Counted is the process's CPU time from the first step's begin to the last one's end: supervised and real tokens a
second, and memory above that before the first step. The limit is what the operations of the tokens alone would take
at the speed that this machine reaches in a large matrix product, measured in the same run. A ratio's key is the peer,
its value ours over theirs in supervised tokens a second (`..._152k` with the 151,936 entries of Qwen2's vocabulary).

TRL is measured where it is installed (`pip install trl`). Packed it lays examples in rows of 1,024 tokens, a row a
step: about as many tokens a step as ours, not the same examples. LLaMA-Factory pins older libraries than ours, so it
is measured where `--llama_factory` names the interpreter of an environment of its own, see `llama_factory.py`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import report

QUICK = ("ours", "plain_trainer", "trl")
CONTENDERS = (*QUICK, "plain_trainer_grouped", "trl_padded", "llama_factory", "llama_factory_packed")
SHAPE, BATCH, LONGEST = "20m", 8, 1024
SPEED, MEMORY = "supervised_tokens_per_s", "peak_mb"
Runs = dict[str, dict[str, float]]


def main() -> None:
    """Measure and report."""
    given = arguments()
    if given.contender:
        print(json.dumps(measure(given.contender, given.vocabulary[0], given)))
        return
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for vocabulary in given.vocabulary:
        runs = contest(vocabulary, given)
        limit = gemm_flops(given.precision) / runs["ours"]["flops_per_supervised_token"]
        runs["ours"] |= {"limit_supervised_tokens_per_s": limit, "share_of_limit": runs["ours"][SPEED] / limit}
        suffix = "" if vocabulary == 8192 else f"_{vocabulary // 1000 + 1}k"
        figures |= {f"{name}{suffix}_{key}": value for name, run in runs.items() for key, value in run.items()}
        peers = [name for name in runs if name != "ours"]
        ratios |= {f"{name}{suffix}": runs["ours"][SPEED] / runs[name][SPEED] for name in peers}
        ratios |= {f"memory_{name}{suffix}": runs["ours"][MEMORY] / runs[name][MEMORY] for name in peers}
    report("training" if given.precision == "bfloat16" else f"training_{given.precision}", figures, ratios)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", type=int, nargs="+", default=[8192, 151_936])
    parser.add_argument("--examples", type=int, default=96)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--precision", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--data", type=Path, help="file of examples whose lengths are taken; needs --tokenizer")
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--llama_factory", type=Path, metavar="PYTHON", help="interpreter of its environment")
    parser.add_argument("--quick", action="store_true", help="8 examples, once, the main peers alone")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.quick:
        given.examples, given.repeats = BATCH, 1
    return given


def contest(vocabulary: int, given: argparse.Namespace) -> Runs:
    """The middle of what each contender took."""
    names = [name for name in (QUICK if given.quick else CONTENDERS) if is_here(name, given)]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for turn in range(given.repeats):
        for name in names if turn % 2 == 0 else reversed(names):
            found[name].append(in_process(name, vocabulary))
            print(f"{name}, {vocabulary}: {found[name][-1]}", file=sys.stderr)
    return {name: {key: median(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}


def is_here(name: str, given: argparse.Namespace) -> bool:
    """Whether this peer can be measured."""
    if name.startswith("llama_factory"):
        return given.llama_factory is not None
    return not name.startswith("trl") or importlib.util.find_spec("trl") is not None


def in_process(name: str, vocabulary: int) -> dict[str, float]:
    """One contender, measured in a process of its own."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    one = ["--contender", name, "--vocabulary", str(vocabulary)]
    command = [sys.executable, "-m", "benchmarks.training", *sys.argv[1:], *one]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{name} failed:\n{ended.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def measure(name: str, vocabulary: int, given: argparse.Namespace) -> dict[str, float]:
    """Train one contender for an epoch."""
    import torch

    from backend.engine.device import Device
    from benchmarks import contenders, llama_factory, random_models, stopwatch

    torch.set_num_threads(1)
    device = Device("cpu", getattr(torch, given.precision), "")
    features = random_models.examples(lengths(given), vocabulary)
    model = random_models.base_model(SHAPE, device, vocabulary=vocabulary)
    params = contenders.parameters(
        BATCH, num_train_epochs=1, logging_steps=1, load_in_4bit=False, group_by_length=name.endswith("grouped")
    )
    if name.startswith("llama_factory"):
        packed = name.endswith("packed")
        run, peak = llama_factory.train(given.llama_factory, model, params, features, device, packed=packed)
    else:
        trainer = trainer_of(name, model, params, features, device)
        before = memory_mb()
        run = stopwatch.train_through(trainer, features)
        peak = memory_mb() - before
    return {
        SPEED: run.supervised / run.seconds,
        "real_tokens_per_s": run.speed,
        "steps": run.steps,
        "first_loss": run.losses[0],
        "last_loss": run.losses[-1],
        MEMORY: peak,
        "wall_over_cpu": run.wall_seconds / run.seconds,
        "flops_per_supervised_token": run.flops(random_models.size_of(SHAPE, vocabulary), params)
        * run.seconds
        / run.supervised,
    }


def trainer_of(name: str, *given: Any) -> Any:
    """The Trainer of a contender that lives in this environment."""
    from benchmarks import contenders

    if name == "ours":
        return contenders.ours(*given)
    if name.startswith("trl"):
        return contenders.trl(*given, packed=name == "trl")
    grouped = "group_by_length" if name.endswith("grouped") else "random"
    return contenders.plain(*given, train_sampling_strategy=grouped)


def lengths(given: argparse.Namespace) -> list[tuple[int, int]]:
    """Tokens of each example, and how many of them are supervised."""
    from benchmarks import random_models

    if not given.data:
        return list(random_models.drawn_lengths(given.examples, LONGEST))
    from transformers import AutoTokenizer

    from backend.core.data.datasets import load_records
    from backend.core.params import TrainParams
    from backend.engine.tokenising import tokenise

    records = random.Random(0).sample(load_records(given.data).records, given.examples)
    rendering = TrainParams(dataset_path="x", adapter_name="x", max_length=LONGEST)
    made = tokenise(records, AutoTokenizer.from_pretrained(given.tokenizer), rendering).features
    return [(one["length"], sum(label != -100 for label in one["labels"])) for one in made]


def memory_mb() -> float:
    """The most this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gemm_flops(precision: str) -> float:
    """Floating-point operations per second of a large matrix product on one thread."""
    import torch

    torch.set_num_threads(1)
    left = torch.randn(1024, 1536, dtype=getattr(torch, precision))
    right = torch.randn(1536, 1536, dtype=left.dtype)
    best = math.inf
    for _ in range(10):
        began = time.process_time()
        left @ right
        best = min(best, time.process_time() - began)
    return 2 * 1024 * 1536 * 1536 / best


if __name__ == "__main__":
    main()
