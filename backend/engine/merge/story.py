"""A merge from opened adapters to a registered result: write into a hidden folder, prove, publish, register."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import Conflict, FinishedBelow
from backend.core.params import MergeParams
from backend.core.paths import normalise_path, shown
from backend.core.registry import Adapter, AdapterRegistry
from backend.core.runs.events import RunReporter
from backend.core.runs.folder import FAILED_PROOF, RunFolder
from backend.core.storage.files import remove_folder
from backend.core.versions import versions
from backend.engine.merge.combining import MergedModule, merge_modules, told
from backend.engine.merge.manifest import made_at, write_manifest
from backend.engine.merge.output import write_adapter, write_run
from backend.engine.merge.parents import Parent

logger = logging.getLogger(__name__)


@dataclass
class MergeResult:
    """What came of a merge.

    Args:
        path, name: of the result.
        kind: an adapter, or a whole model.
        method: as asked.
        rank: of the adapter; None for a model.
        lines: what a person should know.
        energy_kept: share of the merged change that the rank holds, its median and its least; None for a model.
        proof: the proof's figures; None when none was asked for.
        registered: whether the registry lists it.
    """

    path: str
    name: str
    kind: str
    method: str
    rank: int | None
    lines: list[str]
    energy_kept: dict[str, float] | None
    proof: dict[str, Any] | None
    registered: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the job's result and `run.json`."""
        return asdict(self)


def merge(parents: Sequence[Parent], params: MergeParams, settings: Settings, reporter: RunReporter) -> MergeResult:
    """Merge, prove, publish and register.

    Raises:
        Conflict: the output exists, or lies inside a parent.
        InvalidInput, BadModel: the method or the base cannot take these adapters; nothing is written.
        FinishedBelow: the result did not pass its proof; it is kept aside, marked and not registered.
    """
    started = datetime.now(timezone.utc)
    target = normalise_path(params.output_dir or "", Path.cwd())
    _require_apart(target, parents)
    with RunFolder(target, params.model_dump(mode="json"), resume=False) as run:
        result, more = _write(run.partial, target, parents, params, settings, reporter)
        if params.prove:
            from backend.engine.merge.proof import prove

            reporter.progress("proving the result")
            proof = prove(run.partial, parents, params, settings, reporter_progress(reporter, "proving the result"))
            result.proof = proof.as_json()
            result.lines += proof.lines
        write_run(run.partial, run_record(result, parents, params, started), result.lines)
        write_manifest(run.partial, parents, more.pop("modules", []), params, proof=result.proof, **more)
        if params.prove and not proof.passed:
            aside = target.with_name(target.name + FAILED_PROOF)
            if aside.exists():  # an earlier try under this name, which the proof refused too
                remove_folder(aside)
            result.path, result.name = shown(run.publish(aside)), aside.name
            reporter.result(result.as_json())  # its figures say why
            raise FinishedBelow(
                f"The merge did not pass its proof: {proof.reason} It is kept in {shown(aside)} and not registered. "
                "Try --rank sum or another --method; --report says how the adapters relate."
            )
        run.publish()
    if params.register_adapter and not params.into_base:
        AdapterRegistry(settings.adapter_config_path).add(_entry(result, parents, params, target))
        result.registered = True
    result.lines.append(f"Saved to {result.path}.")
    return result


def reporter_progress(reporter: RunReporter, phase: str) -> Any:
    """Progress as the steps of a phase."""

    def tell(done: int, total: int) -> None:
        reporter.progress(phase, done, total)

    return tell


def _write(
    folder: Path,
    target: Path,
    parents: Sequence[Parent],
    params: MergeParams,
    settings: Settings,
    reporter: RunReporter,
) -> tuple[MergeResult, dict[str, Any]]:
    """The result's files, and what the manifest has to say of them."""
    if params.into_base:
        from backend.engine.merge.into_base import write_model

        phase = "adding the updates to the base"
        written = write_model(folder, parents, params, settings, reporter_progress(reporter, phase))
        lines = [
            f"Added the updates of {len(parents)} adapters to {written.layers} layers of the base.",
            *written.advice,
        ]
        result = MergeResult(shown(target), target.name, "model", params.method, None, lines, None, None)
        return result, {"base": asdict(written)}
    modules: list[MergedModule] = list(
        merge_modules(parents, params, reporter_progress(reporter, "merging layer by layer"))
    )
    write_adapter(folder, parents, modules)
    kept = [module.kept for module in modules]
    result = MergeResult(
        path=shown(target),
        name=target.name,
        kind="adapter",
        method=params.method,
        rank=max(module.rank for module in modules),
        lines=told(modules, params.method),
        energy_kept={"median": sorted(kept)[len(kept) // 2], "least": min(kept)},
        proof=None,
    )
    return result, {"modules": modules}


def run_record(
    result: MergeResult, parents: Sequence[Parent], params: MergeParams, started: datetime
) -> dict[str, Any]:
    """The content of `run.json`; the template is the parents', so that the result is asked as they were."""
    templates = [parent.run.get("template") for parent in parents]
    if any(template != templates[0] for template in templates):
        logger.warning("The adapters were trained with different templates; the result is asked with the first one's.")
    return {
        "name": result.name,
        "kind": "merge",
        "params": {**params.model_dump(mode="json"), "base_model_name": params.base_model_name or parents[0].base},
        "versions": versions(),
        "template": templates[0],
        "parents": [{"name": parent.name, "weight": parent.weight, "base": parent.base} for parent in parents],
        "result": result.as_json(),
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": made_at(),
    }


def _entry(result: MergeResult, parents: Sequence[Parent], params: MergeParams, target: Path) -> Adapter:
    return Adapter.model_validate(
        {
            "name": result.name,
            "path": shown(target),
            "description": params.description,
            "training_date": made_at(),
            "base_model": params.base_model_name or parents[0].base,
            "lora_r": result.rank,
            "lora_alpha": result.rank,
            "merged_from": [{"name": parent.name, "weight": parent.weight} for parent in parents],
            "merge_method": result.method,
            "proof": result.proof,
        }
    )


def _require_apart(target: Path, parents: Sequence[Parent]) -> None:
    for parent in parents:
        folder, there = parent.file.folder.resolve(), target.resolve()
        if there == folder or folder in there.parents or there in folder.parents:
            raise Conflict(
                f"The output {shown(target)} and the adapter {shown(folder)} lie inside each other: choose another "
                "output folder."
            )
