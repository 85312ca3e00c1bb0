"""A run from its folder to its end: the judge is asked, figures are made, and every file is written."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.errors import FinishedBelow, InvalidInput, MissingDependency, NotFound, PipelineError, Stopped
from backend.core.evaluation import leaderboard, run_files
from backend.core.evaluation.controls import Planted, plant
from backend.core.evaluation.figures import Cost, Tokens
from backend.core.evaluation.grading import Grader
from backend.core.evaluation.health import controls_of, judging_themselves
from backend.core.evaluation.items import Material
from backend.core.evaluation.judging import Judgement, Outcomes
from backend.core.evaluation.planning import Plan, config_hash
from backend.core.evaluation.requests import requests_of
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.spending import tell_spending
from backend.core.evaluation.summarising import Facts, summarise
from backend.core.evaluation.summary import Control, Summary
from backend.core.events import RunReporter
from backend.core.files import remove_folder, write_json
from backend.core.llm.stops import NoRoom
from backend.core.paths import shown
from backend.core.registry import AdapterRegistry
from backend.core.settings import Settings
from backend.core.versions import versions

logger = logging.getLogger(__name__)

JOB_MARKER = "evaluation_run.json"
"""In the job's folder: which run it makes, so that a job started again goes on with it."""


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


def begin(plan: Plan, output_dir: Path, models: Sequence[str], dataset: str, input_sha256: str) -> Path:
    """Make the run's folder with what it will do; a job notes which one it is."""
    folder = run_files.new_run(output_dir, plan.params.tag)
    run_files.write_config(
        folder,
        {
            "created_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "tag": plan.params.tag,
            "mode": plan.mode,
            "models": list(models),
            "judges": list(plan.setup.judges) if plan.setup else [],
            "judge_host": plan.host,
            "dataset": dataset,
            "input_sha256": input_sha256,
            "mock": plan.mock,
            "test_mode": plan.test_mode,
            "identity": plan.identity,
            "params": plan.params.model_dump(mode="json"),
            "versions": versions(),
        },
    )
    reporter = RunReporter()
    if reporter.job_dir:
        write_json(reporter.job_dir / JOB_MARKER, {"folder": str(folder)})
    return folder


def freeze(folder: Path, plan: Plan, material: Material) -> None:
    """Keep what is scored as it is now; done once, before the judge is asked."""
    config = run_files.read_config(folder)
    items = run_files.write_items(folder, material)
    run_files.write_config(
        folder,
        {
            **config,
            "models": [answers.model for answers in material.answers],
            "notes": list(material.notes),
            "items_sha256": items,
            "config_hash": config_hash(plan.identity, items),
        },
    )


def require_same(plan: Plan, config: Mapping[str, Any]) -> None:
    """Raises InvalidInput when the run would be judged otherwise than it began: a rubric or a wording was changed."""
    before, now = config.get("identity"), json.loads(json.dumps(plan.identity))
    if before != now:
        differs = [name for name in now if not isinstance(before, dict) or before.get(name) != now[name]]
        raise InvalidInput(
            f"The run began with another {', '.join(differs)} (a rubric, EVAL_MODEL or this program was changed "
            "since): start a new run.",
            "resume",
        )


def finish(
    folder: Path, plan: Plan, material: Material, settings: Settings, labels: Mapping[str, float] | None
) -> Ended:
    """Ask the judge where there is one, and write the end of the run.

    Raises:
        Cancelled: by a person; nothing is written but what was asked so far.
    """
    outcomes: Outcomes = {}
    spent: dict[str, Any] = {}
    planted: list[Planted] = []
    stopped: PipelineError | None = None
    if plan.setup:
        planted = plant(material.questions, plan.params.controls, plan.measure.scale[1], plan.params.seed)
        try:
            outcomes, spent, stopped = _ask(folder, plan, material, planted, settings)
        except (InvalidInput, MissingDependency):
            _forget_unbegun(folder)
            raise
        if isinstance(stopped, NoRoom):
            raise stopped  # the end could not be written either
    grader = Grader(material, plan.setup, outcomes, plan.params.metric, plan.mode)
    controls = controls_of(planted, outcomes, plan.setup) if plan.setup else []
    rows = grader.rows()
    config = run_files.read_config(folder)
    facts = facts_of(folder, config, plan, controls, labels, spent, str(stopped or ""), settings)
    return write_end(folder, rows, summarise(rows, facts), settings, stopped)


def _forget_unbegun(folder: Path) -> None:
    """Remove a run of which nothing came: no question was sent and no model has answered."""
    if not (folder / "journal.jsonl").exists() and not (folder / "predictions").exists():
        remove_folder(folder)


def _ask(
    folder: Path, plan: Plan, material: Material, planted: Sequence[Planted], settings: Settings
) -> tuple[Outcomes, dict[str, Any], Stopped | None]:
    from backend.core.llm import LLMSession

    assert plan.setup
    total = sum(1 for _ in requests_of(material, plan.setup, planted))
    source = Judgement(requests_of(material, plan.setup, planted), plan.setup)
    stopped = None
    with LLMSession(
        plan.params, settings, folder, model=plan.setup.judges[0], phase="judging", total=total,
        on_progress=tell_spending,
    ) as session:  # fmt: skip
        try:
            session.run(source)
        except Stopped as reason:
            stopped = reason
        totals = session.totals
    tokens = Tokens(**vars(totals.tokens), unreported=totals.unreported)
    unpriced = (
        "not every answer told its tokens" if totals.unreported else "the prices file has no price for the judge"
    )
    cost = Cost(value=totals.cost) if totals.cost is not None and not plan.mock else Cost(why_unknown=unpriced)
    if plan.mock:
        cost = Cost(value=None, why_unknown="nobody was asked: the grades are made up")
    return (
        source.outcomes,
        {
            "requests": totals.requests,
            "retries": totals.retries,
            "tokens": tokens,
            "cost": cost,
            "wall_s": round(totals.wall_s, 3),
            "efficiency": totals.efficiency,
            "ladder": [*totals.ladder, *(f"The server refuses {name}." for name in totals.dropped)],
        },
        stopped,
    )


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
        spent={name: value for name, value in spent.items() if name != "ladder"},
        config_hash=str(config.get("config_hash", "")),
        mock=plan.mock,
        test_mode=plan.test_mode,
        stopped=stopped,
        notes=(*map(str, config.get("notes", ())), *spent.get("ladder", ())),
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
    from backend.core.reporting import write_reports

    run_files.write_results(folder, rows, summary)
    write_reports(folder)
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


def run_of_job() -> Path | None:
    """The run that an earlier start of this job began; None = there is none to go on with."""
    job_dir = RunReporter().job_dir
    if job_dir is None:
        return None
    try:
        folder = Path(json.loads((job_dir / JOB_MARKER).read_text(encoding="utf-8"))["folder"])
        run_files.read_config(folder)
    except (OSError, ValueError, KeyError, TypeError, NotFound):
        return None
    return folder
