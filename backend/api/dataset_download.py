"""A dataset taken along, as it is or in another form."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, Response

from backend.api.deps import ServiceDep
from backend.core.data.conversion import as_text
from backend.core.data.folder import COUNTED_BYTES
from backend.core.data.rows import read_rows
from backend.core.errors import InvalidInput

router = APIRouter(prefix="/datasets", tags=["datasets"])

BYTES = "application/octet-stream"
"""A file to be kept, never one to be opened in the page."""


@router.get(
    "/{name}/download",
    response_class=Response,
    responses={
        200: {"description": "The file", "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
def download_dataset(
    name: str,
    service: ServiceDep,
    format: Annotated[
        Literal["original", "json", "jsonl", "csv"], Query(description="`original` = the file as it is")
    ] = "original",
) -> Response:
    """The whole dataset as a file: every record with all of its fields, whichever form it is written in."""
    path = service.datasets.find(name)
    if format == "original":
        return FileResponse(path, media_type=BYTES, filename=name)
    if path.stat().st_size > COUNTED_BYTES:
        raise InvalidInput(
            f"{name} is larger than {COUNTED_BYTES // 2**20} MiB, so it is not converted here: use "
            "`python prepare_dataset.py --dataset_path ... --output_path ...`.",
            "name",
        )
    rows = [row if isinstance(row, dict) else {"value": row} for row in read_rows(path)]
    target = f"{path.stem}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{target}"'}
    return Response(as_text(rows, f".{format}").encode(), media_type=BYTES, headers=headers)
