"""Time, predicted by the first steps of a run and by the runs before it, against what the run then took.

    python -m benchmarks.estimate_time [--steps 8] [--only NAME ...]

Each configuration is measured as by `--dry_run --measured_steps`, by the clock and by the process's CPU time (which
other work on a machine changes less), then trained for one pass, then for two, each in a process of its own, one
thread. The ratios are predicted over taken: of training alone, by both clocks, and of the whole by the clock; and of
what the second run was told without measuring, by the first.

The models are the built-in one and a random Qwen2 of 20 million parameters; the examples are sentences of skewed
lengths (lognormal, sigma 0.85), but the first row's, which are the sample dataset.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.environment.settings import load_settings
from backend.core.estimates.estimate import Estimate
from backend.core.params import TrainParams
from backend.core.paths import PROJECT_ROOT
from benchmarks.report import report

PLAIN = {"load_in_4bit": False}
SENTENCE = "A body at rest stays at rest unless a force acts upon it. "


@dataclass(frozen=True)
class Case:
    """A configuration.

    Args:
        base: `tiny` or `20m`.
        words: the median length of an answer, in words; 0 = the sample dataset.
        count: examples.
        given: parameters that are not the defaults.
    """

    base: str
    words: int = 60
    count: int = 80
    given: dict[str, Any] = field(default_factory=dict)


CASES = {
    "tiny, NF4": Case("tiny", words=0, given={"num_train_epochs": 1}),
    "tiny, 16 bit, validation": Case("tiny", count=200, given={**PLAIN, "validation_split": 0.2, "eval_steps": 10}),
    "20m, NF4": Case("20m"),
    "20m, NF4, padded": Case("20m", given={"padding_free": "no"}),
    "20m, 16 bit, checkpointing": Case("20m", given={**PLAIN, "gradient_checkpointing": True}),
    "20m, NF4, long and skewed": Case("20m", words=150, count=40, given={"max_length": 1024}),
    "20m, 16 bit, validation": Case("20m", count=100, given={**PLAIN, "validation_split": 0.2}),
    "20m, NF4, DoRA, checkpoints": Case("20m", count=60, given={"use_dora": True, "save_steps": 3}),
    "20m, float32, padded at random": Case(
        "20m", count=60, given={**PLAIN, "dtype": "float32", "padding_free": "no", "group_by_length": False}
    ),
}


def main() -> None:
    """Measure and report."""
    given = arguments()
    if given.child:
        print(json.dumps(CHILDREN[given.child](TrainParams.model_validate_json(given.params))))
        return
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="estimate-time-") as folder:
        for name in given.only or CASES:
            found = measured(CASES[name], given.steps, Path(folder, "".join(filter(str.isalnum, name))))
            figures |= {f"{name}: {key}": value for key, value in found.items()}
            print(f"{name:32} " + "  ".join(f"{key} {value:.2f}" for key, value in found.items()), file=sys.stderr)
    is_ratio = {key: "_over_" in key for key in figures}
    report(
        "estimate_time",
        {key: value for key, value in figures.items() if not is_ratio[key]},
        {key: value for key, value in figures.items() if is_ratio[key]},
    )


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=8, help="to measure")
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="NAME")
    parser.add_argument("--child", choices=CHILDREN, help=argparse.SUPPRESS)
    parser.add_argument("--params", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(case: Case, steps: int, folder: Path) -> dict[str, float]:
    """Predict by both clocks, train, and compare."""
    folder.mkdir()
    params = {
        "dataset_path": str(_dataset(case, folder)), "base_model_name": str(_base(case, folder)),
        "num_train_epochs": 2, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 2, "device": "cpu",
        "register_adapter": False, **case.given,
    }  # fmt: skip
    foretold = _in_process(
        "predict", {**params, "adapter_name": "x", "dry_run": True, "measured_steps": steps}, folder
    )
    _in_process("train", {**params, "adapter_name": "first", "num_train_epochs": 1}, folder)
    taken = _in_process("train", {**params, "adapter_name": "second"}, folder)
    return {
        "steps": taken["steps"],
        "seconds": taken["train_seconds"],
        "cpu_seconds": taken["cpu_seconds"],
        "predicted_over_cpu": foretold["cpu_seconds"] / taken["cpu_seconds"],
        "predicted_over_clock": foretold["train_seconds"] / taken["train_seconds"],
        "whole_over_clock": foretold["seconds"] / taken["seconds"],
        "history_over_clock": taken["told_seconds"] / taken["train_seconds"],
    }


def _in_process(child: str, params: dict[str, Any], folder: Path) -> dict[str, float]:
    environ = {
        **os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false",
        "MODEL_OUTPUT_DIR": str(folder / "models"), "STATE_DIR": str(folder / "state"),
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.estimate_time", "--child", child, "--params", json.dumps(params)]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{child} failed:\n{ended.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def predict(params: TrainParams) -> dict[str, float]:
    """What a dry run that measures tells; training also by the process's CPU time."""
    from backend.engine import step_clock

    by_clock = _foretold(params)
    step_clock.now = time.process_time
    by_cpu = _foretold(params)
    return {
        "seconds": by_clock.seconds or math.nan,
        "train_seconds": by_clock.train_seconds or math.nan,
        "cpu_seconds": by_cpu.train_seconds or math.nan,
    }


def _foretold(params: TrainParams) -> Estimate:
    from backend.core.runs.events import RunReporter
    from backend.engine.device import choose_device
    from backend.engine.loading import quiet_libraries
    from backend.engine.plan import plan
    from backend.engine.preparation import prepare
    from backend.engine.rehearsal import rehearse

    quiet_libraries()
    started, device = datetime.now(timezone.utc), choose_device(params)
    prepared = prepare(params, load_settings(), RunReporter())
    found = rehearse(params, prepared, device, started)
    return plan(found.params, prepared.base, prepared.train, None, scored=prepared.evaluation, speed=found.speed)


def train(params: TrainParams) -> dict[str, float]:
    """Train, and tell the times by both clocks."""
    import train as recipe
    from backend.engine import session

    fit, cpu = session.fit, []

    def timed(*given: Any) -> Any:
        began = time.process_time()
        outcome = fit(*given)
        cpu.append(time.process_time() - began)
        return outcome

    session.fit = timed
    recipe.main(params)
    record = load_settings().model_output_dir / str(params.adapter_name) / "run.json"
    result = json.loads(record.read_text(encoding="utf-8"))["result"]
    told = result["estimate"]["train_seconds"] or math.nan
    times = {name: result[name] for name in ("steps", "seconds", "train_seconds")}
    return {**times, "cpu_seconds": cpu[0], "told_seconds": told}


CHILDREN = {"predict": predict, "train": train}


def _dataset(case: Case, folder: Path) -> Path:
    if not case.words:
        return PROJECT_ROOT / "data" / "physics_qa.json"
    draw = random.Random(0)
    rows = []
    for number in range(case.count):
        words = round(draw.lognormvariate(math.log(case.words), 0.85))
        text = (SENTENCE * (1 + words // 13)).split()[: max(4, words)]
        rows.append({"input": f"What is law number {number}?", "output": " ".join(text)})
    path = folder / "examples.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def _base(case: Case, folder: Path) -> str | Path:
    """The model, as a folder with the built-in one's tokenizer."""
    from transformers import AutoTokenizer

    from backend.engine.tiny import ensure_tiny

    tiny = ensure_tiny(load_settings().model_output_dir / "base" / "tiny")
    if case.base == "tiny":
        (folder / "models" / "base").mkdir(parents=True)
        (folder / "models" / "base" / "tiny").symlink_to(tiny.resolve())
        return "tiny"
    import torch

    from backend.engine.device import Device
    from benchmarks.random_models import base_model

    base_model(case.base, Device("cpu", torch.float32, "")).save_pretrained(folder / "base")
    AutoTokenizer.from_pretrained(tiny).save_pretrained(folder / "base")
    return folder / "base"


if __name__ == "__main__":
    main()
