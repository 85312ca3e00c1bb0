"""A service on folders of its own, with a recipe that does as the test tells it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import psutil
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import Field

from backend.core.environment.settings import Settings
from backend.core.params import Params
from backend.core.params.base import Name, PathText, hints
from backend.core.processes.tree import JOB_ID_VARIABLE
from backend.jobs.kinds import JobKind
from backend.jobs.store import JobStore
from backend.main import create_app

STUB = Path(__file__).parent / "stub_recipe.py"


class StubParams(Params):
    """Do as the test tells."""

    title: ClassVar[str] = "Stub"

    adapter_name: Name | None = None
    """Name of what it makes"""
    output_dir: PathText | None = None
    """Where it goes"""
    dataset_path: PathText | None = Field(None, json_schema_extra=hints(widget="dataset"))
    """A dataset"""
    learning_rate: float = Field(0.1, gt=0, le=1)
    """A number with limits"""
    play: str = "succeed"
    """What to do"""
    wait_for: str | None = None
    """Go on when this file exists"""
    resume: bool = Field(False, json_schema_extra=hints(managed=True))
    """Continue"""


KINDS = {
    "train": JobKind("train", "Stub", StubParams, STUB, "/train", required=("adapter_name",), can_finish=True),
    "side": JobKind("side", "Side", StubParams, STUB, "/side", needs_gpu=False),
}


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Settings whose every folder lies in `folder`."""
    given = {
        "data_dir": folder / "data",
        "model_output_dir": folder / "models",
        "state_dir": folder / "state",
        "adapter_config_path": folder / "config" / "adapters.json",
        "stop_grace_seconds": 2.0,
        **changes,
    }
    for name in ("data", "models", "config"):
        (folder / name).mkdir(exist_ok=True)
    return Settings.model_validate(given)


def app_in(folder: Path, kinds: Mapping[str, JobKind] = KINDS, **changes: Any) -> FastAPI:
    """The application on folders of its own."""
    return create_app(settings_in(folder, **changes), store=JobStore(), job_kinds=kinds)


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for the condition to hold and return its value; fails the test after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not come true within {seconds} seconds")


def submit(client: TestClient, name: str, play: str = "succeed", path: str = "/train", **params: Any) -> str:
    """Queue a stub job and return its id."""
    answer = client.post(path, json={"adapter_name": name, "play": play, **params})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def status(client: TestClient, job_id: str) -> dict[str, Any]:
    """The job as `/status` shows it."""
    answer = client.get(f"/jobs/{job_id}/status")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def until_status(client: TestClient, job_id: str, *wanted: str, seconds: float = 20.0) -> dict[str, Any]:
    """Wait for one of these statuses."""

    def reached() -> dict[str, Any] | None:
        found = status(client, job_id)
        return found if found["status"] in wanted else None

    try:
        found: dict[str, Any] = until(reached, seconds)
    except AssertionError:
        raise AssertionError(f"not {wanted} but {status(client, job_id)}") from None
    return found


def until_ended(client: TestClient, job_id: str, seconds: float = 20.0) -> dict[str, Any]:
    """Wait for the end."""
    return until_status(client, job_id, "succeeded", "failed", "cancelled", "interrupted", seconds=seconds)


def processes_of(job_id: str) -> list[int]:
    """Every living process that carries the job's id."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(JOB_ID_VARIABLE) == job_id:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return [pid for pid in found if pid != os.getpid()]
