"""Memory and time of a step by what of its activations is kept for the way back.

    python -m benchmarks.checkpointing [--quick]

`off`: all; `every_4th`, `every_2nd`, `on`: of every 4th, 2nd or of each layer its input alone, the rest is recomputed.
Offload to the host has no meaning where there is no GPU, and is not measured here.

A Qwen2 of 20 million parameters without its embedding, 8 layers, a vocabulary of 8,192, bfloat16, rank 16 on every
linear layer, eight examples of 512 tokens laid end to end, a quarter supervised. Each contender is a process of its
own; its memory is the peak of a whole step above that before it. `ratios` are those over `off`.
"""

from __future__ import annotations

import argparse
import json

from benchmarks.one_step import adapted_model, examples, in_process, measured
from benchmarks.report import report

EVERY = {"off": 0, "every_4th": 4, "every_2nd": 2, "on": 1}
VOCABULARY = 8_192


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="two examples in place of eight")
    parser.add_argument("--contender", choices=EVERY, help=argparse.SUPPRESS)
    given = parser.parse_args()
    count = 2 if given.quick else 8
    if given.contender:
        print(json.dumps(step_of(EVERY[given.contender], count)))
        return
    more = ["--quick"] if given.quick else []
    found = {name: in_process("benchmarks.checkpointing", "--contender", name, *more) for name in EVERY}
    report(
        "checkpointing",
        {f"{name}_{key}": value for name, run in found.items() for key, value in run.items()},
        {f"{name}_{key}": value / found["off"][key] for name, run in found.items() for key, value in run.items()},
    )


def step_of(every: int, count: int) -> dict[str, float]:
    """The figures with every so many layers computed again; 0 = none."""
    import torch

    from backend.engine.collator import EndToEndCollator
    from backend.engine.unpadded.proof import unpad

    model = adapted_model(VOCABULARY)
    unpad(model.get_base_model())
    if every:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable({"use_reentrant": False}, every_n_layers=every)

    def step(some: list[dict[str, list[int]]]) -> None:
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(**EndToEndCollator()(some)).loss
        loss.backward()
        model.zero_grad(set_to_none=True)

    whole, few = examples(count, 512, 0.25, VOCABULARY), examples(1, 8, 0.5, VOCABULARY)
    return measured(lambda: step(whole), lambda: step(few), repeats=3)


if __name__ == "__main__":
    main()
