"""What a run tells while it works: progress, metrics, its result or its failure.

A run writes its curve and its sample answers into its own output folder; started by the service it also writes into
its job folder, named by the environment variable `PIPELINE_JOB_DIR`, which the service reads:

    progress.json    replaced at every step: {"phase", "step", "total_steps", "eta_seconds", "eta_spread_seconds"}
    metrics.jsonl    one row per logged step: {"step", "loss", "learning_rate", ...}
    samples.jsonl    what it answers as it learns: {"step", "prompt", "answer", "reference", "seconds"}
    result.json      once, when the run ends well
    failure.json     once, when it ends badly: {"reason", "message"}
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from backend.core.errors import PipelineError, Reason
from backend.core.redaction import redacted
from backend.core.storage.files import write_json

JOB_DIR_VARIABLE = "PIPELINE_JOB_DIR"
SAMPLES_FILE = "samples.jsonl"


class RunReporter:
    """Writes a run's events to its folders.

    Args:
        output_dir: folder of the run's own curve and sample answers; None before there is one.
        job_dir: the service's folder of the job; None = as the environment says.
    """

    def __init__(self, output_dir: Path | None = None, job_dir: Path | None = None) -> None:
        given = os.environ.get(JOB_DIR_VARIABLE)
        self.output_dir = output_dir
        self.job_dir = job_dir or (Path(given) if given else None)

    def progress(
        self,
        phase: str,
        step: int = 0,
        total_steps: int = 0,
        eta_seconds: float | None = None,
        eta_spread_seconds: float | None = None,
    ) -> None:
        """Tell where the run stands; the time left may be by the spread less or more."""
        if self.job_dir:
            state = {
                "phase": phase,
                "step": step,
                "total_steps": total_steps,
                "eta_seconds": eta_seconds,
                "eta_spread_seconds": eta_spread_seconds,
            }
            write_json(self.job_dir / "progress.json", state, durable=False)

    def metrics(self, row: dict[str, Any]) -> None:
        """Append a row; numbers that JSON lacks (NaN, infinities) become null."""
        self._append("metrics.jsonl", {name: _finite(value) for name, value in row.items()})

    def sample(self, row: dict[str, Any]) -> None:
        """Append an answer that the model gave while it learns."""
        self._append(SAMPLES_FILE, row)

    def result(self, result: dict[str, Any]) -> None:
        """Tell what came of the run."""
        if self.job_dir:
            write_json(self.job_dir / "result.json", result)

    def failure(self, error: BaseException, reason: Reason | None = None) -> None:
        """Tell why the run ended badly."""
        if self.job_dir:
            known = error.reason if isinstance(error, PipelineError) else "exit_code"
            message = redacted(str(error) or type(error).__name__)
            write_json(self.job_dir / "failure.json", {"reason": reason or known, "message": message})

    def _append(self, name: str, row: dict[str, Any]) -> None:
        line = json.dumps(row) + "\n"
        for folder in (self.output_dir, self.job_dir):
            if folder:
                with (folder / name).open("a", encoding="utf-8") as stream:
                    stream.write(line)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
