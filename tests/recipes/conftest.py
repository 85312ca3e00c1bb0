"""Recipes are run as their users run them: a command line in, an exit code and a message out."""

from __future__ import annotations

import importlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.core.cli import parse_params
from backend.core.params import EvaluationParams, InferenceParams, PreparationParams, TrainParams
from backend.core.process import guarded

KINDS = {
    "train": TrainParams,
    "run_inference": InferenceParams,
    "prepare_dataset": PreparationParams,
    "eval": EvaluationParams,
}


@dataclass(frozen=True)
class Outcome:
    """How a recipe ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a recipe in this process, with its folders in `tmp_path`: imports cost 10 seconds a process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODEL_OUTPUT_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("ADAPTER_CONFIG_PATH", str(tmp_path / "adapters.json"))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def run(recipe: str, *flags: object) -> Outcome:
        capsys.readouterr()
        try:
            params = parse_params(KINDS[recipe], [str(flag) for flag in flags])
            code = guarded(lambda: importlib.import_module(recipe).main(params))
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
