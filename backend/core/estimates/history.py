"""What was predicted of the runs of this machine, and what came: read back from the records they left.

The records are files that anybody may have changed or brought along: what is not one of ours is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from backend.core.environment.hardware import Hardware
from backend.core.strict_json import MalformedJson, strict_json

RECORD = "run.json"
LARGEST_BYTES = 2**18
"""A record takes four kilobytes; a larger file is something else."""
MOST_RUNS = 200
"""Newest records that are read: 40 ms."""


class Prediction(BaseModel):
    """What a run was expected to need when it began."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    steps: int = Field(ge=0)
    memory_bytes: int = Field(ge=0)
    memory_basis: str
    seconds: float | None = Field(ge=0)
    """Of the whole run; null when there was nothing to tell it from"""
    train_seconds: float | None = Field(ge=0)
    """Those of them in which it learns and is scored"""
    seconds_basis: str


class Outcome(BaseModel):
    """What a run did need."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    steps: int = Field(ge=0)
    peak_memory_bytes: int = Field(gt=0)
    """The most that it held: of the process on a CPU, of the card on a GPU"""
    seconds: float = Field(gt=0)
    train_seconds: float = Field(ge=0)
    base_seconds: float = Field(default=0.0, ge=0)
    """In which the base model was fetched or made: no later run takes them"""
    tokens_per_second: float | None
    matmul_share: float | None = None
    """Share of the device's ceiling for matrix products that training reached"""
    flops: float = Field(gt=0)
    """Operations since the run was last resumed, as the times are"""
    is_whole: bool
    """Whether it was never resumed, and took all its planned steps"""
    estimate: Prediction


class Counted(BaseModel):
    """The dataset of a run, counted with the model's tokenizer."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    path: str
    sha256: str
    usable: int = Field(gt=0)
    """Examples before any was left out for its length"""
    whole_tokens: int = Field(gt=0)
    """Their tokens before any was cut"""


class PastRun(BaseModel):
    """What is read of a record."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    kind: Literal["train"]
    name: str
    params: dict[str, JsonValue]
    hardware: Hardware
    dataset: Counted
    result: Outcome
    finished_at: datetime

    @property
    def base(self) -> str:
        """The base model, as it was named."""
        return str(self.params.get("base_model_name"))

    @property
    def memory_ratio(self) -> float:
        """Predicted over held: 1 = it came true."""
        return self.result.estimate.memory_bytes / self.result.peak_memory_bytes

    @property
    def time_ratio(self) -> float | None:
        """Predicted over taken; None where nothing was predicted, or where the run was cut short or resumed."""
        foretold = self.result.estimate
        if foretold.seconds is None or not self.result.is_whole or foretold.steps != self.result.steps:
            return None
        return foretold.seconds / self.result.seconds


class Range(BaseModel):
    """How predictions came true over several runs, predicted over real."""

    lowest: float
    median: float
    highest: float


class HistorySummary(BaseModel):
    """How the predictions of the runs on this machine came true."""

    runs: int
    memory_ratio: Range | None
    time_ratio: Range | None
    sentence: str


def past_runs(folder: Path, here: Collection[Hardware]) -> list[PastRun]:
    """The runs whose results lie in a folder and that were made on this machine, newest first.

    Args:
        folder: of the finished adapters.
        here: what a run can compute on here.
    """
    stamped = []
    for path in folder.glob(f"*/{RECORD}"):
        try:
            status = path.stat()
        except OSError:  # deleted meanwhile, or a link that leads nowhere
            continue
        if not path.parent.name.startswith(".") and status.st_size <= LARGEST_BYTES:
            stamped.append((status.st_mtime_ns, path))
    newest = sorted(stamped, reverse=True)[:MOST_RUNS]
    runs = [run for _, path in newest if (run := _read(path)) is not None and run.hardware in here]
    return sorted(runs, key=lambda run: run.finished_at.timestamp(), reverse=True)


def summary_of(runs: Sequence[PastRun]) -> HistorySummary:
    """How their predictions came true."""
    memory = _range([run.memory_ratio for run in runs])
    time = _range([run.time_ratio for run in runs if run.time_ratio is not None])
    return HistorySummary(runs=len(runs), memory_ratio=memory, time_ratio=time, sentence=_sentence(runs, memory, time))


def _read(path: Path) -> PastRun | None:
    try:
        if not path.is_file():  # a pipe would make the reader wait for ever
            return None
        with path.open("rb") as stream:
            content = stream.read(LARGEST_BYTES + 1)
        return PastRun.model_validate(strict_json(content.decode("utf-8")))
    except (OSError, UnicodeDecodeError, MalformedJson, ValidationError):
        return None


def _range(ratios: Sequence[float]) -> Range | None:
    if not ratios:
        return None
    return Range(lowest=round(min(ratios), 3), median=round(median(ratios), 3), highest=round(max(ratios), 3))


def _sentence(runs: Sequence[PastRun], memory: Range | None, time: Range | None) -> str:
    if not runs or memory is None:
        return "No run has ended on this machine yet, so no prediction could be compared."
    count = "the run that ended here" if len(runs) == 1 else f"{len(runs)} runs that ended here"
    told = f"Of {count}, memory was predicted at {_told(memory)} of what was held"
    return f"{told}, time at {_told(time)} of what was taken." if time else f"{told}; no time was predicted."


def _told(found: Range) -> str:
    if found.lowest == found.highest:
        return f"{found.median:.0%}"
    return f"{found.lowest:.0%} to {found.highest:.0%} (median {found.median:.0%})"
