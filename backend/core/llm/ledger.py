"""`attempts.jsonl`: one line for every request that left, whatever became of it; the sums rest on it alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from backend.core.llm.answer import Answer
from backend.core.llm.flight import Flight
from backend.core.llm.lines import Lines, repaired
from backend.core.llm.totals import Totals


class Ledger:
    """The attempts of a run.

    Args:
        path: read when there, made when not.
        totals: receives the sums of earlier sittings and every attempt from now on.

    Raises:
        NoRoom, InvalidInput: as `Lines`.
    """

    def __init__(self, path: Path, totals: Totals) -> None:
        self.totals = totals
        for _, row in repaired(path):
            if {"n", "latency_s", "error_class", "usage", "billed", "cost"} <= row.keys():
                totals.attempt(row)
        self._lines = Lines(path)

    def attempt(self, flight: Flight, answer: Answer, outcome: str, now: float, cost: float | None) -> None:
        """Write an attempt's line; its `t` is when it left. Raises NoRoom.

        Args:
            now: when it came back.
            cost: None = unknown; the budget then takes the request's worst.
        """
        errand, latency = flight.errand, now - flight.sent_at
        good = outcome == "ok"
        sent_at = datetime.now(timezone.utc) - timedelta(seconds=latency)
        row = {
            "t": sent_at.isoformat(timespec="milliseconds"),
            "key": errand.ask.key, "item_id": errand.ask.item_id, "n": errand.sent, "model": errand.model,
            "http_status": answer.http_status, "outcome": outcome,
            "error_class": None if good else answer.trouble or outcome, "detail": answer.detail,
            "retry_after_s": answer.retry_after_s, "wait_s": round(flight.waited, 4), "latency_s": round(latency, 4),
            "finish_reason": answer.finish_reason, "request_id": answer.request_id, "rung": errand.rung,
            "usage": vars(answer.usage) if answer.usage else None, "billed": answer.billed, "cost": cost,
            **({} if cost is not None else {"worst_cost": flight.reserve.cost}),
        }  # fmt: skip
        if self.totals.mock:
            row["mock"] = "MOCK"
        self._lines.append(row)
        self.totals.attempt(row)

    def close(self) -> None:
        """Flush to the disk and let go."""
        self._lines.close()
