"""Who has the GPU: the job at the head of its lane, or the model that answers prompts. Never both.

What happens to answers being written when a job wants it is a setting, `INFERENCE_ON_GPU_JOB`. Without a GPU nothing
is handed over: prompts are answered beside jobs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

from backend.core.errors import PipelineError
from backend.jobs.answering.worker import InferenceWorker
from backend.jobs.models import Job

LOOK_SECONDS = 0.2
"""How often a job that waits for answers to end looks again."""

Policy = Literal["wait", "unload", "refuse"]


class GpuBusy(PipelineError):
    """The GPU belongs to a job for now."""


class GpuLane(Protocol):
    """What the runner asks before, at and after each job of the GPU's lane."""

    def is_taken(self, job: Job) -> bool:
        """Whether the job must stay queued for now; the runner is notified when that may have changed."""

    def take(self, job: Job, is_unwanted: Callable[[], bool]) -> bool:
        """Free the GPU for the job; False = it became unwanted while it waited."""

    def give_back(self) -> None:
        """The job has ended."""


class NoHandover:
    """Nothing else uses the GPU."""

    def is_taken(self, job: Job) -> bool:
        """Never."""
        return False

    def take(self, job: Job, is_unwanted: Callable[[], bool]) -> bool:
        """At once."""
        return True

    def give_back(self) -> None:
        """Nothing to do."""


class Handover:
    """Between the jobs and one inference worker.

    Args:
        worker: has the GPU between jobs.
        policy: `wait` = answers end before the job starts, `unload` = they end now, `refuse` = the job stays queued
            until nobody has asked for so long that the worker has left.
        has_gpu: whether this machine has one.
        note: writes a line into the log of a job.
    """

    def __init__(
        self, worker: InferenceWorker, policy: Policy, has_gpu: Callable[[], bool], note: Callable[[str, str], None]
    ) -> None:
        self._worker = worker
        self._policy = policy
        self._has_gpu = has_gpu
        self._note = note
        self._told = ""

    def is_taken(self, job: Job) -> bool:
        """With `refuse`, as long as the worker is there; the job's log says so once."""
        if self._policy != "refuse" or not self._worker.is_loaded or not self._has_gpu():
            return False
        if self._told != job.id:
            self._told = job.id
            self._tell(job, "Waits until the model that answers prompts is idle and unloaded")
        return True

    def take(self, job: Job, is_unwanted: Callable[[], bool]) -> bool:
        """Refuse new prompts, see to the open ones, and have the worker leave."""
        if not self._has_gpu():
            return True
        self._worker.refuse(_busy)
        if self._policy == "unload":
            self._worker.end_answers(_ended)
        elif self._worker.count_open():
            self._tell(job, "Waits for the answers being written to end")
            while self._worker.count_open():
                if is_unwanted():
                    return False
                time.sleep(LOOK_SECONDS)
        self._worker.unload()
        return True

    def give_back(self) -> None:
        """Answer prompts again."""
        self._worker.refuse(None)

    def _tell(self, job: Job, line: str) -> None:
        with suppress(OSError):  # a line in a log is worth no failure
            self._note(job.id, f"--- {line} (INFERENCE_ON_GPU_JOB={self._policy}). ---")


def _busy() -> PipelineError:
    return GpuBusy("A job has the GPU, and prompts are answered when it has ended: try again later.")


def _ended() -> PipelineError:
    return GpuBusy("A job took the GPU and the answer was ended (INFERENCE_ON_GPU_JOB=unload): try again later.")
