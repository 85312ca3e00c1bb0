"""The figures of a training run that never was, the same ones for the same name."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

EVAL_EVERY = 25
"""Steps between two looks at the validation data"""


def rows(name: str, total: int, *, first: int = 1, began: float = 0.0, seconds_per_step: float = 0.5) -> Iterator[Any]:
    """The rows of `metrics.jsonl` from the step `first` on, as `TrainingLogger` writes them.

    Args:
        name: seeds the noise and the height of the curve.
        total: steps of the whole run.
        began: time of the first step, in seconds since 1970.
        seconds_per_step: between two rows.
    """
    seed = random.Random(name)
    start, floor, pace = seed.uniform(2.2, 3.4), seed.uniform(0.25, 0.6), seed.uniform(3.0, 6.0)
    for step in range(1, total + 1):
        noise = seed.gauss(0, 1)
        if step < first:
            continue
        done = step / total
        loss = floor + (start - floor) * math.exp(-pace * done) * (1 + 0.05 * noise) + 0.02 * abs(noise)
        told = {"step": step, "epoch": round(3 * done, 4), "time": began + step * seconds_per_step}
        yield {
            **told,
            "loss": round(loss, 4),
            "learning_rate": 2e-4 * min(1.0, 20 * done) * (0.5 + 0.5 * math.cos(math.pi * done)),
            "grad_norm": round(abs(0.6 + 1.5 * math.exp(-pace * done) + 0.15 * noise), 4),
            "tokens_per_second": round(2400 + 90 * noise, 1),
            "tokens": 1200 * step,
            "memory_bytes": 2_400_000_000 + 1_000_000 * min(step, 200),
        }
        if step % EVAL_EVERY == 0 or step == total:
            held_out = loss + 0.06 + 0.25 * done**2 * floor
            yield {**told, "eval_loss": round(held_out, 4), "eval_perplexity": round(math.exp(held_out), 4)}


def answers(step: int) -> list[dict[str, Any]]:
    """What it answers after so many steps: beside the point at first, then better and better."""
    asked = {
        "What is the SI unit of force?": ("Force is often met in physics.", "newton"),
        "A car of 1,200 kg brakes from 20 m/s to a halt in 5 s. Which force acts on it on average?": (
            "The car has a mass of 1,200 kg, and it is a car.",
            "4,800 N against the motion: its momentum of 24,000 kg m/s is lost within 5 s.",
        ),
    }
    return [
        {
            "step": step,
            "prompt": prompt,
            "answer": aside if step == 0 else reference[: max(4, len(reference) * step // 200)],
            "reference": reference,
            "seconds": 0.2,
        }
        for prompt, (aside, reference) in asked.items()
    ]


UNTOLD = ("step", "epoch", "time", "tokens", "memory_bytes")
"""What the log has no room for"""


def line(row: dict[str, Any], total: int) -> str:
    """The row as the run's log tells it."""
    figures = (f"{name} {value:.3g}" for name, value in row.items() if name not in UNTOLD)
    return f"step {row['step']:>{len(str(total))}}/{total}  {'  '.join(figures)}"


def result(name: str, path: Path, told: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """What such a run tells at its end, from the last rows it told."""
    last = {key: next((row[key] for row in reversed(told) if key in row), None) for key in ("loss", "eval_loss")}
    held_out = last["eval_loss"]
    return {
        "adapter_name": name, "path": str(path), "steps": told[-1]["step"], "epochs": told[-1]["epoch"],
        "final_loss": last["loss"], "train_loss": last["loss"], "eval_loss": held_out,
        "perplexity": None if held_out is None else round(math.exp(held_out), 4), "token_accuracy": None,
        "seconds": round(seconds, 1), "train_seconds": round(seconds, 1), "base_seconds": 0.0,
        "tokens_per_second": 2400.0, "trainable_parameters": 131_072,
    }  # fmt: skip
