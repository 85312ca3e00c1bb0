"""TensorBoard's event files, beside our own `metrics.jsonl`."""

from __future__ import annotations

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback


def tensorboard_callback(folder: Path) -> TrainerCallback:
    """A callback that writes the run's scalars into the folder."""
    return TensorBoardCallback(tb_writer=SummaryWriter(str(folder)))
