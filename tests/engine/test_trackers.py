"""Runs reported to trackers: to real ones where they are installed, and never without a word where they are not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput, MissingDependency
from backend.core.params import TrainParams
from backend.engine.trackers import require_trackers, tracker_callbacks

KEY = "a-key-that-nobody-guesses-0123456789abcd"
TOUCHED = ("WANDB_", "MLFLOW_", "TRACKIO_")


@pytest.fixture(autouse=True)
def _variables_put_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What is handed on to the trackers ends with the test."""
    before = dict(os.environ)
    monkeypatch.setenv("HOME", str(tmp_path))  # nobody's login
    yield
    for name in set(os.environ) - set(before):
        if name.startswith(TOUCHED):
            del os.environ[name]


def settings_for(tmp_path: Path, **more: Any) -> Settings:
    return Settings(state_dir=tmp_path / "state", **more)


def trained(tmp_path: Path, callbacks: list[Any]) -> None:
    """Four steps of the Trainer on a linear layer."""
    import torch
    from transformers import Trainer, TrainingArguments

    class Line(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(2, 1)

        def forward(self, x: Any, y: Any) -> Any:
            return {"loss": ((self.line(x) - y) ** 2).mean()}

    data = [{"x": torch.tensor([float(n), 1.0]), "y": torch.tensor([2.0 * n])} for n in range(8)]
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "out"), max_steps=4, logging_steps=1, per_device_train_batch_size=2, use_cpu=True,
        save_strategy="no", report_to="none", run_name="physics", disable_tqdm=True, learning_rate=0.01,
    )  # fmt: skip
    Trainer(Line(), arguments, train_dataset=data, callbacks=callbacks).train()


def test_a_tracker_that_is_not_installed_is_refused_with_the_command(tmp_path: Path) -> None:
    missing = [name for name in ("wandb", "mlflow", "trackio") if name not in sys.modules]
    monkey = pytest.MonkeyPatch()
    monkey.setattr("importlib.util.find_spec", lambda _name: None)
    try:
        for name in missing:
            with pytest.raises(MissingDependency, match=f"pip install {name}"):
                require_trackers([name], settings_for(tmp_path))
    finally:
        monkey.undo()
    assert missing


def test_nobody_is_reported_to_unless_asked(tmp_path: Path) -> None:
    before = dict(os.environ)
    require_trackers([], settings_for(tmp_path))
    assert tracker_callbacks([], settings_for(tmp_path)) == []
    assert dict(os.environ) == before
    assert not (tmp_path / "state").exists()
    assert TrainParams(dataset_path="q.json", adapter_name="a").report_to == []


STAND_IN = """
import json, os, pathlib
__version__ = "0.20.0"
rows = []
class context_vars:
    class current_space_id:
        get = staticmethod(lambda: None)
class config(dict):
    pass
config = config()
def init(**given):
    rows.append({"init": {"project": given["project"], "name": given["name"], "space_id": given["space_id"]}})
def log(row, **_):
    rows.append({"log": {k: v for k, v in row.items() if isinstance(v, (int, float))}})
def finish():
    rows.append({"finish": os.environ["TRACKIO_DIR"]})
"""


def test_a_run_arrives_in_its_project_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the boundary to the package: Trackio's three functions, as the Trainer calls them."""
    (tmp_path / "trackio.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("transformers.integrations.integration_utils.is_trackio_available", lambda: True)
    settings = settings_for(tmp_path, tracker_project="theses")
    require_trackers(["trackio"], settings)
    trained(tmp_path, tracker_callbacks(["trackio"], settings))
    import trackio

    try:
        assert trackio.rows[0] == {"init": {"project": "theses", "name": "physics", "space_id": None}}
        losses = [row["log"]["train/loss"] for row in trackio.rows if "train/loss" in row.get("log", {})]
        assert len(losses) == 4
        assert trackio.rows[-1] == {"finish": str(tmp_path / "state" / "trackers" / "trackio")}
    finally:
        del sys.modules["trackio"]


def test_weights_and_biases_needs_a_key_or_to_be_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    with pytest.raises(InvalidInput, match="WANDB_MODE=offline"):
        require_trackers(["wandb"], settings_for(tmp_path))
    require_trackers(["wandb"], settings_for(tmp_path, wandb_mode="offline"))
    require_trackers(["wandb"], settings_for(tmp_path, wandb_api_key=SecretStr(KEY)))
    (tmp_path / ".netrc").write_text("machine api.wandb.ai login user password x\n")
    (tmp_path / ".netrc").chmod(0o600)
    require_trackers(["wandb"], settings_for(tmp_path))


def test_mlflow_keeps_the_curve_in_the_state_folder(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow")
    settings = settings_for(tmp_path, tracker_project="theses", mlflow_tracking_uri=(tmp_path / "runs").as_uri())
    trained(tmp_path, tracker_callbacks(["mlflow"], settings))
    client = mlflow.MlflowClient(settings.mlflow_tracking_uri)
    experiment = client.get_experiment_by_name("theses")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("physics", "FINISHED")
    curve = client.get_metric_history(run.info.run_id, "loss")
    assert sorted(point.step for point in curve) == [1, 2, 3, 4]


def test_weights_and_biases_offline_keeps_the_run_and_asks_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wandb = pytest.importorskip("wandb")
    settings = settings_for(tmp_path, wandb_mode="offline", wandb_api_key=SecretStr(KEY))
    trained(tmp_path, tracker_callbacks(["wandb"], settings))
    wandb.finish()
    kept = list((tmp_path / "state" / "trackers" / "wandb").glob("offline-run-*/run-*.wandb"))
    assert len(kept) == 1
    assert kept[0].stat().st_size > 0
    told = capfd.readouterr()
    assert KEY not in told.out + told.err
    assert KEY.encode() not in kept[0].read_bytes()
