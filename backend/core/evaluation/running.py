"""A run from its folder to its end: the judge is asked, figures are made, and every file is written."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.core.environment.settings import Settings
from backend.core.errors import InvalidInput, MissingDependency, NotFound, PipelineError, Stopped
from backend.core.evaluation import run_files
from backend.core.evaluation.controls import Planted, plant
from backend.core.evaluation.ending import Ended, facts_of, write_end
from backend.core.evaluation.figures import Cost, Tokens
from backend.core.evaluation.grading import Grader
from backend.core.evaluation.health import controls_of
from backend.core.evaluation.items import Material
from backend.core.evaluation.judging import Judgement, Outcomes
from backend.core.evaluation.planning import Plan, config_hash
from backend.core.evaluation.requests import requests_of
from backend.core.evaluation.spending import tell_spending
from backend.core.evaluation.summarising import summarise
from backend.core.llm.stops import NoRoom
from backend.core.runs.events import RunReporter
from backend.core.storage.files import remove_folder, write_json
from backend.core.versions import versions

logger = logging.getLogger(__name__)

JOB_MARKER = "evaluation_run.json"
"""In the job's folder: which run it makes, so that a job started again goes on with it."""


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
    config = {**run_files.read_config(folder), "service": spent.pop("service", None)}
    run_files.write_config(folder, config)
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
    session = LLMSession(
        plan.params, settings, folder, model=plan.setup.judges[0], phase="judging", total=total,
        on_progress=tell_spending,
    )  # fmt: skip
    try:
        with session:  # what stops it passes through: its state tells why
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
            "service": {"ladder": list(totals.ladder), "dropped": list(totals.dropped)},
        },
        stopped,
    )


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
