"""A whole model with adapters in it: ours against PEFT, each in a process of its own, on one thread.

    python -m benchmarks.into_base [--quick] [--folder FOLDER]

A Llama-shaped model of random weights (hidden size 2048, 8 layers, 542 million parameters, 1.08 GB in bfloat16; with
`--quick` one layer and 0.36 GB) takes one rank-16 adapter on all linear layers, then three. PEFT merges one adapter
after the other, its own way with several. A ratio is the peer's figure over ours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.large_model import LAYERS, make_adapter, make_model
from benchmarks.report import report

OURS = """
from backend.core.params import MergeParams
from backend.core.environment.settings import Settings
from backend.engine.merge.into_base import write_model
from backend.engine.merge.parents import open_parents
def work():
    params = MergeParams(adapters=adapters, into_base=True, base_model_name=base, output_dir="unused", **given)
    settings = Settings()
    write_model(Path(out), open_parents(params, settings), params, settings)
"""
PEFT = """
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
def work():
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    for adapter in adapters:
        model = PeftModel.from_pretrained(model, adapter).merge_and_unload(**given)
    model.save_pretrained(out, max_shard_size="200MB")
"""
WAYS = {"ours": OURS, "peft": PEFT}
"""Programs that merge."""

FRAME = """
import json, resource, sys, time
from pathlib import Path
base, out, adapters, given = (json.loads(text) for text in sys.argv[1:])
def memory(line):
    return next(int(row.split()[1]) for row in open("/proc/self/status") if row.startswith(line)) / 1024
{program}
import torch
torch.set_num_threads(1)
Path(out).mkdir(parents=True)
open("/proc/self/clear_refs", "w").write("5")
before, cpu, wall = memory("VmRSS"), time.process_time(), time.perf_counter()
work()
print(json.dumps({{"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall,
                  "imports_mb": before, "above_imports_mb": memory("VmHWM") - before}}))
"""


def measure(
    way: str, base: Path, adapters: Sequence[str], out: Path, limit_mb: int | None = None, **given: Any
) -> dict[str, float] | None:
    """Merge in a fresh process, on one thread.

    Args:
        way: of `WAYS`.
        base: the model.
        adapters: folders; for ours also with a weight, `folder:0.5`.
        out: the result, which must not exist.
        limit_mb: hard limit on the process's data (`RLIMIT_DATA`).
        given: further parameters of ours, or of `merge_and_unload`.

    Returns:
        `cpu_s`, `wall_s`, `imports_mb` (resident after the imports) and `above_imports_mb` (the peak beyond);
        None when it did not survive the limit.
    """
    limits = f"resource.setrlimit(resource.RLIMIT_DATA, ({limit_mb << 20}, {limit_mb << 20}))\n" if limit_mb else ""
    program = FRAME.format(program=limits + WAYS[way])
    arguments = [json.dumps(value) for value in (str(base), str(out), list(adapters), given)]
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **one, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        if limit_mb:
            return None
        raise RuntimeError(done.stderr[-2000:])
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def differing(one: Path, other: Path) -> tuple[int, int]:
    """Elements that differ between two models, and all elements."""
    from safetensors import safe_open

    places: dict[str, Path] = {}
    for path in sorted(other.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            places |= dict.fromkeys(file.keys(), path)
    different = total = 0
    for path in sorted(one.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a dictionary
                mine = file.get_tensor(name)
                with safe_open(places.pop(name), "pt") as theirs:
                    different += int((mine != theirs.get_tensor(name)).sum())
                total += mine.numel()
    if places:
        raise ValueError(f"{one} lacks {', '.join(places)}")
    return different, total


def error_over_best(base: Path, adapters: Sequence[str], result: Path) -> float:
    """The result's distance from the exact sum, over that of the nearest bfloat16: 1 = no closer one exists."""
    import torch

    from backend.engine.adapter_file import AdapterFile
    from backend.engine.merge.checkpoint import open_checkpoint
    from backend.engine.merge.shards import StoredRows

    files = [AdapterFile(Path(adapter)) for adapter in adapters]
    before, after = open_checkpoint(base).tensors, open_checkpoint(result).tensors
    error = best = 0.0
    for module in files[0].modules:
        name = f"{module}.weight"
        with StoredRows(before[name]) as old, StoredRows(after[name]) as new:
            rows = before[name].shape[0]
            exact = old.rows(0, rows).double()
            for update in (file.update(module) for file in files):
                exact += update.scale * (update.b.double() @ update.a.double())
            error += float((new.rows(0, rows).double() - exact).square().sum())
            best += float((exact.to(torch.bfloat16).double() - exact).square().sum())
    return float((error / best) ** 0.5)


def against_peft(folder: Path, *, quick: bool) -> tuple[dict[str, float], dict[str, float]]:
    """All figures and ratios; the model and the adapters stay in the folder for the next time."""
    layers = 1 if quick else LAYERS
    base = make_model(folder / f"base{layers}", layers=layers)
    made = [make_adapter(folder / f"adapter{layers}-{seed}", base, seed=seed, layers=layers) for seed in range(3)]
    adapters, out = [str(adapter) for adapter in made], folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    figures: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for count in (1, 3):
        runs = {way: measure(way, base, adapters[:count], out / way) or {} for way in WAYS}
        for way, run in runs.items():
            figures |= {f"{way}_{count}_{figure}": value for figure, value in run.items()}
            figures[f"{way}_{count}_error_over_best"] = error_over_best(base, adapters[:count], out / way)
        for figure in ("cpu_s", "above_imports_mb"):
            ratios[f"peft_{figure}_{count}"] = runs["peft"][figure] / runs["ours"][figure]
        figures[f"differing_{count}"], figures["elements"] = differing(out / "ours", out / "peft")
        shutil.rmtree(out)
    ties = measure("ours", base, adapters, out / "ties", method="ties_svd", density=0.2) or {}
    figures |= {f"ours_ties_{figure}": value for figure, value in ties.items()}
    for way, limit in (("ours", 400), ("peft", 800 if quick else 1600)):
        figures[f"{way}_survives_{limit}_mb"] = measure(way, base, adapters[:1], out / way, limit_mb=limit) is not None
    shutil.rmtree(out)
    return figures, ratios


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a model of 0.36 GB")
    parser.add_argument("--folder", type=Path, help="keep model and adapters there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        report("into_base", *against_peft(given.folder or Path(passing), quick=given.quick))


if __name__ == "__main__":
    main()
