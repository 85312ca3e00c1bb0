"""A job that keeps one core busy until it is stopped: the worst neighbour of a poll."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.core.process import guarded
from backend.core.runs.events import RunReporter


def burn() -> None:
    """Count for ever, and tell so once."""
    RunReporter().progress("burning", 1, 2)
    count = 0
    while True:
        count += 1


if __name__ == "__main__":
    raise SystemExit(guarded(burn))
