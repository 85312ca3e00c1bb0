"""Records of runs that ended, as `train.py` leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backend.core.environment.hardware import hardware
from backend.core.params import TrainParams

GIB = 2**30


def record(name: str = "a", **given: Any) -> dict[str, Any]:
    """A record: 100 s of training at 10^9 operations a second, 20 s beside it, memory and time foretold at 90 %.

    Args:
        given: `params` (those that are not the defaults), `result`, `estimate`, and fields of the record itself.
    """
    params = TrainParams.model_validate(
        {
            "dataset_path": "qa.json",
            "adapter_name": name.strip("."),
            "base_model_name": "tiny",
            **given.pop("params", {}),
        }
    )
    estimate = {
        "steps": 10, "memory_bytes": round(0.9 * GIB), "memory_basis": "Counted.", "seconds": 108.0,
        "train_seconds": 90.0, "seconds_basis": "Measured.", **given.pop("estimate", {}),
    }  # fmt: skip
    result = {
        "steps": 10, "peak_memory_bytes": GIB, "seconds": 120.0, "train_seconds": 100.0, "tokens_per_second": 500.0,
        "matmul_share": 0.4, "flops": 1e11, "is_whole": True, "estimate": estimate, **given.pop("result", {}),
    }  # fmt: skip
    return {
        "kind": "train", "name": name, "params": params.model_dump(mode="json"),
        "hardware": hardware("cpu").model_dump(),
        "dataset": {"path": "qa.json", "sha256": "0" * 64, "usable": 10, "whole_tokens": 1000},
        "result": result, "finished_at": "2026-11-24T03:00:00+00:00", **given,
    }  # fmt: skip


def leave(folder: Path, name: str, **given: Any) -> Path:
    """Write a record where a run leaves it."""
    path = folder / name / "run.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(record(name, **given)), encoding="utf-8")
    return path
