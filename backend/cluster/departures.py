"""What a run on a node sends home while it works, and at its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from backend.cluster import names
from backend.cluster.depot import PIECE_BYTES
from backend.cluster.parcels import AnyDepot, Item, send
from backend.core.runs.checkpoints import MANIFEST, by_step
from backend.core.runs.folder import CHECKPOINTS, PARAMS_FILE
from backend.core.storage.files import partial_of


class Departures:
    """The outgoing half of the depot, for one attempt.

    Args:
        depot: takes it.
        submission: the attempt.
        job_dir: the run's job folder on the node.
        target: the folder that it is making.
        registry: where it registers what it made.
    """

    def __init__(self, depot: AnyDepot, submission: str, job_dir: Path, target: Path, registry: Path) -> None:
        self._depot = depot
        self._out = f"{submission}/{names.OUT}"
        self._job_dir = job_dir
        self._target = target
        self._registry = registry
        self._sent: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._checkpoints = {path.name for path in self._sealed()}
        """Those that came from home"""

    def send_news(self) -> None:
        """What was logged, told and sealed since the last time."""
        for name in (names.LOG, names.CURVE):
            self._send_growth(name)
        for name in names.CHANGING:
            self._send_change(name)
        self._send_checkpoints()

    def send_end(self, code: int) -> None:
        """All that is left, the output of a run that ended well, and its exit code last."""
        self.send_news()
        for name in names.TOLD:
            self._send_change(name)
        if code == 0 and self._target.is_dir():
            if self._registry.is_file():
                self._depot.write(f"{self._out}/{names.REGISTRY}", self._registry.read_bytes())
            send(self._depot, f"{self._out}/{names.OUTPUT}", [(self._target, self._target.name)])
        self._depot.write(f"{self._out}/{names.END}", json.dumps({"code": code}).encode())

    def _send_growth(self, name: str) -> None:
        path = self._job_dir / name
        if not path.is_file():
            return
        with path.open("rb") as stream:
            stream.seek(self._sent.get(name, 0))
            while piece := stream.read(PIECE_BYTES):
                self._depot.append(f"{self._out}/{name}", self._sent.get(name, 0), piece)
                self._sent[name] = stream.tell()

    def _send_change(self, name: str) -> None:
        path = self._job_dir / name
        try:
            status, data = path.stat(), path.read_bytes()
        except FileNotFoundError:
            return
        stamp = (status.st_mtime_ns, status.st_ino)
        if self._seen.get(name) != stamp:
            self._depot.write(f"{self._out}/{name}", data)
            self._seen[name] = stamp

    def _send_checkpoints(self) -> None:
        sealed = self._sealed()
        new = [path for path in sealed if path.name not in self._checkpoints]
        for path in reversed(new):
            try:
                send(self._depot, f"{self._out}/{path.name}.tar", self._with_its_run(path))
            except FileNotFoundError:  # the run has removed it meanwhile, for a newer one
                continue
            self._checkpoints.add(path.name)
        if new:
            kept = [path.name for path in sealed]
            self._depot.write(f"{self._out}/{names.KEPT}", json.dumps(kept).encode())
            for name in self._checkpoints - set(kept):
                self._depot.drop(f"{self._out}/{name}.tar")

    def _sealed(self) -> list[Path]:
        """The checkpoints that are whole by their own word, the highest step first."""
        return [path for path in by_step(partial_of(self._target) / CHECKPOINTS) if (path / MANIFEST).is_file()]

    def _with_its_run(self, checkpoint: Path) -> Iterator[Item]:
        """A checkpoint, and beside it the log, curve and identity of its run: without them none goes on."""
        yield checkpoint, checkpoint.name
        partial = partial_of(self._target)
        # The identity first: where it is, the others are about to be.
        others = [path for path in partial.iterdir() if path.name != CHECKPOINTS and not path.name.startswith(".")]
        yield from ((path, f"run/{path.name}") for path in sorted(others, key=lambda path: path.name != PARAMS_FILE))
