"""A recipe that learns nothing, and leaves what a training run leaves: a chain of hashes in place of weights.

Each step adds to the chain, so that its end tells whether every step was taken once, in order, on the same data.
"""

from __future__ import annotations

# ruff: noqa: T201
import hashlib
import json
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from backend.core.environment.settings import load_settings
from backend.core.errors import Stopped
from backend.core.process import guarded
from backend.core.registry import Adapter, AdapterRegistry
from backend.core.runs.checkpoints import give_name, rotate, seal
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import RunFolder
from backend.core.runs.request import is_asked_to_finish
from backend.core.storage.files import write_json

PARAMS = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))


def train() -> None:
    """Take the steps, or those that are left of them."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    reporter, target = RunReporter(), Path(PARAMS["output_dir"])
    data = Path(PARAMS["dataset_path"]).read_bytes()
    base = (Path(PARAMS["base_model_name"]) / "config.json").read_bytes()
    identity = {"base_model_name": PARAMS["base_model_name"], "versions": {}}
    with RunFolder(target, identity, resume=PARAMS["resume"]) as run:
        reporter.output_dir = run.partial
        begun = run.checkpoint.step if run.checkpoint else 0
        chain = (run.checkpoint.folder / "chain").read_text() if run.checkpoint else ""
        print(f"from step {begun}", flush=True)
        step = begun
        for step in range(begun + 1, PARAMS["steps"] + 1):
            chain = hashlib.sha256(chain.encode() + data + base + bytes([step])).hexdigest()
            reporter.progress("training", step, PARAMS["steps"])
            reporter.metrics({"step": step, "loss": 1 / step})
            print(f"step {step}", flush=True)
            if step % 2 == 0 or asked:
                save(run, step, chain)
            hold = Path(PARAMS["wait_for"]) if PARAMS["wait_for"] and step >= PARAMS["wait_from"] else None
            while hold and not hold.exists() and not asked and not is_asked_to_finish(reporter.job_dir):
                time.sleep(0.02)
            if asked and not PARAMS["is_deaf"]:
                save(run, step, chain)
                raise Stopped(f"Stopped after step {step}.")
            while asked:
                time.sleep(0.02)
            if is_asked_to_finish(reporter.job_dir):
                break
        (run.partial / "chain").write_text(chain)
        write_json(run.partial / "run.json", {"base": PARAMS["base_model_name"], "steps": step})
        run.publish()
    entry = {"name": target.name, "path": str(target), "base_model": PARAMS["base_model_name"]}
    AdapterRegistry(load_settings().adapter_config_path).add(Adapter.model_validate(entry))
    reporter.result({"path": str(target), "steps": step})


def save(run: RunFolder, step: int, chain: str) -> None:
    """A sealed checkpoint of this step, and of the older ones as many as usual."""
    made = run.saving / f"checkpoint-{step}"
    made.mkdir(parents=True)
    (made / "chain").write_text(chain)
    seal(made, run.identity)
    give_name(made, run.checkpoints)
    rotate(run.checkpoints, 2)


if __name__ == "__main__":
    raise SystemExit(guarded(lambda: train()))
