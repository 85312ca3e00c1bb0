"""A finished run's figures computed again from its own files: new code, other thresholds, people's grades, no call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from backend.core.environment.settings import Settings
from backend.core.evaluation import planning, run_files
from backend.core.evaluation.ending import Ended, facts_of, write_end
from backend.core.evaluation.people import read_labels, require_some
from backend.core.evaluation.requests import Setup
from backend.core.evaluation.rows import Answer, ResultRow
from backend.core.evaluation.summarising import summarise
from backend.core.metrics import all_of
from backend.core.params import EvaluationParams
from backend.core.paths import normalise_path

A = TypeVar("A", bound=Answer)

SPENT = ("requests", "retries", "tokens", "cost", "wall_s", "efficiency")


def rescore(folder: Path, params: EvaluationParams, settings: Settings, labels: Mapping[str, float] | None) -> Ended:
    """Read the rows, compute every metric again, and write figures and reports anew.

    What the judge said stays as it is. `metric`, `pass_threshold`, `min_coverage` and `human` are taken as given now,
    else as they were (people's grades as they are in their file now).

    Raises:
        NotFound: the run has not ended.
        InvalidInput: people's grades are for none of the items.
    """
    config = run_files.read_config(folder)
    rows, before = run_files.read_results(folder)
    if labels is None and config["params"].get("human"):
        labels = read_labels(normalise_path(config["params"]["human"], Path.cwd()))
    if labels is not None:
        require_some(labels, [row.item_id for row in rows])
    now = {
        name: getattr(params, name)
        for name in ("metric", "pass_threshold", "min_coverage")
        if name in params.model_fields_set
    }
    saved = EvaluationParams.model_validate({**config["params"], **now, "resume": None, "mock": before.mock})
    plan = planning.plan_again(saved, config, settings)
    rows = [_again(row, plan.setup, plan.params.metric) for row in rows]
    controls = before.health.controls if before.health else []
    spent = {name: getattr(before, name) for name in SPENT}
    stopped = before.status_detail if before.status == "partial" else ""
    facts = facts_of(folder, config, plan, controls, labels, spent, stopped, settings)
    return write_end(folder, rows, summarise(rows, facts), settings)


def _again(row: ResultRow, setup: Setup | None, metric: str) -> ResultRow:
    others = [_answer(answer, row.reference, setup, metric) for answer in row.others]
    fresh = _answer(row, row.reference, setup, metric)
    baseline = others[0].score if others else None
    change = fresh.score - baseline if fresh.score is not None and baseline is not None else None
    return fresh.model_copy(update={"others": others, "change": change})


def _answer(answer: A, reference: str | None, setup: Setup | None, metric: str) -> A:
    found = {} if reference is None else all_of(answer.prediction, reference)
    update: dict[str, object] = {"reference_metrics": found}
    if setup is None:
        update["score"] = found.get(metric)
    return answer.model_copy(update=update)
