"""A request under way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.core.llm.budget import Reserve
from backend.core.llm.errand import Errand


@dataclass
class Flight:
    """A request under way.

    Args:
        tokens: its entry in the gate.
        sent_at: when it left.
        waited: seconds between being due and leaving.
        timeout: seconds it has.
        overdue: it was ended for having taken too long.
        landed: its answer is settled.
    """

    errand: Errand
    request: Mapping[str, Any]
    reserve: Reserve
    tokens: list[float]
    sent_at: float
    waited: float
    timeout: float
    overdue: bool = False
    landed: bool = False

    def end(self, task: asyncio.Task[None]) -> None:
        """Take too long for an answer: the task that waits for it goes on without one."""
        self.overdue = True
        task.cancel()
