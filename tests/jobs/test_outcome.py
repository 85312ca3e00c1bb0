"""What the end of a process means, where it left a word about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.jobs.folder import JobFolder
from backend.jobs.models import JobStatus
from backend.jobs.outcome import STOPPED, StopIntent, outcome


@pytest.mark.parametrize(
    ("left", "intent", "status", "reason", "words"),
    [
        (None, None, JobStatus.interrupted, "signal", "from outside"),
        ({"reason": "user_cancel", "message": "Stopped after step 1."}, None, JobStatus.interrupted, "signal",
         "from outside"),
        ({"reason": "network", "message": "No answer succeeded."}, None, JobStatus.interrupted, "network",
         "No answer succeeded."),
        ({"reason": "disk_full", "message": "Make room."}, None, JobStatus.interrupted, "disk_full", "Make room."),
        ({"reason": "network", "message": "x"}, StopIntent.user, JobStatus.cancelled, "user_cancel", "on request"),
    ],
)  # fmt: skip
def test_a_run_that_stopped_says_why(
    tmp_path: Path, left: dict[str, str] | None, intent: StopIntent | None, status: JobStatus, reason: str, words: str
) -> None:
    folder = JobFolder(tmp_path / "job")
    folder.prepare({})
    if left:
        (tmp_path / "job" / "failure.json").write_text(json.dumps(left), encoding="utf-8")
    end = outcome(STOPPED, folder, intent)
    assert (end.status, end.reason) == (status, reason)
    assert words in (end.error or "")
