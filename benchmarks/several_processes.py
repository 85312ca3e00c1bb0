"""One process, on a thread and on two, against two that share the examples of each step: the same losses, and when.

    python -m benchmarks.several_processes [--quick]

A Qwen2 of 20 million parameters with a vocabulary of 8,192 in float32, rank 16 on every linear layer, 16 examples of
skewed lengths a step, laid end to end; each of the two processes on one thread. `two_over_one` is by the clock, at
most 2.0 with two free cores (`share_of_ceiling` is its share of that); `threads_over_one` is what one process makes of
both cores. `two_over_one_cpu` is by the processor time of the busier of the two, which other work on the machine does
not change. Losses and gradient norms are compared step by step: the largest difference in millionths of the figure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from itertools import pairwise
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.report import report

STEP, SHAPE, VOCABULARY = 16, "20m", 8_192


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="4 steps in place of 12")
    parser.add_argument("--contender", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    steps = 4 if given.quick else 12
    if given.contender:
        contend(steps)
        return
    more = ["--quick"] if given.quick else []
    torchrun = ["-m", "torch.distributed.run", "--nproc_per_node", "2"]
    command = ["-m", "benchmarks.several_processes", "--contender", *more]
    one, threads, two = _started(command, 1), _started(command, 2), _started([*torchrun, *command], 1)
    report(
        "several_processes",
        {
            **{
                f"{name}_{key}": median(run[key][1:])
                for name, run in {"one": one, "one_on_two_threads": threads, "two": two}.items()
                for key in CLOCKS
            },
            "loss_apart_millionths": 1e6 * _apart(one["loss"], two["loss"]),
            "grad_norm_apart_millionths": 1e6 * _apart(one["grad_norm"], two["grad_norm"]),
        },
        {
            "two_over_one": _ratio(one, two, "seconds"),
            "share_of_ceiling": _ratio(one, two, "seconds") / 2,
            "threads_over_one": _ratio(one, threads, "seconds"),
            "two_over_one_cpu": _ratio(one, two, "cpu_seconds"),
        },
    )


CLOCKS = ("seconds", "cpu_seconds")
"""Of each step; the first is not counted."""


def contend(steps: int) -> None:
    """Train, alone or with others, and print the loss, the gradient's norm and the seconds of each step."""
    import torch
    from transformers import TrainerCallback

    from backend.core.params.groups import Processes
    from backend.engine.device import Device
    from backend.engine.processes.place import place_of
    from backend.engine.processes.world import World
    from benchmarks import contenders, random_models

    class Clock(TrainerCallback):
        def __init__(self) -> None:
            self.at = [(perf_counter(), process_time())]

        def on_step_end(self, *args: Any, **kwargs: Any) -> None:
            self.at.append((perf_counter(), process_time()))

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    with World(place_of(Processes())) as world:
        device, clock = Device("cpu", torch.float32, ""), Clock()
        params = contenders.parameters(STEP // world.size, max_steps=steps, logging_steps=1)
        model = random_models.base_model(SHAPE, device)
        features = random_models.examples(random_models.drawn_lengths(steps * STEP), VOCABULARY)
        trainer = contenders.ours(model, params, features, device, world)
        trainer.add_callback(clock)
        trainer.train()
        spent = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(clock.at)]
        busiest = [max(of_step) for of_step in zip(*world.all_of("time", [cpu for _, cpu in spent]), strict=True)]
        rows = [row for row in trainer.state.log_history if "loss" in row]
        curves = {name: [row[name] for row in rows] for name in ("loss", "grad_norm")}
        print(json.dumps({**curves, "seconds": [wall for wall, _ in spent], "cpu_seconds": busiest}))


def _started(command: list[str], threads: int) -> dict[str, list[float]]:
    environ = {**os.environ, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run([sys.executable, *command], env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ended.stderr[-3000:]}")
    found: dict[str, list[float]] = json.loads(ended.stdout.splitlines()[-1])
    return found


def _apart(one: list[float], two: list[float]) -> float:
    return max(abs(b - a) / abs(a) for a, b in zip(one, two, strict=True))


def _ratio(one: dict[str, list[float]], two: dict[str, list[float]], clock: str) -> float:
    """Seconds of all steps but the first: those of one process over those of two."""
    return sum(one[clock][1:]) / sum(two[clock][1:])


if __name__ == "__main__":
    main()
