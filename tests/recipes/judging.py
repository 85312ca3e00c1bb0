"""What tests of judged evaluations share: predictions, the run's files, a program that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
JUDGES = "tests.core.evaluation.judges"

TIMES = {
    "run", "created_at", "wall_s", "efficiency", "latency_s",
}  # fmt: skip
"""Fields that tell when, or how long."""


def predictions(path: Path, count: int, text: str = "answer {n}", **more: Any) -> Path:
    """A file of so many predictions by the model `m`."""
    rows = [
        {
            "id": f"q{n}",
            "input": f"question {n}?",
            "reference": f"right{n}",
            "prediction": text.format(n=n),
            "model": "m",
            **more,
        }
        for n in range(count)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def the_run(folder: Path) -> Path:
    """The one run in a folder."""
    (found,) = folder.glob("run_*")
    return found


def rows(run: Path, name: str = "results.jsonl") -> list[dict[str, Any]]:
    """The rows of a JSON Lines file of a run."""
    return [json.loads(line) for line in (run / name).read_text(encoding="utf-8").split("\n") if line]


def summary(run: Path) -> dict[str, Any]:
    """A run's summary."""
    found: dict[str, Any] = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return found


def without_times(value: Any) -> Any:
    """The same without whatever tells the time."""
    if isinstance(value, dict):
        return {name: without_times(inner) for name, inner in value.items() if name not in TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def environment(**more: str) -> dict[str, str]:
    """This process's environment without keys and settings of the developer's."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "EVAL"))}
    return {**clean, **more}


def program(*flags: object, before: tuple[str, ...] = (), **more: str) -> subprocess.Popen[str]:
    """`eval.py` as a process."""
    return subprocess.Popen(
        [*before, sys.executable, "eval.py", *map(str, flags)],
        cwd=ROOT, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
