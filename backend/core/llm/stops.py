"""Why a run ends before its questions do; what is finished stays, and the same command goes on from there."""

from __future__ import annotations

from backend.core.errors import PipelineError, Stopped


class ServiceStopped(Stopped):
    """The language model service cannot go on: wrong key, no money left there, too many failures, no success."""

    reason = "network"


class BudgetStopped(Stopped):
    """`max_calls` or `max_cost` is reached."""

    reason = "exit_code"


class NoRoom(Stopped):
    """The run's files cannot be written any more."""

    reason = "disk_full"


class Cancelled(PipelineError):
    """A person or the service ended the run; finished answers are kept."""

    exit_code = 130
    reason = "user_cancel"
