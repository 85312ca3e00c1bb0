"""Documents that datasets are written from: listed and uploaded, in `documents/` of the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from backend.api.deps import ServiceDep
from backend.api.uploads import receive
from backend.core.errors import Conflict, InvalidInput, NotFound
from backend.core.generation.documents import LARGEST_BYTES, SUFFIXES, read_pieces
from backend.core.paths import resolve_name
from backend.core.storage.files import explained_errors, sync_folder
from backend.jobs.confine import documents_of

router = APIRouter(prefix="/documents", tags=["generation"])

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"


class DocumentInfo(BaseModel):
    """A file of text."""

    name: str
    size_bytes: int


class DocumentList(BaseModel):
    """The documents there are."""

    documents: list[DocumentInfo]


class UploadedDocument(DocumentInfo):
    """A document that was taken in."""

    pieces: int
    """Parts that records are written from, of about 600 tokens each"""
    characters: int


@router.get("")
def list_documents(service: ServiceDep) -> DocumentList:
    """The documents, by name."""
    root = documents_of(service.settings)
    files = sorted(root.iterdir()) if root.is_dir() else []
    known = [path for path in files if path.suffix.lower() in SUFFIXES and _is_own(path)]
    return DocumentList(documents=[DocumentInfo(name=path.name, size_bytes=path.stat().st_size) for path in known])


@router.post(
    "",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {}}}}},
)
async def upload_document(
    request: Request,
    service: ServiceDep,
    name: Annotated[str, Query(max_length=128, pattern=NAME, description="File name")],
) -> UploadedDocument:
    """Take in a document (.txt, .md or .pdf), sent as the plain body; it is read before it gets its name."""
    root = documents_of(service.settings)
    with explained_errors(root):
        root.mkdir(parents=True, exist_ok=True)
    target = _target(root, name)
    partial = await receive(request, root, target.suffix, LARGEST_BYTES)
    try:
        return await run_in_threadpool(_take_in, partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _is_own(path: Path) -> bool:
    """Whether it is a file that was taken in: a link may lead anywhere, or nowhere."""
    return not path.name.startswith(".") and not path.is_symlink() and path.is_file()


def _target(root: Path, name: str) -> Path:
    """Where a new document goes. Raises InvalidInput and Conflict."""
    if Path(name).suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{name!r}: a document's name ends in {', '.join(SUFFIXES)}.", "name")
    try:
        resolve_name(root, name)
    except NotFound:
        return root / name
    raise Conflict(f"There is a document {name!r} already: choose another name.")


def _take_in(partial: Path, target: Path) -> UploadedDocument:
    """Read the document, then give it its name. Raises InvalidInput."""
    try:
        pieces = read_pieces([partial])
    except InvalidInput as error:  # it has no name of its own yet
        told = str(error).replace(str(partial), target.name).replace(partial.name, target.name)
        raise InvalidInput(told, "name") from None
    with explained_errors(target):
        size = partial.stat().st_size
        partial.replace(_target(target.parent, target.name))
        sync_folder(target.parent)
    characters = sum(len(piece.text) for piece in pieces)
    return UploadedDocument(name=target.name, size_bytes=size, pieces=len(pieces), characters=characters)
