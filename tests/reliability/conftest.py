"""What the checks of reliability share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reliability.training_kit import Runs


@pytest.fixture
def training_runs(small_model: Path, tmp_path: Path) -> Runs:
    """Runs on the smallest model and sixteen questions of several lengths: a checkpoint at every third step."""
    pytest.importorskip("bitsandbytes")
    rows = [
        {"input": f"What is the unit of force {n}?" + " light" * (n % 5), "output": f"It is newton {n}."}
        for n in range(16)
    ]
    data = tmp_path / "questions.json"
    data.write_text(json.dumps(rows))
    return Runs(
        tmp_path,
        {
            "dataset_path": str(data), "base_model_name": str(small_model), "device": "cpu", "num_train_epochs": 3,
            "per_device_train_batch_size": 2, "gradient_accumulation_steps": 1, "learning_rate": 1e-2, "save_steps": 3,
            "logging_steps": 1,
        },
    )  # fmt: skip
