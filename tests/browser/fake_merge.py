"""Stands in for `merge_multiple_loras.py`: compares, merges and proves adapters without reading their numbers.

As with `fake_train.py`, a result whose name begins with `slow-` waits for its cue, with `below-` its proof fails, with
`full-` there is no room for it.
"""

from __future__ import annotations

# ruff: noqa: T201
import json
import os
import random
import sys
import time
from datetime import datetime, timezone
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backend.core.environment.settings import load_settings
from backend.core.errors import DiskFull, FinishedBelow
from backend.core.process import guarded
from backend.core.registry import AdapterRegistry
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import FAILED_PROOF, RunFolder
from tests.browser.adapters import LAYERS, PROJECTIONS, proof_of, register, write_adapter

PARAMS: dict[str, Any] = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
REPORTER = RunReporter()
MODULES = [f"model.layers.{layer}.self_attn.{name}" for layer in range(LAYERS) for name in PROJECTIONS]
RANKS = (1, 2, 4, 8, 16, 32)


def parents() -> list[tuple[str, float]]:
    """Names and weights; a folder goes by its last name."""
    parts = [text.partition(":") for text in PARAMS["adapters"]]
    return [(Path(name).name, float(weight or 1)) for name, _, weight in parts]


def compare() -> None:
    """The report of adapters that are somewhat alike."""
    given = parents()
    seed = random.Random(" ".join(name for name, _ in given))
    told = [
        {
            "name": name, "weight": weight, "base": "tiny", "layers": len(MODULES), "ranks": [16], "scales": [2.0],
            "targets": list(PROJECTIONS), "parameters": 32_768, "rslora": False,
        }
        for name, weight in given
    ]  # fmt: skip
    modules = [
        {
            "module": module, "norms": [round(seed.uniform(0.4, 1.6) * weight, 4) for _, weight in given],
            "energy": {str(rank): round(1 - 0.6 / rank**1.1, 4) for rank in RANKS}, "rank_999": 32,
        }
        for module in MODULES
    ]  # fmt: skip
    pairs = [
        {
            "module": module, "pair": pair, "cosine": round(seed.uniform(-0.1, 0.45), 4),
            "conflict": round(seed.uniform(0.3, 0.5), 4), "overlap_in": 0.21, "overlap_out": 0.17,
        }
        for module in MODULES
        for pair in combinations(range(len(given)), 2)
    ]  # fmt: skip
    reason = "The adapters hardly touch each other: their plain sum keeps all of both."
    found = {"parents": told, "modules": modules, "pairs": pairs, "recommended": "sum", "reason": reason}
    REPORTER.result({"comparison": found})


def merge() -> None:
    """Write, prove, publish, register."""
    settings, given = load_settings(), parents()
    target = Path(PARAMS["output_dir"])
    passes = not target.name.startswith("below-")
    with RunFolder(target, PARAMS, resume=False) as folder:
        if target.name.startswith("full-"):
            raise DiskFull(f"The model needs 15.23 GB, and {folder.partial.name} has 2.10 GB free.")
        for done in range(len(MODULES) + 1):
            REPORTER.progress("merging layer by layer", done, len(MODULES))
        while target.name.startswith("slow-") and not (settings.state_dir.parent / "cues" / target.name).exists():
            time.sleep(0.02)
        REPORTER.progress("proving the result", 1, 1)
        proof = proof_of(given, passes)
        result = {
            "path": str(target), "name": target.name, "kind": "adapter", "method": PARAMS["method"], "rank": 32,
            "lines": [f"Merged {len(given)} adapters in {len(MODULES)} layers."],
            "energy_kept": {"median": 0.9994, "least": 0.9991}, "proof": proof, "registered": passes,
        }  # fmt: skip
        known = AdapterRegistry(settings.adapter_config_path).find(given[0][0])
        dataset = str(getattr(known, "dataset", ""))
        params = {**PARAMS, "base_model_name": known.base_model, "dataset_path": dataset}
        params |= {"lora_r": 32, "lora_alpha": 32, "lora_target_modules": list(PROJECTIONS)}
        ended = datetime.now(timezone.utc)
        write_adapter(folder.partial, target.name, params, result, ended)
        folder.publish(None if passes else target.with_name(target.name + FAILED_PROOF))
    REPORTER.result(result)
    if not passes:
        raise FinishedBelow(
            f"The merge did not pass its proof: {proof['reason']} It is kept aside and not registered."
        )
    merged = {"merged_from": [{"name": name, "weight": weight} for name, weight in given], "proof": proof}
    date = ended.isoformat(timespec="seconds")
    register(
        settings.adapter_config_path, target, target.name, params,
        training_date=date, merge_method=PARAMS["method"], **merged,
    )  # fmt: skip
    print(f"Saved to {target}.")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    raise SystemExit(guarded(compare if PARAMS["report"] else merge))
