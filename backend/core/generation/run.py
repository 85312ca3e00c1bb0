"""The folder of a run, `runs/<name>` in the data folder: what was asked, so that it can be gone on with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from backend.core.errors import InvalidInput, NotFound, ResumeRefused
from backend.core.generation.naming import slug, stamp
from backend.core.generation.plan import Plan
from backend.core.params import GenerationParams
from backend.core.params.llm import LLMParams
from backend.core.paths import resolve_name, shown
from backend.core.storage.files import write_json
from backend.core.versions import versions

RUNS = "runs"
JOB_ID_VARIABLE = "PIPELINE_JOB_ID"
"""Set by the service (`backend.jobs.child`): a job's run has a name that the service knows, and goes on by itself."""

MAY_CHANGE = frozenset(LLMParams.model_fields) - {"mock"} | {
    "resume", "name", "output_path", "split", "plain",
}  # fmt: skip
"""Parameters that may differ when a run goes on: how the service is reached, and how finished records go out."""


@dataclass(frozen=True)
class Run:
    """A run on the disk.

    Args:
        folder: `<data>/runs/<name>`.
        params: that it works with.
        created_at: when it first began.
        hashes: SHA-256 of the files it was begun with; empty for a new run.
        earlier: datasets that it must not repeat, by name; None = not looked for yet.
    """

    folder: Path
    params: GenerationParams
    created_at: datetime
    hashes: Mapping[str, str]
    earlier: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """As `--resume` takes it."""
        return self.folder.name

    @property
    def is_new(self) -> bool:
        """Whether nothing was written yet."""
        return not (self.folder / "config.json").exists()

    def plan(self) -> Plan | None:
        """The plan, once it was made."""
        content = _read(self.folder / "plan.json")
        return Plan.from_json(content) if content else None

    def keep_plan(self, plan: Plan) -> None:
        """Write the plan down, before the first record."""
        write_json(self.folder / "plan.json", plan.as_json())

    def keep_config(self, found: Mapping[str, Any]) -> None:
        """Write down what the run is: resolved parameters, files, versions. Keys are named in it, never told."""
        config = {
            "kind": "generate",
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "params": self.params.model_dump(mode="json"),
            "versions": versions(),
            **found,
        }
        write_json(self.folder / "config.json", config)


def open_run(params: GenerationParams, data_dir: Path) -> Run:
    """The run that these parameters mean: the one to resume, the job's own, or a new one.

    Raises:
        NotFound: there is no such run.
        InvalidInput: the name is a path.
        ResumeRefused: the run was begun with other parameters.
    """
    runs = data_dir / RUNS
    if params.resume:
        if not runs.is_dir():
            raise NotFound(f"There are no runs in {shown(runs)}.")
        return _existing(resolve_name(runs, params.resume), params)
    job = os.environ.get(JOB_ID_VARIABLE)
    if job:
        folder = runs / job_run(job)
        if (folder / "config.json").exists():
            return _existing(folder, params)
        return Run(folder, params, _now(), {})
    moment = _now()
    while (folder := runs / f"{stamp(moment)}_{slug(params.topic)}").exists():
        moment += timedelta(seconds=1)
    return Run(folder, params, moment, {})


def job_run(job_id: str) -> str:
    """The name of a job's run."""
    return f"job_{job_id}"


def _existing(folder: Path, given: GenerationParams) -> Run:
    config = _read(folder / "config.json")
    if config is None or config.get("kind") != "generate":
        raise NotFound(f"{shown(folder)} holds no run that could be gone on with: it was stopped before it had begun.")
    before = GenerationParams.model_validate(config["params"])
    named = given.model_fields_set - MAY_CHANGE
    changed = sorted(name for name in named if getattr(given, name) != getattr(before, name))
    if changed:
        told = ", ".join(f"{name} ({getattr(before, name)!r} before)" for name in changed)
        raise ResumeRefused(f"The run {folder.name} differs in {told}: leave them out, or begin a new run.")
    new = {name: getattr(given, name) for name in given.model_fields_set & MAY_CHANGE}
    return Run(
        folder,
        GenerationParams.model_validate({**before.model_dump(), **new}),
        datetime.fromisoformat(config["created_at"]),
        config.get("files", {}),
        tuple(config.get("earlier", ())),
    )


def require_same_files(run: Run, hashes: Mapping[str, str]) -> None:
    """Raises ResumeRefused when a file differs from what the run was begun with."""
    if run.is_new:
        return
    changed = [Path(path).name for path in hashes if run.hashes.get(path) != hashes[path]]
    if changed:
        raise ResumeRefused(f"{', '.join(changed)} changed since the run {run.name} was begun: begin a new run.")


def require_json(path: Path) -> Path:
    """The path, if a dataset can be written there. Raises InvalidInput."""
    if path.suffix != ".json":
        raise InvalidInput(f"--output_path {path.name}: end it in .json.", "output_path")
    return path


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _now() -> datetime:
    return datetime.now(timezone.utc)
