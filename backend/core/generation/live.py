"""How a run fares, told while it works: in records, where the client counts requests."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.core.generation.rows import Row
from backend.core.runs.events import RunReporter

WRITING = "writing"


@dataclass
class Progress:
    """Tells where the writing stands.

    Args:
        wanted: records in the end.
        before: those an earlier sitting had accepted.
    """

    reporter: RunReporter
    wanted: int
    accepted: int = 0
    rejected: int = 0
    before: int = 0
    began: float = field(default_factory=time.monotonic)

    def count(self, row: Row) -> None:
        """A decision was made."""
        self.accepted += row.status == "accepted"
        self.rejected += row.count if row.status == "rejected" else 0

    def tell(self, state: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Once a second, with the session's state: the cost so far, and what the whole will cost at that rate.

        Returns:
            the parts of the state that count requests, in records.
        """
        if state["phase"] != WRITING:
            return None
        rate = (self.accepted - self.before) / max(1e-6, time.monotonic() - self.began)
        eta = (self.wanted - self.accepted) / rate if rate > 0 else None
        requests = state["totals"]["requests"]
        row: dict[str, Any] = {"step": self.accepted, "rejected": self.rejected, "requests": requests}
        if isinstance(state["cost"], int | float):
            row["cost"] = state["cost"]
            row["projected_cost"] = state["cost"] / self.accepted * self.wanted if self.accepted else None
        self.reporter.metrics(row)
        return {"done": self.accepted, "total": self.wanted, "eta_seconds": None if eta is None else round(eta, 1)}
