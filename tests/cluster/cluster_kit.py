"""A service whose training runs travel, on a stand-in of Ray that is no more than its job server."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import psutil
from fastapi import FastAPI
from pydantic import Field

from backend.core.params import Params
from backend.core.params.base import Name, PathText, hints
from backend.jobs.kinds import JobKind
from tests.service_kit import app_in

HERE = Path(__file__).parent
FAKE_RAY = HERE / "fake_ray"
DATA, BASE = b'[{"input": "a", "output": "b"}]', b'{"model_type": "qwen2"}'


class TravelParams(Params):
    """Leave a chain of hashes."""

    title: ClassVar[str] = "Travel"

    adapter_name: Name | None = None
    """Name of what it makes"""
    output_dir: PathText | None = None
    """Where it goes"""
    dataset_path: PathText = Field("none.json", json_schema_extra=hints(widget="dataset"))
    """Data"""
    base_model_name: PathText = Field("none", json_schema_extra=hints(widget="model"))
    """Base"""
    steps: int = 8
    """How many"""
    wait_for: str | None = None
    """Go on when this file exists"""
    wait_from: int = 5
    """The first step after which it waits"""
    is_deaf: bool = False
    """Hang when it is asked to stop"""
    resume: bool = Field(False, json_schema_extra=hints(managed=True))
    """Continue"""


KINDS = {
    "train": JobKind(
        "train", "Travel", TravelParams, HERE / "travel_recipe.py", "/train",
        required=("adapter_name",), can_finish=True, travels=True,
    )
}  # fmt: skip


def travelling_app(folder: Path, executor: str, **changes: Any) -> FastAPI:
    """The application on folders of its own, with a dataset and a base model in them."""
    cluster: Mapping[str, Any] = {
        "executor": executor,
        "ray_shared_dir": folder / "shared",
        "ray_work_dir": folder / "node",
        "ray_python": sys.executable,
    }
    app = app_in(folder, KINDS, **{**cluster, **changes})
    (folder / "data" / "qa.json").write_bytes(DATA)
    (folder / "models" / "small").mkdir(exist_ok=True)
    (folder / "models" / "small" / "config.json").write_bytes(BASE)
    return app


def chain_of(steps: int) -> str:
    """What so many steps on that dataset and base leave."""
    chain = ""
    for step in range(1, steps + 1):
        chain = hashlib.sha256(chain.encode() + DATA + BASE + bytes([step])).hexdigest()
    return chain


def told_to_ray(folder: Path) -> list[dict[str, Any]]:
    """What Ray was told of each attempt, the first one first."""
    paths = sorted((folder / "ray").glob("*/told.json"), key=lambda path: int(path.parent.name.rpartition("-")[2]))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def kill_node(folder: Path) -> None:
    """KILL to everything of the last attempt at once, as when its node loses power."""
    shell = psutil.Process(told_to_ray(folder)[-1]["pid"])
    below = shell.children(recursive=True)
    for process in (shell, *below):
        os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(below, timeout=5)
