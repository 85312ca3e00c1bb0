"""Recipes are run as their users run them: a command line in, an exit code and a message out."""

from __future__ import annotations

import importlib
import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.core.cli import parse_params
from backend.core.params import (
    EvaluationParams,
    ExportParams,
    InferenceParams,
    MergeParams,
    PreparationParams,
    TrainParams,
)
from backend.core.process import guarded

KINDS = {
    "train": TrainParams,
    "run_inference": InferenceParams,
    "prepare_dataset": PreparationParams,
    "eval": EvaluationParams,
    "merge_multiple_loras": MergeParams,
    "backend.engine.export.__main__": ExportParams,
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
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)}

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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, small_model: Path, questions: Path) -> Path:
    """A folder with two registered adapters: `forces` has learnt sixteen answers' pattern, `talker` never ends one."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("trained")
    endless = folder / "endless.json"
    endless.write_text(json.dumps([{"input": f"Talk {n}", "output": "on and " * 40} for n in range(8)]))
    common = {"base_model_name": str(small_model), "device": "cpu", "learning_rate": 1e-2}
    runs = {
        "forces": {"dataset_path": str(questions), "num_train_epochs": 60, "gradient_accumulation_steps": 1},
        "talker": {"dataset_path": str(endless), "num_train_epochs": 30, "gradient_accumulation_steps": 1},
    }
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in trained_environment(folder).items():
            patch.setenv(name, value)
        train = importlib.import_module("train")
        for name, given in runs.items():
            params = TrainParams.model_validate({**common, **given, "adapter_name": name})
            assert guarded(lambda params=params: train.main(params)) == 0  # type: ignore[misc]
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return folder


def trained_environment(folder: Path) -> dict[str, str]:
    """The variables that lead a recipe to the adapters of `trained`."""
    return {"MODEL_OUTPUT_DIR": str(folder / "models"), "ADAPTER_CONFIG_PATH": str(folder / "adapters.json")}
