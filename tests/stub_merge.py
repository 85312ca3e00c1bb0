"""A recipe for tests that stands in for `merge_multiple_loras.py`: the method in its parameters says what it does."""

from __future__ import annotations

# ruff: noqa: T201
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.core.errors import BadModel, FinishedBelow, InvalidInput
from backend.core.process import guarded
from backend.core.runs.events import RunReporter

PARAMS: dict[str, Any] = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
REPORTER = RunReporter()
PAIR = {"module": "layers.0.q_proj", "pair": [0, 1], "cosine": 0.25, "conflict": 0.4}
MODULE = {"module": "layers.0.q_proj", "norms": [1.0, None], "energy": {"1": 0.5, "2": 1.0}, "rank_999": 2}


def compare() -> None:
    """As the first adapter's name says."""
    names = [text.partition(":")[0] for text in PARAMS["adapters"]]
    if names[0] == "broken":
        raise BadModel("broken holds no adapter_model.safetensors.")
    if names[0] == "unlike":
        raise InvalidInput("All weights are 0.", "adapters")
    if names[0] == "crash":
        print("the last word", flush=True)
        os._exit(9)
    if names[0] == "slow":
        Path(os.environ["MODEL_OUTPUT_DIR"], "began").write_text(str(os.getpid()))
        time.sleep(600)
    runs = Path(os.environ["MODEL_OUTPUT_DIR"], "comparisons")
    with runs.open("a") as stream:
        stream.write("1")
    parents = [
        {
            "name": name, "weight": 1.0, "base": "tiny", "layers": 1, "ranks": [4], "scales": [2.0],
            "targets": ["q_proj"], "parameters": 512, "rslora": False,
        }
        for name in names
    ]  # fmt: skip
    pairs = [{**PAIR, "overlap_in": 0.1, "overlap_out": 0.2}]
    told = {"parents": parents, "modules": [MODULE], "pairs": pairs, "recommended": "sum", "reason": "Because."}
    REPORTER.result({"comparison": told})


def merge() -> None:
    """Succeed, or fall short with the method `tsv`."""
    REPORTER.progress("merging layer by layer", 1, 2)
    if PARAMS["method"] == "tsv":
        REPORTER.result({"path": PARAMS["output_dir"] + ".failed-proof", "proof": {"passed": False}})
        raise FinishedBelow("The merge did not pass its proof.")
    REPORTER.result({"path": PARAMS["output_dir"], "kind": "adapter", "given": PARAMS})


if __name__ == "__main__":
    raise SystemExit(guarded(compare if PARAMS["report"] else merge))
