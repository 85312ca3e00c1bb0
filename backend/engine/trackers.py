"""Trackers that get a run's curves beside ours: Weights & Biases, MLflow, Trackio, by the Trainer's own callbacks.

Each reads its settings from the environment when it is imported, so they are handed on first, and only to those that
were asked for. What is missing is said before anything is loaded. TensorBoard's files are always written.
"""

from __future__ import annotations

import importlib.util
import netrc
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.integrations import MLflowCallback, TrackioCallback, WandbCallback

from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput, MissingDependency

CALLBACKS: dict[str, type[TrainerCallback]] = {
    "wandb": WandbCallback, "mlflow": MLflowCallback, "trackio": TrackioCallback,
}  # fmt: skip
FIELD = "report_to"
WANDB_HOST = "api.wandb.ai"


def require_trackers(names: Sequence[str], settings: Settings) -> None:
    """Check that these trackers can be reported to.

    Raises:
        MissingDependency: a package is not installed.
        InvalidInput: Weights & Biases is to be reached without a key.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise MissingDependency(
                f"report_to={name} needs the package {name}, which is not installed: pip install {name}. "
                "TensorBoard's files are written without it."
            )
    if "wandb" in names and settings.wandb_mode == "online" and not (settings.wandb_api_key or _has_login()):
        raise InvalidInput(
            "report_to=wandb needs a key: set WANDB_API_KEY (https://wandb.ai/authorize), or WANDB_MODE=offline to "
            "keep the run on this machine until `wandb sync`.",
            FIELD,
        )


def tracker_callbacks(names: Sequence[str], settings: Settings) -> list[TrainerCallback]:
    """What reports to them, in the order given; a run that reports to nobody touches no variable."""
    if not names:
        return []
    _hand_on(settings)
    return [InProject(settings.tracker_project), *(CALLBACKS[name]() for name in names)]


class InProject(TrainerCallback):
    """Tells the Trainer's arguments the project, which Trackio reads there."""

    def __init__(self, project: str) -> None:
        self.project = project

    def on_init_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The trackers begin with the training."""
        args.project = self.project


def _hand_on(settings: Settings) -> None:
    """The settings as the variables that the trackers read; what the shell has set goes first."""
    key, token = settings.wandb_api_key, settings.mlflow_tracking_token
    place = settings.state_dir / "trackers"
    runs = settings.mlflow_tracking_uri or f"sqlite:///{_made(place) / 'mlflow.db'}"
    given = {
        "WANDB_API_KEY": key.get_secret_value() if key else None,
        "WANDB_MODE": settings.wandb_mode,
        "WANDB_PROJECT": settings.tracker_project,
        "WANDB_DIR": str(_made(place)),
        "WANDB_SILENT": "true",
        "MLFLOW_TRACKING_URI": runs,
        # MLflow 3 refuses a folder of files unless it is told that this is meant.
        "MLFLOW_ALLOW_FILE_STORE": "true" if runs.startswith(("file:", "/")) else None,
        "MLFLOW_TRACKING_TOKEN": token.get_secret_value() if token else None,
        "MLFLOW_EXPERIMENT_NAME": settings.tracker_project,
        "TRACKIO_DIR": str(_made(place) / "trackio"),
    }
    for name, value in given.items():
        if value is not None:
            os.environ.setdefault(name, value)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _has_login() -> bool:
    """Whether somebody has logged in with `wandb login`."""
    try:
        return netrc.netrc().authenticators(WANDB_HOST) is not None
    except (OSError, netrc.NetrcParseError):
        return False
