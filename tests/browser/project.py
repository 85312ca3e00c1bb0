"""Folders for a service to begin with.

python -m tests.browser.project FOLDER empty       as a fresh checkout: the sample datasets
python -m tests.browser.project FOLDER project     some weeks of work: datasets, runs, adapters, merges, evaluations
python -m tests.browser.project FOLDER 10000       the same under a history of so many further jobs
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

from backend.core.paths import PROJECT_ROOT
from backend.jobs.models import now
from tests.browser import datasets
from tests.browser.adapters import proof_of, register, write_adapter
from tests.browser.history import Past, write_history
from tests.core.evaluation.reporting.sample import make_run

FOLDERS = ("data", "models", "config", "state", "evaluation", "predictions", "cues")

TRAININGS = (
    Past("physics-first-try", "physics_qa.json", days=19.0, steps=120, learning_rate=1e-3),
    Past("physics", "physics_qa.json", days=17.2, steps=360, tags=("physics",)),
    Past("support-tone", "support_tickets.jsonl", days=12.1, steps=300, tags=("support", "baseline")),
    Past("support-tone-r32", "support_tickets.jsonl", days=11.8, steps=40, lora_r=32, end="cuda_oom"),
    Past("support-tone-r32-small-batch", "support_tickets.jsonl", days=11.5, steps=300, lora_r=32, tags=("support",)),
    Past("contract-summaries", "contract_summaries.csv", days=8.3, steps=420, lora_r=8, tags=("legal",)),
    Past("contract-summaries-long", "contract_summaries.csv", days=7.9, steps=150, max_length=2048, end="user_cancel"),
    Past("physics-lr-1e-4", "physics_qa.json", days=3.4, steps=360, learning_rate=1e-4, tags=("sweep:learning-rate",)),
    Past("physics-lr-2e-4", "physics_qa.json", days=3.3, steps=360, learning_rate=2e-4, tags=("sweep:learning-rate",)),
    Past("physics-lr-4e-4", "physics_qa.json", days=3.2, steps=360, learning_rate=4e-4, tags=("sweep:learning-rate",)),
    Past("support-tone-v2", "support_tickets.jsonl", days=1.1, steps=500, tags=("support",)),
    Past("meeting-notes", "meeting_notes.json", days=0.4, steps=60, end="service_lost"),
)
MERGES = (
    ("physics-and-support", 1.0, {"physics-lr-2e-4": 0.6, "support-tone-v2": 0.5}),
    ("house-model", 0.3, {"physics-and-support": 1.0, "contract-summaries": 0.7}),
)
EVALUATIONS = (("physics-lr-1e-4", 3.0, 11), ("physics-lr-2e-4", 2.9, 5), ("house-model", 0.2, 3))


def fill(folder: Path, what: str) -> None:
    """Write it all."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    _bring_base(folder / "models")
    datasets.write_samples(folder / "data")
    if what == "empty":
        return
    datasets.write_others(folder / "data")
    write_history(folder / "state", TRAININGS, folder / "models", further=int(what) if what.isdigit() else 0)
    _fill_registry(folder)
    for name, days, seed in EVALUATIONS:
        _write_evaluation(folder / "evaluation", name, now() - timedelta(days=days), seed)
    (folder / "plays.json").write_text(json.dumps({"support-tone-v3": "slow"}), encoding="utf-8")


def _bring_base(models: Path) -> None:
    """The built-in base where this checkout has made it: the tokens of a dataset are shown with it."""
    made = PROJECT_ROOT / "models" / "base"
    if made.is_dir():
        shutil.copytree(made, models / "base")


def _fill_registry(folder: Path) -> None:
    registry = folder / "config" / "adapters.json"
    for past in TRAININGS:
        if past.end is None:
            path, params, result = folder / "models" / past.name, past.params(), past.result(folder / "models")
            write_adapter(path, past.name, params, result, past.ended)
            figures = {name: result[name] for name in ("final_loss", "train_loss", "eval_loss", "steps")}
            register(registry, path, past.name, params, training_date=_date(past.ended), **figures)
    for name, days, parents in MERGES:
        params = {**TRAININGS[1].params(), "lora_r": 32, "description": "What the house answers with."}
        path, ended, proof = folder / "models" / name, now() - timedelta(days=days), proof_of(list(parents.items()))
        write_adapter(path, name, params, {"proof": proof}, ended)
        merged_from = [{"name": parent, "weight": weight} for parent, weight in parents.items()]
        more = {"merged_from": merged_from, "merge_method": "sum", "proof": proof}
        register(registry, path, name, params, training_date=_date(ended), **more)


def _write_evaluation(folder: Path, name: str, at: datetime, seed: int) -> None:
    summary, rows = make_run(60, seed=seed)
    run = f"run_{at:%Y%m%d_%H%M%S}_{name}"
    told = json.loads(summary.model_dump_json().replace('"physics"', json.dumps(name)))
    told |= {"run": run, "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "tag": name}
    (folder / run).mkdir()
    lines = [row.model_dump_json().replace('"physics"', json.dumps(name)) + "\n" for row in rows]
    (folder / run / "summary.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / run / "results.jsonl").write_text("".join(lines), encoding="utf-8")


def _date(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


if __name__ == "__main__":
    fill(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "empty")
