"""A run's process as a test plays it: nothing is started, and what each look at it finds is a function of the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from backend.jobs.outcome import StopIntent


class FakeChild:
    """Stands in for `backend.jobs.child.Child`; a second one for the same job is a failure of the test."""

    living: ClassVar[dict[str, FakeChild]] = {}
    """By job"""
    pid = 2**22 + 1
    """Above the highest that Linux gives"""

    def __init__(self, job_id: str, program: Path, folder: Path, *given: object, **named: object) -> None:
        assert job_id not in self.living, "two runs of one job at once"
        self.job_id = job_id
        self.folder = folder
        self.looks = 0
        self.is_asked_to_stop = False
        self.living[job_id] = self

    def wait(self, seconds: float) -> int | None:
        self.looks += 1
        return self.play()

    def play(self) -> int | None:
        """What a look finds: an exit code, or None = it runs on; tests put a function of theirs in its place."""
        return self.succeed()

    def ask_to_stop(self, intent: StopIntent) -> None:
        assert not self.is_asked_to_stop, "to a recipe a second TERM may mean now"
        self.is_asked_to_stop = True

    def kill(self) -> int | None:
        return -9

    def sweep(self) -> list[int]:
        return []

    def bury(self) -> None:
        del self.living[self.job_id]

    def tell_progress(self) -> None:
        """The first sign of life."""
        told = {"phase": "training", "step": 1, "total_steps": 2}
        (self.folder / "progress.json").write_text(json.dumps(told), encoding="utf-8")

    def succeed(self) -> int:
        """Tell a result and end."""
        (self.folder / "result.json").write_text("{}", encoding="utf-8")
        return 0
