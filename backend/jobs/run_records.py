"""What the `run.json` in an adapter's folder tells, with the paths of this machine left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, JsonValue, ValidationError

from backend.core.runs.folder import RUN_FILE
from backend.core.storage.archive import PlainFile

LARGEST = 2**20


def _last_part(path: Any) -> Any:
    return PurePath(path).name if isinstance(path, str) else path


class TrainedOn(BaseModel):
    """The data of a training run."""

    path: Annotated[str, BeforeValidator(_last_part)]
    """Its file's name"""
    sha256: str | None = None
    examples: int | None = None
    tokens: int | None = None
    supervised_tokens: int | None = None
    truncated: int | None = None


class RunRecord(BaseModel):
    """A training or a merge, as it described itself when it ended."""

    kind: str
    started_at: str | None = None
    finished_at: str | None = None
    device: str | None = None
    versions: dict[str, str] = {}
    dataset: TrainedOn | None = None
    result: dict[str, JsonValue] = {}
    params: dict[str, JsonValue] = {}
    """Every parameter of the run but its paths"""


def record_of(files: Sequence[PlainFile]) -> RunRecord | None:
    """The record among the files of a folder; None = there is none that can be read."""
    file = next((file for file in files if file.name == RUN_FILE), None)
    if file is None or file.size_bytes > LARGEST:
        return None
    try:
        record = RunRecord.model_validate(json.loads(file.path.read_bytes()))
    except (OSError, ValueError, RecursionError, ValidationError):
        return None
    params = {name: value for name, value in record.params.items() if not _is_path(name, value)}
    return record.model_copy(update={"params": params, "result": {**record.result, "path": None}})


def _is_path(name: str, value: Any) -> bool:
    return name.endswith(("_path", "_dir")) or (isinstance(value, str) and PurePath(value).is_absolute())
