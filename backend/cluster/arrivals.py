"""What came home from a node, put where a run at home would have put it."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from backend.cluster import names
from backend.cluster.attempt import Attempt, AttemptRecord
from backend.cluster.depot import PIECE_BYTES, Stamp
from backend.cluster.inputs import Journey
from backend.cluster.parcels import AnyDepot, fetch
from backend.core.paths import shown
from backend.core.registry import AdapterRegistry
from backend.core.runs.checkpoints import MANIFEST, DamagedCheckpoint, by_step, give_name, open_checkpoint, step_of
from backend.core.runs.folder import CHECKPOINTS, RUN_FILE, SAVING
from backend.core.storage.files import partial_of, publish, remove_folder, write_atomically

logger = logging.getLogger(__name__)

ARRIVING = ".arriving"
"""In the unfinished run's folder: the output while it is unpacked."""
WITH_PATHS = ("run.json", "params.json", "adapter_config.json", "README.md")
"""Files of an output that name folders."""


class Arrivals:
    """The incoming half of the depot, for one attempt.

    Args:
        depot: has it.
        attempt: the attempt.
        record: where it is remembered.
        journey: the job.
    """

    def __init__(self, depot: AnyDepot, attempt: Attempt, record: AttemptRecord, journey: Journey) -> None:
        self._depot = depot
        self._attempt = attempt
        self._record = record
        self._journey = journey
        self._out = f"{attempt.submission_id}/{names.OUT}"
        self._partial = partial_of(journey.target)
        self._seen: dict[str, Stamp] = {}

    def take_news(self) -> None:
        """Everything since the last time: lines of the log, rows of the curve, progress, sealed checkpoints."""
        stamps = self._depot.stamps(self._out)
        self._take_log(stamps.get(names.LOG, (0, 0))[0])
        self._take_curve(stamps.get(names.CURVE, (0, 0))[0])
        for name in names.CHANGING:
            if name in stamps and stamps[name] != self._seen.get(name):
                write_atomically(self._journey.job_dir / name, self._read(name), durable=False)
                self._seen[name] = stamps[name]
        # The lowest step first: a later one may lead back to it.
        waiting = [Path(name).with_suffix("") for name in stamps if name.startswith("checkpoint-")]
        for checkpoint in sorted((path for path in waiting if path.suffix == ""), key=step_of):
            with suppress(FileNotFoundError):  # removed for a newer one as we came
                self._take_checkpoint(checkpoint.name)
        if names.KEPT in stamps and stamps[names.KEPT] != self._seen.get(names.KEPT):
            self._forget_older(json.loads(self._read(names.KEPT)))
            self._seen[names.KEPT] = stamps[names.KEPT]

    def end(self) -> int | None:
        """The run's exit code, once it and all before it is in the depot."""
        try:
            return int(json.loads(self._read(names.END))["code"])
        except FileNotFoundError:
            return None

    def settle(self, code: int) -> None:
        """Take what came of the run: the output gets its name, its entry in the registry, and is told, in this order.

        Killed anywhere in between, it is done again from where it was.
        """
        self.take_news()
        if code == 0:
            self._take_output()
        for name in names.TOLD:
            with suppress(FileNotFoundError):
                text = self._journey.places.told_at_home(self._read(name).decode())
                write_atomically(self._journey.job_dir / name, text)
        self._record.keep(self._attempt.model_copy(update={"is_done": True}))
        self._depot.drop(self._attempt.submission_id)

    def _take_log(self, size: int) -> None:
        """Written where this process writes: the job's log. Killed in between, it may tell the last lines twice."""
        while self._attempt.log_bytes < size:
            piece = self._depot.read(f"{self._out}/{names.LOG}", self._attempt.log_bytes, PIECE_BYTES)
            told = self._journey.places.told_at_home(piece.decode("utf-8", "surrogateescape"))
            sys.stdout.buffer.write(told.encode("utf-8", "surrogateescape"))
            sys.stdout.buffer.flush()
            self._attempt.log_bytes += len(piece)
            self._record.keep(self._attempt, durable=False)

    def _take_curve(self, size: int) -> None:
        """The curve's own size tells how far it came, so that no row is ever there twice."""
        path = self._journey.job_dir / names.CURVE
        with path.open("ab") as stream:
            while (taken := stream.tell() - self._attempt.curve_start) < size:
                stream.write(self._depot.read(f"{self._out}/{names.CURVE}", taken, PIECE_BYTES))

    def _take_checkpoint(self, name: str) -> None:
        checkpoints = self._partial / CHECKPOINTS
        if (checkpoints / name / MANIFEST).is_file():
            return
        arriving = checkpoints / SAVING
        shutil.rmtree(arriving, ignore_errors=True)
        fetch(self._depot, f"{self._out}/{name}.tar", arriving)
        for path in (arriving / "run").iterdir():
            self._replace(path, self._partial / path.name)
        here = give_name(arriving / name, checkpoints)
        shutil.rmtree(arriving)
        try:
            open_checkpoint(here)
        except DamagedCheckpoint as error:
            logger.warning("%s came home damaged (%s): the one before it stays the newest.", name, error)
            remove_folder(here)

    def _forget_older(self, kept: list[str]) -> None:
        """Remove the checkpoints that the run has removed, once those that it has are here."""
        here = by_step(self._partial / CHECKPOINTS)
        if set(kept) <= {path.name for path in here}:
            for path in here:
                if path.name not in kept:
                    remove_folder(path)

    def _take_output(self) -> None:
        target = self._journey.target
        if not (target / RUN_FILE).is_file():
            arriving = self._partial / ARRIVING
            shutil.rmtree(arriving, ignore_errors=True)
            fetch(self._depot, f"{self._out}/{names.OUTPUT}", arriving)
            for name in WITH_PATHS:
                path = arriving / target.name / name
                if path.is_file():
                    told = path.read_text(encoding="utf-8")
                    write_atomically(path, self._journey.places.told_at_home(told), durable=False)
            publish(arriving / target.name, target)
        if self._partial.exists():
            remove_folder(self._partial)
        self._register(target)

    def _register(self, target: Path) -> None:
        """The entry that the run made on its node, in home's registry."""
        scratch = self._journey.job_dir / names.REGISTRY
        try:
            write_atomically(scratch, self._read(names.REGISTRY), durable=False)
        except FileNotFoundError:  # the run was asked to register nothing
            return
        for adapter in AdapterRegistry(scratch).read().adapters:
            base = self._journey.places.told_at_home(adapter.base_model)
            entry = adapter.model_copy(update={"path": shown(target), "base_model": base})
            AdapterRegistry(self._journey.settings.adapter_config_path).add(entry)
        scratch.unlink()

    def _read(self, name: str) -> bytes:
        """All of a file that is not large. Raises FileNotFoundError."""
        data = b""
        while piece := self._depot.read(f"{self._out}/{name}", len(data), PIECE_BYTES):
            data += piece
        return data

    def _replace(self, source: Path, target: Path) -> None:
        if target.is_dir():
            shutil.rmtree(target)
        source.replace(target)
