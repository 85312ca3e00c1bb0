"""What the checks of reliability share."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


SmallDisk = Callable[[str], Path]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Makes a file system of its own: `small_disk("4m")` is the folder where it is mounted."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")

    def mount(size: str) -> Path:
        folder = tmp_path / "disk"
        folder.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False).returncode:
            pytest.skip("this machine lets nobody mount a small disk")
        # Lazily: a process that is just ending may still have its log open.
        mounted.callback(subprocess.run, ["umount", "--lazy", folder], check=True)
        return folder

    with ExitStack() as mounted:
        yield mount
