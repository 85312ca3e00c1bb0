"""A dataset in numbers: lengths and what is cut, who speaks, what is said twice, what leaks from another one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from backend.api.dataset_queries import BaseModelName, MappingPairs
from backend.api.deps import ServiceDep
from backend.api.inquiring import while_wanted
from backend.core.data.columns import mapping_of
from backend.core.data.datasets import LoadedDataset
from backend.core.data.looking import Findings, Leakage, Repetition
from backend.core.data.versions import version_of
from backend.core.params.groups import PromptTemplate
from backend.jobs.looks import Asked

router = APIRouter(prefix="/datasets", tags=["datasets"])

MOST_SHOWN = 500
"""Groups of duplicates, pairs and leaks that one report lists; their counts are of all."""


class DatasetReport(Findings):
    """What a person should know of a dataset before it is learnt; of groups, pairs and leaks the first ones."""

    name: str
    version: str
    recognised: str
    records: int
    """In the file, usable or not; `examples` are those that can be used"""
    problems: int
    is_counted: bool
    """Whether a tokenizer has counted; else the characters tell"""
    basis: str
    exact: int
    """Examples that repeat an earlier one word for word"""
    near: int
    """Examples that say nearly the same as an earlier one"""
    leaked: int


@router.get("/{name}/report")
async def report_dataset(
    request: Request,
    name: str,
    service: ServiceDep,
    base_model: BaseModelName = None,
    prompt_template: PromptTemplate = "auto",
    column_mapping: MappingPairs = [],  # noqa: B006 - FastAPI copies it
    against: Annotated[
        str | None, Query(max_length=128, description="A dataset whose questions should not be here")
    ] = None,
) -> DatasetReport:
    """Lengths, what each `max_length` would cut, who speaks, what is said twice, what leaks from another dataset.

    It takes seconds in a process of its own, and ends when the client leaves; an unchanged file is answered at once.
    """
    asked = Asked(service.datasets.find(name), base_model, prompt_template, mapping_of(column_mapping))
    other = service.datasets.find(against) if against else None
    version = version_of(asked.path)
    loaded = await run_in_threadpool(service.datasets.load_path, asked.path, asked.column_mapping)
    findings, is_counted, basis = await while_wanted(
        request, lambda unwanted: service.looks.report(asked, other, unwanted)
    )
    return _report(name, version, loaded, findings, is_counted, basis)


def _report(
    name: str, version: str, loaded: LoadedDataset, found: Findings, is_counted: bool, basis: str
) -> DatasetReport:
    said, leakage = found.repetition, found.leakage
    return DatasetReport(
        name=name,
        version=version,
        recognised=loaded.recognised,
        records=loaded.total,
        problems=len(loaded.problems),
        is_counted=is_counted,
        basis=basis,
        **found.model_dump(exclude={"repetition", "leakage"}),
        exact=sum(len(group) - 1 for group in said.exact),
        near=sum(len(group) - 1 for group in said.near_groups),
        repetition=Repetition(
            exact=said.exact[:MOST_SHOWN],
            near=said.near[:MOST_SHOWN],
            near_groups=said.near_groups[:MOST_SHOWN],
            skipped=said.skipped,
        ),
        leakage=leakage and Leakage(questions=leakage.questions, leaks=leakage.leaks[:MOST_SHOWN]),
        leaked=len(leakage.leaks) if leakage else 0,
    )
