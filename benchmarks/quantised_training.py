"""Training on an NF4 base: ours against the Trainer with PEFT, with its helper and without, and against 16 bit.

    python -m benchmarks.quantised_training [--shape 20m] [--steps 12] [--repeats 3]

Each contender is a process of its own, one thread, in turn forth and back; a Qwen2-shaped model of 20 million
parameters with a rank-16 adapter on every linear layer, 8 examples a step. The two Trainers pad them, as they do by
themselves; `ours_padded` pads too, which shows alone what the helper costs: `prepare_model_for_kbit_training` turns
what is not quantised into float32. Counted is the CPU time of the steps after the first two.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from statistics import median

from benchmarks.report import report

CONTENDERS = ("ours", "ours_padded", "ours_bf16", "trainer", "trainer_helper")
BATCH, WARM = 8, 2


def main() -> None:
    """Measure and report."""
    given = arguments()
    if given.contender:
        print(json.dumps(measure(given.contender, given)))
        return
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    for turn in range(given.repeats):
        for name in CONTENDERS if turn % 2 == 0 else reversed(CONTENDERS):
            found[name].append(in_process(name))
            print(f"{name}: {found[name][-1]}", file=sys.stderr)
    middle = {name: {key: median(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}
    speed = {name: run["real_tokens_per_s"] for name, run in middle.items()}
    report(
        "quantised_training",
        {f"{name}_{key}": value for name, run in middle.items() for key, value in run.items()},
        {
            **{f"ours_over_{name}": speed["ours"] / speed[name] for name in ("trainer", "trainer_helper")},
            "padded_over_trainer_helper": speed["ours_padded"] / speed["trainer_helper"],
            "nf4_over_bf16": speed["ours"] / speed["ours_bf16"],
        },
    )


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="20m")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_process(name: str) -> dict[str, float]:
    """One contender, measured in a process of its own."""
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-m", "benchmarks.quantised_training", *sys.argv[1:], "--contender", name]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{name} failed:\n{ended.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def measure(name: str, given: argparse.Namespace) -> dict[str, float]:
    """Train one contender on the same examples in the same order."""
    import torch

    from backend.engine.device import Device
    from benchmarks import contenders, random_models, stopwatch

    torch.set_num_threads(1)
    device = Device("cpu", torch.bfloat16, "")
    model = random_models.base_model(given.shape, device, nf4=name != "ours_bf16")
    features = random_models.examples(random_models.drawn_lengths(BATCH * given.steps), model.config.vocab_size)
    params = contenders.parameters(
        BATCH, max_steps=given.steps, logging_steps=1, group_by_length=False,
        padding_free="no" if name == "ours_padded" else "auto",
    )  # fmt: skip
    if name.startswith("ours"):
        trainer = contenders.ours(model, params, features, device)
    else:
        trainer = contenders.plain(model, params, features, device, helper=name == "trainer_helper")
    run = stopwatch.train(trainer, WARM)
    return {
        "real_tokens_per_s": run.speed,
        "real_tokens": run.real,
        "first_loss": run.losses[0],
        "last_loss": run.losses[-1],
    }


if __name__ == "__main__":
    main()
