"""Datasets in the data folder, whole or not at all: whoever lists `data/*.json` sees finished ones only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from backend.core.errors import Conflict, DiskFull
from backend.core.generation.naming import slug, stamp
from backend.core.generation.run import require_json
from backend.core.generation.splitting import Split
from backend.core.llm import NoRoom
from backend.core.params import GenerationParams
from backend.core.paths import normalise_path, shown
from backend.core.storage.files import require_replaceable, write_json


@dataclass(frozen=True)
class Target:
    """Where a run's dataset goes; with a split `_train` and `_test` are put to its name."""

    path: Path
    split: bool

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files: one, or training and test part."""
        if not self.split:
            return (self.path,)
        return tuple(self.path.with_name(f"{self.path.stem}_{part}.json") for part in ("train", "test"))

    @property
    def is_taken(self) -> bool:
        """Whether one of the files is there."""
        return any(path.exists() for path in self.paths)

    def require_free(self) -> None:
        """Raises Conflict when a file is there already, InvalidInput when it cannot be written."""
        for path in self.paths:
            if path.exists():
                raise Conflict(f"{shown(path)} exists already: choose another name.")
            require_replaceable(path)


def target_of(params: GenerationParams, data_dir: Path, created_at: datetime, *, mock: bool) -> Target:
    """Where the dataset of these parameters goes.

    Raises:
        InvalidInput: `output_path` is no .json file.
    """
    split = params.split > 0
    if params.output_path:
        return Target(require_json(normalise_path(params.output_path, Path.cwd())), split)
    if params.name:
        return Target(data_dir / f"{params.name.removesuffix('.json')}.json", split)
    made = f"{slug(params.topic)}_{params.format_type}_{params.num_examples}_{stamp(created_at)}"
    return Target(data_dir / f"{made}{'_mock' if mock else ''}.json", split)


def free_moment(params: GenerationParams, data_dir: Path, moment: datetime, *, mock: bool) -> datetime:
    """The moment, or the next one whose name is not taken: two runs may begin within a second."""
    if params.name or params.output_path:
        return moment
    while target_of(params, data_dir, moment, mock=mock).is_taken:
        moment += timedelta(seconds=1)
    return moment


def as_published(record: Mapping[str, Any], *, plain: bool) -> dict[str, Any]:
    """The record as it goes into the file."""
    return {name: record[name] for name in ("input", "output")} if plain else dict(record)


def publish_dataset(records: Sequence[Mapping[str, Any]], target: Target, split: Split | None) -> list[Path]:
    """Write the dataset, or its parts; each appears in one step.

    A run that was killed after it had published one of them finds it there and goes on.

    Raises:
        Conflict: another file of that name appeared meanwhile.
        NoRoom: the disk is full; no part of the dataset is there then, and the run can be gone on with.
    """
    parts: list[Sequence[Mapping[str, Any]]] = [records]
    if split:
        parts = [[records[place] for place in places] for places in (split.train, split.test)]
    target.path.parent.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        for path, part in zip(target.paths, parts, strict=True):
            if not _is_there(path, part):
                write_json(path, list(part))
                written.append(path)
    except DiskFull as error:
        for path in written:  # a training part without its test part is half a dataset
            path.unlink()
        raise NoRoom(f"{error} Every record is kept: resume the run to publish it.") from error
    return list(target.paths)


def _is_there(path: Path, part: Sequence[Mapping[str, Any]]) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        content = None
    if content != list(part):
        raise Conflict(f"{shown(path)} appeared meanwhile: resume the run with another --name.")
    return True
