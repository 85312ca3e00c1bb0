"""What an evaluation has taken so far, told to the job's page while the judge is asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from backend.core.runs.events import RunReporter


def tell_spending(state: Mapping[str, Any]) -> None:
    """Once a second, with the session's state: requests, questions without a usable answer, and what is spent.

    Started by hand there is nobody to tell. A full disk stops the run where its answers are written, not here.
    """
    row: dict[str, Any] = {
        "step": state["done"],
        "requests": state["totals"]["requests"],
        "failed": state["failed"],
    }
    if isinstance(state["cost"], int | float):  # else it is unknown, which is not nothing
        row["cost"] = state["cost"]
    with suppress(OSError):
        RunReporter().metrics(row)
