"""The folder of a job: what the service gives the run, and what the run tells back (`backend.core.runs.events`)."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.core.redaction import redacted
from backend.core.runs.events import SAMPLES_FILE
from backend.core.runs.request import FINISH_FILE, ask_to_finish
from backend.core.storage.files import remove_folder, write_json
from backend.jobs.log import LOG_BYTES, rotate

STALE_SECONDS = 3600.0
"""A temporary file so old has no writer any more; a younger one may be a command line's at work."""

Stamp = tuple[int, int, int]


class JobFolder:
    """`<state_dir>/jobs/<id>/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.params = path / "params.json"
        self.log = path / "log.txt"
        self.metrics = path / "metrics.jsonl"

    def forget(self) -> None:
        """Drop what an earlier start told and was asked; the log and the curve go on."""
        for name in ("progress.json", "result.json", "failure.json", FINISH_FILE):
            (self.path / name).unlink(missing_ok=True)

    def prepare(self, params: dict[str, Any]) -> None:
        """Make the folder ready for a start: its parameters written, nothing left of what an earlier start told."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.forget()
        write_json(self.params, params)
        self.log.touch()

    def ask_to_finish(self) -> None:
        """Have the run end after its present step as it does at its last. Raises OSError."""
        ask_to_finish(self.path)

    def log_size(self) -> int:
        """Bytes in the log."""
        return _stamp(self.log)[1]

    def samples_size(self) -> int:
        """Bytes of what was answered in training."""
        return _stamp(self.path / SAMPLES_FILE)[1]

    def rotate_log(self) -> None:
        """Keep a run that logs without end from filling the disk."""
        if self.log_size() > LOG_BYTES:
            with suppress(OSError):  # tried again at the next look; a log is worth no run
                rotate(self.log)

    def note(self, line: str) -> None:
        """Write a line of the service's own into the log."""
        self.path.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")

    def progress(self) -> dict[str, Any] | None:
        """Where the run stands, if it has told."""
        return _read(self.path / "progress.json")

    def result(self) -> dict[str, Any] | None:
        """What came of the run, once it ended well."""
        return _read(self.path / "result.json")

    def failure(self) -> dict[str, Any] | None:
        """Why it ended badly, if it knew; without our secrets, which the run may have met and did not know."""
        told = _read(self.path / "failure.json")
        return told and {**told, "message": redacted(str(told.get("message") or ""))}

    def stamp(self) -> tuple[Stamp, ...]:
        """Differs once the run has told something new: cheaper than reading."""
        return tuple(_stamp(self.path / name) for name in ("progress.json", "metrics.jsonl", "result.json"))

    def remove(self) -> None:
        """Delete the folder with everything in it."""
        if self.path.is_symlink():
            self.path.unlink()
        elif self.path.exists():
            remove_folder(self.path)


def sweep(root: Path) -> None:
    """Remove what a crash in the middle of a deletion, a write or an upload left in a folder of ours."""
    for leftover in root.glob(".partial-deleted-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    long_ago = time.time() - STALE_SECONDS
    for leftover in (*root.glob(".tmp_*"), *root.glob("*/.tmp_*")):
        with suppress(OSError):  # gone meanwhile: its writer lives
            if leftover.is_file() and leftover.stat().st_mtime < long_ago:
                leftover.unlink()


def _read(path: Path) -> dict[str, Any] | None:
    """The object in a file that the run replaces atomically; None while there is none."""
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _stamp(path: Path) -> Stamp:
    """Time, size and inode: two writes within one tick of the file system's clock (4 ms) differ in the others."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_size, status.st_ino)
