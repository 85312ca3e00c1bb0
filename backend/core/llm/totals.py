"""What a run took, over all its sittings."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from backend.core.llm.asking import Usage


@dataclass
class Totals:
    """Sums over every request of a run, repeated and unfinished ones included.

    Args:
        requests: sent.
        retries: those that asked a question again.
        tokens: as the server counted them.
        unreported: answers for which it did not.
        cost_at_worst: what a limit of cost goes by: unknown answers, and requests without one, at their most.
        cost: of the answers; what timed out may have cost something that nobody tells. None = unknown: an answer
            without a count of tokens, or a model without a price.
        errors: attempts by what went wrong with them.
        busy_s: seconds of all requests together.
        wall_before_s: seconds of asking in what has ended; `wall_s` has those of now too.
        ladder: what was learned about the server, in words.
        dropped: parameters that it refuses.
        kept: questions answered from the journal.
    """

    requests: int = 0
    retries: int = 0
    tokens: Usage = field(default_factory=lambda: Usage(0, 0, 0, 0))
    unreported: int = 0
    cost: float | None = 0.0
    cost_at_worst: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)
    busy_s: float = 0.0
    wall_before_s: float = 0.0
    running_since: float | None = None
    concurrency: int = 1
    ladder: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    kept: int = 0
    mock: bool = False

    @property
    def wall_s(self) -> float:
        """Seconds of asking."""
        return self.wall_before_s + (0.0 if self.running_since is None else time.monotonic() - self.running_since)

    def started(self) -> None:
        """Asking begins."""
        self.running_since = time.monotonic()

    def ended(self) -> None:
        """Asking ends."""
        self.wall_before_s, self.running_since = self.wall_s, None

    @property
    def efficiency(self) -> float | None:
        """The share of the places that were busy; 1 = every place held a request all the time."""
        return self.busy_s / (self.wall_s * self.concurrency) if self.wall_s > 0 else None

    def attempt(self, row: dict[str, Any]) -> None:
        """Add one line of the ledger."""
        self.requests += 1
        self.retries += row["n"] > 1
        self.busy_s += row["latency_s"]
        if row["error_class"]:
            self.errors[row["error_class"]] = self.errors.get(row["error_class"], 0) + 1
        if row["usage"]:
            self.tokens += Usage(**row["usage"])
        elif row["billed"]:
            self.unreported += 1
        self.cost_at_worst += row.get("worst_cost", 0.0) if row["cost"] is None else row["cost"]
        if row["billed"]:
            self.cost = None if row["cost"] is None or self.cost is None else self.cost + row["cost"]

    def as_json(self) -> dict[str, Any]:
        """For `state.json` and summaries; an unknown cost reads `unknown`, the tokens of a mock run null."""
        known = self.tokens if not self.mock else None
        return {
            "requests": self.requests, "retries": self.retries, "tokens": vars(known) if known else None,
            "unreported": self.unreported, "cost": "unknown" if self.cost is None or self.mock else self.cost,
            "errors": dict(sorted(self.errors.items())), "wall_s": round(self.wall_s, 3),
            "efficiency": None if self.efficiency is None else round(self.efficiency, 4),
            "ladder": list(self.ladder), "dropped": list(self.dropped), "kept": self.kept, "mock": self.mock,
        }  # fmt: skip
