"""What a run has left, to take along: its record, parameters, log, curve and result; no weights, and no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backend.core.redaction import redacted
from backend.core.runs.folder import RUN_FILE
from backend.core.storage.archive import MadeFile, PlainFile, plain_files, zipped_texts
from backend.core.storage.files import partial_of
from backend.jobs.folder import JobFolder
from backend.jobs.models import Job

RECORD = "job.json"
OF_THE_RESULT = (RUN_FILE, "README.md", "adapter_config.json")
"""What describes a result, of the folder that holds it."""


def bundled(job: Job, folder: JobFolder, root: str) -> Iterator[bytes]:
    """The bytes of a zip file with everything a run has told, below a folder `root`."""
    record = job.model_dump_json(indent=2, exclude={"idempotency_key", "request_digest"})
    told = plain_files(folder.path) if folder.path.is_dir() else []
    return zipped_texts([MadeFile(RECORD, record + "\n"), *told, *_described(job)], root, redacted)


def _described(job: Job) -> list[PlainFile]:
    """What describes the result; of a run that did not finish, as far as it got."""
    if job.target is None:
        return []
    target = Path(job.target)
    place = target if target.is_dir() else partial_of(target)
    if not place.is_dir() or place.is_symlink():
        return []
    return [
        PlainFile(f"result/{file.name}", file.path, file.size_bytes)
        for file in plain_files(place)
        if file.name in OF_THE_RESULT
    ]
