"""How a run ended, decided in one place from its exit code, the files it left and what was asked of it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args

from backend.core.errors import Reason
from backend.jobs.folder import JobFolder
from backend.jobs.log import last_lines
from backend.jobs.models import JobStatus

STOPPED = 4
"""Exit code of a run that was asked to stop and wrote a checkpoint."""


class StopIntent(Enum):
    """Why a run was asked to stop."""

    user = "user"
    shutdown = "shutdown"
    time_limit = "time_limit"
    stall_limit = "stall_limit"

    @property
    def reason(self) -> Reason:
        """Noted while the run is `stopping`, so that a service which dies meanwhile leaves word of it."""
        return _REASONS[self]


_REASONS: dict[StopIntent, Reason] = {
    StopIntent.user: "user_cancel",
    StopIntent.shutdown: "service_lost",
    StopIntent.time_limit: "time_limit",
    StopIntent.stall_limit: "time_limit",
}


OVER_A_LIMIT = {
    StopIntent.time_limit: "It ran for longer than JOB_TIME_LIMIT_SECONDS allows and was stopped: resume it to go on "
    "from its last checkpoint, or raise the limit first.",
    StopIntent.stall_limit: "It told and logged nothing for longer than JOB_STALL_LIMIT_SECONDS allows and was "
    "stopped: see the end of its log, then resume it, or raise the limit first.",
}


@dataclass(frozen=True)
class Outcome:
    """The end of a job: its status, and for all but success the reason and a sentence."""

    status: JobStatus
    reason: Reason | None = None
    error: str | None = None


def outcome(code: int, folder: JobFolder, intent: StopIntent | None, *, ran_out_of_memory: bool = False) -> Outcome:
    """What the end of the process means.

    Args:
        code: exit code; negative = killed by that signal.
        folder: with `result.json` or `failure.json`, if the run came so far.
        intent: set when we asked it to stop.
        ran_out_of_memory: whether the system killed it for its memory.
    """
    if code == 0 and folder.result() is not None:
        return Outcome(JobStatus.succeeded)  # even if it was being stopped: the work is done
    if intent is StopIntent.user:
        return Outcome(JobStatus.cancelled, "user_cancel", "Cancelled on request.")
    if intent is StopIntent.shutdown:
        return Outcome(JobStatus.interrupted, "service_lost", "The service was stopped during the run.")
    if intent is not None:
        return Outcome(JobStatus.failed, "time_limit", OVER_A_LIMIT[intent])
    if code == STOPPED:
        return _stopped(folder)
    if ran_out_of_memory:
        return Outcome(JobStatus.failed, "host_oom", "This machine ran out of memory, and the system ended the run.")
    if code < 0:
        return Outcome(JobStatus.failed, "signal", _killed_by(-code))
    return _failed(code, folder)


def _stopped(folder: JobFolder) -> Outcome:
    told = folder.failure()
    if told and told.get("message") and _reason(told) != "user_cancel":
        # It stopped by itself: a budget is reached, say, or the language model service is out of reach.
        return Outcome(JobStatus.interrupted, _reason(told), str(told["message"]))
    return Outcome(JobStatus.interrupted, "signal", "The run was asked to stop from outside and can be resumed.")


def _reason(told: Mapping[str, Any]) -> Reason:
    return next((known for known in get_args(Reason) if known == told.get("reason")), "exit_code")


def _failed(code: int, folder: JobFolder) -> Outcome:
    told = folder.failure()
    if told:
        return Outcome(JobStatus.failed, _reason(told), str(told.get("message") or f"Ended with exit code {code}."))
    if code == 0:
        return Outcome(JobStatus.failed, "exit_code", "The run ended without telling a result.")
    last = last_lines(folder.log, 1)
    return Outcome(JobStatus.failed, "exit_code", last[0] if last else f"Ended with exit code {code}.")


def _killed_by(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"The run was killed by {name}."
