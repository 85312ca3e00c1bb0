"""A job's log: from a cursor on, backwards from a place, searched, and whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from backend.api.deps import Cursor, JobDep, ServiceDep
from backend.jobs.log import CHUNK_BYTES, LogSlice, read_log
from backend.jobs.log_pages import last_page, page_before, search, whole_log

router = APIRouter(prefix="/jobs", tags=["jobs"])

TAIL_LINES = 2000
"""What a page opens with: ten kilobytes compressed, and a hundred screens."""
MOST_TAIL_LINES = 10_000
MOST_FOUND = 1000


class LogText(BaseModel):
    """Whole lines of the log from a cursor on."""

    text: str
    cursor: int
    """Give it back to get what follows"""
    size: int
    generation: int


class LogPiece(BaseModel):
    """A piece of the log with its place in the file."""

    start: int = Field(serialization_alias="from")
    next: int
    size: int
    generation: int
    text: str
    live: str
    """The unfinished last line, replaced with every tick"""
    line: int | None
    """Lines of the log before this piece; null where the one before told"""


class FoundLine(BaseModel):
    """A line that holds what was looked for."""

    line: int
    """Its number; the first is 0"""
    text: str


class LogMatches(BaseModel):
    """The lines that hold what was looked for, from the first on."""

    matches: list[FoundLine]
    has_more: bool


TailLines = Annotated[int, Query(ge=1, le=MOST_TAIL_LINES, description="Whole lines from the end")]


@router.get("/{job_id}/logs")
async def job_logs(job: JobDep, service: ServiceDep, cursor: Cursor = 0, generation: Cursor | None = None) -> LogText:
    """The log from a cursor on, in whole lines; of an ended job to its very end."""
    piece = read_log(service.folder(job.id).log, cursor, generation)
    if job.status.is_final and piece.live:
        return LogText(text=piece.text + piece.live, cursor=piece.size, size=piece.size, generation=piece.generation)
    return LogText(text=piece.text, cursor=piece.next, size=piece.size, generation=piece.generation)


@router.get("/{job_id}/log")
def job_log(
    job: JobDep,
    service: ServiceDep,
    before: Annotated[int | None, Query(ge=0, le=2**53, description="Offset that the piece ends at")] = None,
    generation: Cursor = 0,
    max_bytes: Annotated[int, Query(alias="max", ge=1024, le=4 * CHUNK_BYTES)] = CHUNK_BYTES,
    tail: TailLines = TAIL_LINES,
) -> LogPiece:
    """The last lines, or those before a place."""
    path = service.folder(job.id).log
    return piece_of(last_page(path, tail) if before is None else page_before(path, before, generation, max_bytes))


@router.get("/{job_id}/log/search")
def search_log(
    job: JobDep,
    service: ServiceDep,
    q: Annotated[str, Query(min_length=1, max_length=200, description="What the lines hold, in any case")],
    limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = MOST_FOUND,
    before: Annotated[int | None, Query(ge=0, le=2**53, description="Offset to look up to")] = None,
) -> LogMatches:
    """The lines that hold a text."""
    found, has_more = search(service.folder(job.id).log, q, limit, before)
    return LogMatches(matches=[FoundLine(line=one.line, text=one.text) for one in found], has_more=has_more)


@router.get(
    "/{job_id}/log.txt",
    response_class=StreamingResponse,
    responses={200: {"description": "The log as text", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def download_log(job: JobDep, service: ServiceDep) -> StreamingResponse:
    """The whole log as a file, as the dashboard shows it: without terminal codes and without secrets."""
    headers = {"Content-Disposition": f'attachment; filename="{job.id}.log.txt"'}
    return StreamingResponse(
        _encoded(whole_log(service.folder(job.id).log)), 200, headers, "text/plain; charset=utf-8"
    )


def piece_of(piece: LogSlice) -> LogPiece:
    """A piece as it is answered."""
    return LogPiece(
        start=piece.start,
        next=piece.next,
        size=piece.size,
        generation=piece.generation,
        text=piece.text,
        live=piece.live,
        line=piece.line,
    )


def _encoded(texts: Iterator[str]) -> Iterator[bytes]:
    return (text.encode("utf-8", "replace") for text in texts)
