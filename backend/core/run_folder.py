"""The folder a run works in: hidden while unfinished, named when whole, kept for a resume when it has checkpoints."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from backend.core.errors import Conflict, NotFound, PipelineError, Reason
from backend.core.files import explained, partial_of, publish, require_new, write_json
from backend.core.paths import shown

PARAMS_FILE = "params.json"
LOG_FILE = "training.log"
CHECKPOINTS = "checkpoints"
FAILED_PROOF = ".failed-proof"
"""Ending of a result that was set aside, since it is not what was asked for."""
MAY_CHANGE = frozenset({"resume", "dry_run", "description", "register_adapter", "logging_steps"})
"""Parameters that may differ when a run is resumed: none of them changes what is learnt."""


class ResumeRefused(PipelineError):
    """The unfinished run was another one: other parameters or other data."""

    exit_code = 2
    reason: Reason = "resume_refused"  # type: ignore[misc]


class RunFolder:
    """A context in which a run works on `partial`; `publish` gives the folder its name.

    Left by an error, a folder without a checkpoint is removed, and one with a checkpoint is kept for `--resume`.

    Args:
        target: the finished folder.
        identity: what must be the same for a resume: the parameters and the dataset's hash.
        resume: continue what is there.

    Raises (on entering):
        Conflict: the target exists, another process works on it, or an unfinished run is there and not resumed.
        NotFound: there is nothing to resume.
        ResumeRefused: the unfinished run had another identity.
    """

    def __init__(self, target: Path, identity: dict[str, Any], *, resume: bool) -> None:
        self.target = target
        self.identity = identity
        self.resume = resume
        self.partial = partial_of(target)
        self.checkpoints = self.partial / CHECKPOINTS
        self._lock = FileLock(target.parent / f".{target.name}.lock")
        self._handler: logging.Handler | None = None

    def __enter__(self) -> RunFolder:
        require_new(self.target)
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise Conflict(f"Another run is working on {shown(self.target)}: choose another name.") from None
        except OSError as error:
            raise explained(error, self.target) from error
        try:
            self._open()
        except BaseException:
            self._release()
            raise
        return self

    def _open(self) -> None:
        if self.resume:
            self._require_same()
        elif self._has_checkpoint():
            raise Conflict(
                f"An unfinished run of {shown(self.target)} has checkpoints: continue it with --resume, or delete "
                f"{shown(self.partial)} to start afresh."
            )
        else:
            shutil.rmtree(self.partial, ignore_errors=True)
            self.checkpoints.mkdir(parents=True)
            write_json(self.partial / PARAMS_FILE, self.identity)
        self._handler = logging.FileHandler(self.partial / LOG_FILE, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
        logging.getLogger().addHandler(self._handler)

    def _require_same(self) -> None:
        try:
            before = json.loads((self.partial / PARAMS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NotFound(
                f"There is no unfinished run of {shown(self.target)} to resume: start it without --resume."
            ) from None
        names = (set(before) | set(self.identity)) - MAY_CHANGE
        changed = sorted(name for name in names if before.get(name) != self.identity.get(name))
        if changed:
            told = ", ".join(f"{name} ({before.get(name)!r} before)" for name in changed)
            raise ResumeRefused(
                f"The unfinished run of {shown(self.target)} differs in {told}: resume with the same parameters and "
                f"data, or delete {shown(self.partial)} to start afresh."
            )

    def _has_checkpoint(self) -> bool:
        """A manifest is written last, so a checkpoint without one is half-written."""
        return any(self.checkpoints.glob("checkpoint-*/manifest.json"))

    def publish(self, target: Path | None = None) -> Path:
        """Drop what only a resume needs and give the folder its name, or another one."""
        self._close_log()
        shutil.rmtree(self.checkpoints)
        publish(self.partial, target or self.target)
        return target or self.target

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_log()
        if error is not None and self.partial.exists() and not self._has_checkpoint():
            shutil.rmtree(self.partial, ignore_errors=True)
        self._release()

    def _close_log(self) -> None:
        if self._handler:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def _release(self) -> None:
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)
