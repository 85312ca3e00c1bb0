"""Datasets as they are seen: rows raw, as conversations and as tokens, their columns, what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, JsonValue
from starlette.concurrency import run_in_threadpool

from backend.api.dataset_queries import BaseModelName, MappingPairs
from backend.api.deps import Cursor, ServiceDep
from backend.api.inquiring import while_wanted
from backend.core.data.columns import Columns, columns_of, mapping_of
from backend.core.data.conversion import plain
from backend.core.data.datasets import LoadedDataset, Record
from backend.core.data.finding import position_of, records_with
from backend.core.data.looking import Token
from backend.core.data.prompts import Template, named_template
from backend.core.data.records import Problem
from backend.core.data.segments import segments_of
from backend.core.data.versions import version_of
from backend.core.errors import InvalidInput
from backend.core.params.groups import PromptTemplate
from backend.jobs.looks import Asked

router = APIRouter(prefix="/datasets", tags=["datasets"])

PROBLEMS_OF_PREVIEW = 100


class PreviewSegment(BaseModel):
    """A piece of the rendered text."""

    text: str
    supervised: bool
    """Whether the model learns to write it"""


class PreviewMessage(BaseModel):
    """One turn."""

    role: str
    content: str


class PreviewRow(BaseModel):
    """One example: as it stands in the file, as a conversation, as text, and as tokens where they are asked for."""

    index: int
    raw: JsonValue
    messages: list[PreviewMessage]
    text: str
    segments: list[PreviewSegment]
    tokens: list[Token] | None = None
    """Null = not asked for, or nothing here can count them"""


class PreviewProblem(BaseModel):
    """What is wrong with a record."""

    index: int | None
    field: str
    message: str


class Preview(BaseModel):
    """A page of examples."""

    name: str
    version: str
    """Of the file: what a change of it asks for"""
    recognised: str
    total: int
    """Examples that have the words which were searched for"""
    offset: int
    """Of the page's first row among them"""
    rows: list[PreviewRow]
    problems: list[PreviewProblem]
    """The first hundred"""
    counted: str | None = None
    """Who has made the tokens, or why there are none; null = not asked for"""
    template: str | None = None
    """The template that the tokens were rendered with, and why it was taken"""


class ProblemRow(PreviewProblem):
    """What is wrong with a record, and the record."""

    is_fatal: bool
    """It cannot be read, so no run starts; otherwise it is only left out"""
    raw: JsonValue


class ProblemPage(BaseModel):
    """A page of what is wrong with a file."""

    total: int
    problems: list[ProblemRow]


@router.get("/{name}/preview")
async def preview_dataset(
    request: Request,
    name: str,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Cursor = 0,
    index: Annotated[int | None, Query(ge=0, le=2**53, description="Begin at this record instead")] = None,
    q: Annotated[str, Query(max_length=200, description="Only records with these words")] = "",
    prompt_template: PromptTemplate = "auto",
    column_mapping: MappingPairs = [],  # noqa: B006 - FastAPI copies it
    tokens: Annotated[bool, Query(description="Show each row's tokens, too")] = False,
    base_model: BaseModelName = None,
) -> Preview:
    """A page of examples, each raw, as a conversation, and as text with the part to learn marked.

    `auto` shows Qwen's ChatML, as the tokenizer's own template is rendered in a process of its own only: that is
    where the tokens come from, which are those of a run with this base.
    """
    mapping = mapping_of(column_mapping)

    def look() -> Preview:
        loaded = service.datasets.load(name, mapping)
        found = records_with(loaded.records, q)
        start = offset if index is None else position_of(found, index)
        return _page(name, loaded, found[start : start + limit], len(found), start, prompt_template)

    page = await run_in_threadpool(look)
    if not (tokens and page.rows):
        return page
    asked = Asked(service.datasets.find(name), base_model, prompt_template, mapping)
    indices = [row.index for row in page.rows]
    seen, counted = await while_wanted(request, lambda unwanted: service.looks.tokens(asked, indices, unwanted))
    by_index = {row.index: row.tokens for row in seen.rows} if seen else {}
    rows = [row.model_copy(update={"tokens": by_index.get(row.index)}) for row in page.rows]
    return page.model_copy(update={"rows": rows, "counted": counted, "template": seen.template if seen else None})


@router.get("/{name}/columns")
def show_columns(name: str, service: ServiceDep) -> Columns:
    """What the records are made of: each column with samples, and which one plays which part."""
    return columns_of(service.datasets.find(name))


@router.get("/{name}/problems")
def list_problems(
    name: str,
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Cursor = 0,
    column_mapping: MappingPairs = [],  # noqa: B006 - FastAPI copies it
) -> ProblemPage:
    """What is wrong with the records, in the order of the file."""
    problems = service.datasets.load(name, mapping_of(column_mapping)).problems
    page = problems[offset : offset + limit]
    return ProblemPage(
        total=len(problems),
        problems=[
            ProblemRow(**_problem(found).model_dump(), is_fatal=found.fatal, raw=plain(found.raw)) for found in page
        ],
    )


def _page(
    name: str, loaded: LoadedDataset, records: Sequence[Record], total: int, offset: int, prompt_template: str
) -> Preview:
    template = named_template("qwen" if prompt_template == "auto" else prompt_template)
    return Preview(
        name=name,
        version=version_of(loaded.path),
        recognised=loaded.recognised,
        total=total,
        offset=offset,
        rows=[_row(record, template) for record in records],
        problems=[_problem(found) for found in loaded.problems[:PROBLEMS_OF_PREVIEW]],
    )


def _problem(found: Problem) -> PreviewProblem:
    return PreviewProblem(index=found.index, field=found.field, message=found.message)


def _row(record: Record, template: Template) -> PreviewRow:
    try:
        segments = segments_of(record.messages, template, record.tools)
    except InvalidInput as error:  # this one conversation does not fit the template: say so in its place
        raise InvalidInput(f"Record {record.index}: {error}", "prompt_template") from None
    return PreviewRow(
        index=record.index,
        raw=plain(record.raw),
        messages=[PreviewMessage(role=turn["role"], content=turn["content"]) for turn in record.messages],
        text="".join(segment.text for segment in segments),
        segments=[PreviewSegment(text=segment.text, supervised=segment.supervised) for segment in segments],
    )
