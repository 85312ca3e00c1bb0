"""`state.json`: where a run stands, replaced in one step; all that a page or the service needs to read."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from backend.core.errors import DiskFull
from backend.core.llm.ladder import Ladder
from backend.core.llm.lines import BESIDE
from backend.core.llm.stops import NoRoom
from backend.core.llm.totals import Totals
from backend.core.runs.events import RunReporter
from backend.core.storage.files import write_json

SECONDS = 1.0
"""Between two states on the disk."""

RATE_OVER = 30.0
"""Seconds over which the rate is taken, so that it follows a server that slows down."""


class Progress:
    """Counts and tells.

    Args:
        path: of `state.json`.
        totals: of the run; written with every state.
        ladders: what is known about the server, by model; likewise.
        on_progress: receives every state that is about to be written; what it returns takes the place of parts of it.
    """

    def __init__(
        self,
        path: Path,
        totals: Totals,
        ladders: Mapping[str, Ladder],
        on_progress: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None,
    ) -> None:
        self.path = path
        self.host = ""
        self.phase = ""
        self.total: int | None = None
        self.done = self.failed = self.in_flight = 0
        self.status, self.message = "running", ""
        self._totals, self._ladders, self._on_progress = totals, ladders, on_progress
        self._reporter = RunReporter()
        self._written = 0.0
        self._writing: Future[None] | None = None
        self._marks: deque[tuple[float, int]] = deque()

    def begin(self, phase: str, total: int | None) -> None:
        """A new phase; counts begin anew."""
        self.phase, self.total = phase, total
        self.done = self.failed = self.in_flight = 0
        self._marks.clear()
        self.write()

    def finished(self, ok: bool) -> None:
        """A question is done with."""
        self.done += 1
        self.failed += not ok

    def tick(self) -> None:
        """Write the state if it is time, beside the work: replacing a file on a busy disk took up to 0.2 s."""
        if time.monotonic() - self._written >= SECONDS and (self._writing is None or self._writing.done()):
            self._settle()
            self._writing = BESIDE.submit(self._write, self._state())

    def write(self) -> None:
        """Write the state now. Raises NoRoom."""
        self._settle()
        self._write(self._state())

    def _settle(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _state(self) -> dict[str, Any]:
        now = time.monotonic()
        self._written = now
        self._marks.append((now, self.done))
        while now - self._marks[0][0] > RATE_OVER and len(self._marks) > 2:
            self._marks.popleft()
        state = self.as_json()
        if self._on_progress:
            state.update(self._on_progress(state) or {})
        return state

    def _write(self, state: Mapping[str, Any]) -> None:
        try:
            write_json(self.path, state, durable=False)
            self._reporter.progress(state["phase"], state["done"], state["total"] or 0, state["eta_seconds"])
        except DiskFull as error:
            raise NoRoom(f"{error} Everything finished so far is kept; resume the run then.") from error

    def as_json(self) -> dict[str, Any]:
        """The state."""
        begin, before = self._marks[0]
        end, after = self._marks[-1]
        rate = (after - before) / (end - begin) if end > begin else 0.0
        left = None if self.total is None else max(0, self.total - self.done)
        totals = self._totals.as_json()
        return {
            "status": self.status, "message": self.message, "phase": self.phase, "total": self.total,
            "done": self.done, "failed": self.failed, "in_flight": self.in_flight, "rate": round(rate, 3),
            "eta_seconds": round(left / rate, 1) if rate > 0 and left is not None else None,
            "cost": totals["cost"], "totals": totals, "host": self.host,
            "service": {model: ladder.as_json() for model, ladder in self._ladders.items()},
            "updated_at": round(time.time(), 3), **({"mock": "MOCK"} if self._totals.mock else {}),
        }  # fmt: skip


def read_state(path: Path) -> dict[str, Any]:
    """The state an earlier sitting left; empty when there is none that can be read."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}
