"""Runs of `dataset_generator.py` against the fake server, and what they left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dataset_generator
from backend.core.cli import parse_params
from backend.core.generation.rows import Row, read_rows
from backend.core.params import GenerationParams
from backend.core.paths import PROJECT_ROOT
from backend.core.process import guarded
from tests.llm_server.plan import Plan

ANSWERS = "tests.core.generation.answering"


def served(name: str, **faults: Any) -> Plan:
    """A plan of the fake server with an answerer of `answering`."""
    return Plan(answerer=f"{ANSWERS}:{name}", **faults)


@dataclass(frozen=True)
class Folder:
    """A data folder after a run.

    Args:
        code: of the run's end.
    """

    data: Path
    code: int

    @property
    def datasets(self) -> list[Path]:
        """What a trainer would find."""
        return sorted(self.data.glob("*.json"))

    @property
    def records(self) -> list[dict[str, Any]]:
        """Of the one dataset."""
        (path,) = self.datasets
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return found

    @property
    def run(self) -> Path:
        """Folder of the last run."""
        return max((self.data / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)

    @property
    def rows(self) -> list[Row]:
        """Its decisions."""
        return read_rows(self.run / "rows.jsonl")

    @property
    def report(self) -> dict[str, Any]:
        """Its figures."""
        found: dict[str, Any] = json.loads((self.run / "report.json").read_text(encoding="utf-8"))
        return found


def flags_of(given: dict[str, Any]) -> list[str]:
    """Parameters as a command line."""
    flags = []
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        flags += [f"--{name}", *(str(one) for one in values)]
    return flags


def generate(data: Path, url: str | None = None, **given: Any) -> Folder:
    """Run the recipe in this process; DATA_DIR must lead to `data` already."""
    if url:
        given = {"openai_api_base": url, **given}
    try:
        params = parse_params(GenerationParams, flags_of(given))
    except SystemExit as stopped:
        return Folder(data, int(stopped.code or 0))
    return Folder(data, guarded(lambda: dataset_generator.main(params)))


def start(data: Path, url: str, **given: Any) -> subprocess.Popen[str]:
    """Start the recipe as a process of its own."""
    flags = flags_of({"openai_api_base": url, **given})
    return subprocess.Popen(
        [sys.executable, str(PROJECT_ROOT / "dataset_generator.py"), *flags],
        cwd=data.parent, env={**os.environ, "DATA_DIR": str(data)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
