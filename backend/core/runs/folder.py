"""The folder a run works in: hidden while unfinished, named when whole, kept for a resume when it has checkpoints."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

from backend.core.errors import Conflict, NotFound
from backend.core.paths import shown
from backend.core.redaction import Redacting
from backend.core.runs.checkpoints import Checkpoint, by_step, to_resume
from backend.core.runs.identity import differences, require_same
from backend.core.storage.files import partial_of, publish, remove_folder, require_new, write_json
from backend.core.storage.hold import Hold

logger = logging.getLogger(__name__)

PARAMS_FILE = "params.json"
RUN_FILE = "run.json"
LOG_FILE = "training.log"
CHECKPOINTS = "checkpoints"
FAILED_PROOF = ".failed-proof"
"""Ending of a result that was set aside, since it is not what was asked for."""
SAVING = ".saving"
"""Where in the folder of checkpoints the next one is made, before it is sealed and gets its name."""


class RunFolder:
    """A context in which a run works on `partial`; `publish` gives the folder its name.

    Left by an error, a folder without a checkpoint is removed, and one with a checkpoint is kept for `--resume`.

    Args:
        target: the finished folder.
        identity: what must be the same for a resume (`backend.core.runs.identity`); kept as `params.json`.
        resume: continue what is there.
        with_changes: continue it though data, versions or parameters changed, as far as that has a meaning.

    `checkpoint` is the one to continue from, `ended` whether the run had got its name already.

    Raises (on entering):
        Conflict: the target exists, another process works on it, or an unfinished run is there and not resumed.
        NotFound: there is nothing to resume.
        ResumeRefused: the unfinished run had another identity, or no checkpoint of it is whole.
    """

    def __init__(self, target: Path, identity: dict[str, Any], *, resume: bool, with_changes: bool = False) -> None:
        self.target = target
        self.identity = identity
        self.resume = resume
        self.with_changes = with_changes
        self.checkpoint: Checkpoint | None = None
        self.ended = False
        self.partial = partial_of(target)
        self.checkpoints = self.partial / CHECKPOINTS
        self._hold = Hold(target)
        self._handler: logging.Handler | None = None

    @property
    def saving(self) -> Path:
        """Where the next checkpoint is made."""
        return self.checkpoints / SAVING

    def __enter__(self) -> RunFolder:
        self.ended = self.resume and self._has_ended()
        if not self.ended:
            require_new(self.target)
        self._hold.take(f"Another run is working on {shown(self.target)}: choose another name.")
        try:
            self._open()
        except BaseException:
            self._hold.release()
            raise
        return self

    def _open(self) -> None:
        if self.ended:
            self._drop_checkpoints(self.target)
            return
        if self.resume:
            self._continue()
        elif by_step(self.checkpoints):
            raise Conflict(
                f"An unfinished run of {shown(self.target)} has checkpoints: continue it with --resume, or delete "
                f"{shown(self.partial)} to start afresh."
            )
        else:
            shutil.rmtree(self.partial, ignore_errors=True)
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        write_json(self.partial / PARAMS_FILE, self.identity)
        self._handler = logging.FileHandler(self.partial / LOG_FILE, encoding="utf-8")
        self._handler.setFormatter(Redacting(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S")))
        logging.getLogger().addHandler(self._handler)

    def _has_ended(self) -> bool:
        """A run that was killed between getting its name and being registered has a record of the same run."""
        try:
            before = json.loads((self.target / PARAMS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        is_record = isinstance(before, dict) and (self.target / RUN_FILE).is_file()
        return is_record and not differences(before, self.identity)

    def _continue(self) -> None:
        if not self.partial.is_dir():
            raise NotFound(f"There is no unfinished run of {shown(self.target)} to resume: start it without --resume.")
        self.checkpoint, damaged = to_resume(self.checkpoints)
        if self.checkpoint:
            changed = require_same(self.checkpoint.run, self.identity, self.target, with_changes=self.with_changes)
            if changed:
                logger.warning("Continuing with changes: %s.", changed)
            for sentence in damaged:
                logger.warning("%s The older %s is taken.", sentence, self.checkpoint.folder.name)
        # What a kill in the middle of saving or of removing a checkpoint has left.
        for leftover in (self.saving, *self.checkpoints.glob(".partial-deleted-*")):
            shutil.rmtree(leftover, ignore_errors=True)

    def publish(self, target: Path | None = None) -> Path:
        """Give the folder its name, or another one, and drop what only a resume needs.

        In this order: killed in between, the run has either its last checkpoint or its name.
        """
        self._close_log()
        shutil.rmtree(self.saving, ignore_errors=True)
        publish(self.partial, target or self.target)
        self._drop_checkpoints(target or self.target)
        return target or self.target

    def _drop_checkpoints(self, published: Path) -> None:
        if (published / CHECKPOINTS).is_dir():
            remove_folder(published / CHECKPOINTS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_log()
        if error is not None and self.partial.exists():
            # A checkpoint that was being made, on a full disk say, goes; the whole ones stay.
            shutil.rmtree(self.saving if by_step(self.checkpoints) else self.partial, ignore_errors=True)
        self._hold.release()

    def _close_log(self) -> None:
        if self._handler:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
            self._handler = None
