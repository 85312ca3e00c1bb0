"""Evaluations: what one would take, the runs there are, their items and reports, two of them compared."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from backend.api.deps import Cursor, ServiceDep, over_environment
from backend.core.errors import NotFound
from backend.core.evaluation import gathering
from backend.core.evaluation.comparison import RunComparison
from backend.core.evaluation.estimating import EvaluationEstimate, estimate
from backend.core.evaluation.items import Material
from backend.core.evaluation.leaderboard import RunEntry, list_runs, write_index
from backend.core.evaluation.planning import plan_of
from backend.core.evaluation.rows import ResultRow
from backend.core.evaluation.run_files import read_results
from backend.core.evaluation.summary import Summary
from backend.core.evaluation.two_runs import compare
from backend.core.params import EvaluationParams
from backend.core.paths import resolve_name
from backend.core.storage.files import remove_folder
from backend.jobs.admission import checked
from backend.jobs.evaluations import require_idle
from backend.jobs.kinds import EVALUATE

router = APIRouter(tags=["evaluations"])

SANDBOX = "sandbox allow-scripts"
"""Without `allow-same-origin` the page has an origin of its own, and could not call the API if it ran something."""

NOTHING = "default-src 'none'"

Sort = Literal["index", "score", "change", "length", "spread", "cost", "latency_s"]
Filter = Literal["lowest", "unscored", "changed"]


class EvaluationList(BaseModel):
    """Runs, newest first."""

    evaluations: list[RunEntry]
    total: int


class ItemPage(BaseModel):
    """A page of a run's items."""

    items: list[ResultRow]
    total: int
    """Items that pass the filter"""


def estimate_evaluation(params: EvaluationParams, service: ServiceDep) -> EvaluationEstimate:
    """Calls, tokens, cost and seconds of an evaluation, and what each figure rests on; nothing is sent."""
    ready = EvaluationParams.model_validate(checked(EVALUATE, params, service.settings))
    return estimate(plan_of(ready, service.settings), _material(ready))


estimate_evaluation.__annotations__["params"] = over_environment(EvaluationParams)
router.post("/evaluate/estimate")(estimate_evaluation)


def _material(params: EvaluationParams) -> Material:
    """What would be scored; models that have not answered yet are taken to answer at the references' length."""
    if not params.models:
        return gathering.material_of(params)
    dataset, records = gathering.dataset_of(params)
    stand_ins = gathering.made_up([Path(model).name for model in params.models], records, params.seed)
    return gathering.answered(records, stand_ins, dataset.path)


@router.get("/evaluations")
def list_evaluations(
    service: ServiceDep, limit: Annotated[int, Query(ge=1, le=1000)] = 200, offset: Cursor = 0
) -> EvaluationList:
    """The leaderboard: every run, newest first, unfinished and unreadable ones marked."""
    runs = list_runs(service.settings.evaluation_dir)
    return EvaluationList(evaluations=runs[offset : offset + limit], total=len(runs))


@router.get("/evaluations/compare")
def compare_evaluations(
    service: ServiceDep,
    a: Annotated[str, Query(max_length=128, description="A run")],
    b: Annotated[str, Query(max_length=128, description="The run that is held against it")],
) -> RunComparison:
    """Two runs on the same items: the paired difference, and every item by its change."""
    return compare(_folder(service, a), _folder(service, b))


@router.get("/evaluations/{run}")
def show_evaluation(run: str, service: ServiceDep) -> Summary:
    """A run's summary."""
    return read_results(_folder(service, run))[1]


@router.get("/evaluations/{run}/items")
def list_items(
    run: str,
    service: ServiceDep,
    sort: Sort | None = None,
    order: Literal["asc", "desc"] | None = None,
    filter: Filter | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Cursor = 0,
) -> ItemPage:
    """A page of a run's items. `lowest` and `changed` bring their own order unless `sort` gives another."""
    rows, _ = read_results(_folder(service, run))
    rows = _sorted(_filtered(rows, filter), *_order(sort, order, filter))
    return ItemPage(items=rows[offset : offset + limit], total=len(rows))


@router.get("/evaluations/{run}/report", response_class=Response)
def show_report(run: str, service: ServiceDep) -> Response:
    """The report as one page, sandboxed: texts of models are in it."""
    folder = _folder(service, run)
    try:
        page = (folder / "report.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"{run} has no report yet.") from None
    return Response(page, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _policy(page)})


@router.delete("/evaluations/{run}", status_code=204)
def delete_evaluation(run: str, service: ServiceDep) -> None:
    """Delete a run with all its files."""
    folder = _folder(service, run)
    require_idle(service, folder)
    remove_folder(folder)
    write_index(folder.parent)


def _folder(service: ServiceDep, run: str) -> Path:
    """The folder of a run by its name. Raises NotFound and InvalidInput, as `resolve_name`."""
    root = service.settings.evaluation_dir
    if not root.is_dir():
        raise NotFound(f"There is no evaluation {run!r}: none has been run yet.")
    folder = resolve_name(root, run)
    if not folder.is_dir() or not run.startswith("run_"):
        raise NotFound(f"There is no evaluation {run!r}: GET /evaluations lists them.")
    return folder


def _filtered(rows: list[ResultRow], wanted: Filter | None) -> list[ResultRow]:
    if wanted == "unscored":
        return [row for row in rows if row.score is None]
    if wanted == "lowest":
        return [row for row in rows if row.score is not None]
    if wanted == "changed":
        return [row for row in rows if row.change]
    return rows


def _order(sort: Sort | None, order: str | None, wanted: Filter | None) -> tuple[str, bool]:
    """Which value, and whether the largest comes first."""
    if sort is None:
        sort = "score" if wanted == "lowest" else "change" if wanted == "changed" else "index"
        return ("|change|" if sort == "change" else sort, order == "desc" or (order is None and sort == "change"))
    return sort, order == "desc"


def _sorted(rows: list[ResultRow], by: str, descending: bool) -> list[ResultRow]:
    """By a value, those without one last; equal ones in input order."""

    def value(row: ResultRow) -> float | None:
        if by == "length":
            return float(len(row.prediction))
        if by == "|change|":
            return None if row.change is None else abs(row.change)
        found = getattr(row, by)
        return None if found is None else float(found)

    known = [(found, row) for row in rows if (found := value(row)) is not None]
    unknown = [row for row in rows if value(row) is None]
    sign = -1 if descending else 1
    return [row for _, row in sorted(known, key=lambda pair: (sign * pair[0], pair[1].index))] + unknown


def _policy(page: str) -> str:
    """The page's own policy, which lets its style and script work by their hashes, in a sandbox."""
    own = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    return f"{SANDBOX}; {unescape(own[1]) if own else NOTHING}; frame-ancestors 'self'"
