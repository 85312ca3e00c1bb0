"""The end of a run: its summary and reports on the disk, its conclusions told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import DiskFull, FinishedBelow, PipelineError
from backend.core.evaluation import leaderboard, run_files
from backend.core.evaluation.health import judging_themselves
from backend.core.evaluation.planning import Plan
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.summarising import Facts
from backend.core.evaluation.summary import Control, Summary
from backend.core.llm.stops import NoRoom
from backend.core.paths import shown
from backend.core.registry import AdapterRegistry
from backend.core.runs.events import RunReporter


@dataclass(frozen=True)
class Ended:
    """A run that came to its end, or to a stop.

    Args:
        stopped: why it did not go on; it can be resumed.
    """

    folder: Path
    rows: list[ResultRow]
    summary: Summary
    stopped: PipelineError | None = None

    def require_enough(self) -> None:
        """Raises what stopped the run, or FinishedBelow when too few items have a score."""
        if self.stopped:
            raise self.stopped
        if self.summary.status == "below_coverage":
            raise FinishedBelow(f"{self.summary.status_detail} {shown(self.folder)}/unscored.jsonl lists them.")


def facts_of(
    folder: Path,
    config: Mapping[str, Any],
    plan: Plan,
    controls: Sequence[Control],
    labels: Mapping[str, float] | None,
    spent: Mapping[str, Any],
    stopped: str,
    settings: Settings,
) -> Facts:
    """What the summary tells besides the rows."""
    setup, rubric = plan.setup, plan.setup.rubric if plan.setup else None
    models, judges = list(config["models"]), setup.judges if setup else ()
    return Facts(
        run=folder.name,
        created_at=str(config["created_at"]),
        tag=config.get("tag"),
        mode=plan.mode,
        measure=plan.measure,
        min_coverage=plan.params.min_coverage,
        dataset=str(config["dataset"]),
        judged=setup is not None,
        grades=setup is not None and setup.grades,
        judges=judges,
        repeats=setup.repeats if setup else 1,
        judge_host=plan.host,
        rubric=rubric.name if rubric else None,
        criteria_help={criterion.name: criterion.question for criterion in rubric.criteria} if rubric else {},
        controls=tuple(controls),
        labels=labels,
        itself=tuple(judging_themselves(judges, models, bases_of(models, settings))),
        spent=spent,
        config_hash=str(config.get("config_hash", "")),
        mock=plan.mock,
        test_mode=plan.test_mode,
        stopped=stopped,
        notes=tuple(map(str, config.get("notes", ()))),
    )


def bases_of(models: Sequence[str], settings: Settings) -> dict[str, str]:
    """The base of each model that is an adapter of the registry."""
    registry = AdapterRegistry(settings.adapter_config_path)
    try:
        return {adapter.name: adapter.base_model for adapter in registry.read().adapters if adapter.name in models}
    except PipelineError:  # a damaged registry is no reason not to evaluate
        return {}


def write_end(
    folder: Path, rows: list[ResultRow], summary: Summary, settings: Settings, stopped: PipelineError | None = None
) -> Ended:
    """Write results, summary and reports, and tell the job; the leaderboard is of the runs in EVALUATION_DIR."""
    from backend.core.evaluation.reporting import write_reports

    try:
        run_files.write_results(folder, rows, summary)
        write_reports(folder)
    except DiskFull as error:
        run_files.unfinished_again(folder)
        raise NoRoom(f"{error} Everything judged is kept: --resume {shown(folder)} writes the end.") from error
    if folder.parent == settings.evaluation_dir:
        leaderboard.write_index(folder.parent, folder.name)
    RunReporter().result(result_of(folder, summary))
    return Ended(folder, rows, summary, stopped)


def result_of(folder: Path, summary: Summary) -> dict[str, Any]:
    """What the job's page shows."""
    return {
        "run": folder.name,
        "path": str(folder),
        "mode": summary.mode,
        "status": summary.status,
        "model": summary.model,
        "coverage": summary.coverage,
        "score": summary.score.model_dump(mode="json", include={"name", "mean", "ci95", "n", "scale"}),
        "sentences": sentences(summary),
        "cost": summary.cost.value,
        "test_mode": summary.test_mode,
    }


def sentences(summary: Summary) -> list[str]:
    """The conclusions, each in a sentence; what speaks against the judge comes first."""
    serious = (
        [found.sentence for found in summary.health.findings if found.severity == "serious"] if summary.health else []
    )
    return [
        *serious,
        *(found.sentence for found in summary.comparisons),
        *(found.sentence for found in summary.preferences),
    ]
