"""A file sent as the plain body of a request: whole on the disk under a hidden name, or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from fastapi import Request

from backend.api.errors import Refusal
from backend.core.storage.files import explained_errors

UPLOAD_BYTES = 512 * 2**20


async def receive(request: Request, root: Path, suffix: str, limit: int = UPLOAD_BYTES) -> Path:
    """The body as a hidden file in the folder. Raises Refusal when it is, or says it is, longer than `limit` bytes."""
    if int(request.headers.get("content-length", "0")[:20]) > limit:  # a number, which the guards have seen to
        raise _too_large(limit)
    with explained_errors(root):
        handle, path = tempfile.mkstemp(prefix=".tmp_upload_", suffix=suffix, dir=root)
    partial, size, whole = Path(path), 0, False
    try:
        with os.fdopen(handle, "wb") as stream, explained_errors(root):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(0o644)
        whole = True
    finally:
        if not whole:
            partial.unlink(missing_ok=True)
    return partial


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"The file is larger than {limit // 2**20} MiB.")
