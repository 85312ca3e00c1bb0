"""What can go wrong, in the user's words.

    PipelineError              anything we can explain                     exit 1
    ├── InvalidInput           a flag, file or field is wrong              exit 2
    │   ├── BadDataset         ... the dataset
    │   │   └── Unrecognised   ... none of the known forms: its columns must be named
    │   ├── BadModel           ... the base model or the adapter
    │   │   ├── UnsafeFormat   ... its folder holds what could run code when it is opened
    │   │   ├── UnsafeConfig   ... a key of its configuration asks for what is not done here
    │   │   ├── CorruptWeights ... its weights are no whole safetensors file
    │   │   └── TemplateRejected ... its chat template takes too long or too much
    │   ├── ContextTooLong     ... the prompt, for this model
    │   └── NotWritable        ... the place: no permission, read-only, a mounted file
    ├── NotFound               the named thing does not exist              exit 2
    ├── Conflict               it exists already, or is past that state    exit 2
    │   └── InUse              ... an unfinished job needs it
    ├── MissingDependency      a package or device is needed               exit 2
    ├── FinishedBelow          done, but below what was asked          exit 3
    ├── Unreachable            the model hub does not answer               exit 1
    ├── DiskFull               no room left to write                       exit 1
    ├── OutOfMemory            the run does not fit                        exit 1
    │   └── GpuOutOfMemory     ... into the GPU
    ├── ResumeRefused          the unfinished work was another, or damaged exit 2
    ├── Stopped                asked to stop; the run can be resumed       exit 4
    └── OneProcessFailed       of several that train together; all end     its own

A message says what was given, what is wrong and what to do next. HTTP status codes live in `backend.api.errors`.
"""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "exit_code", "signal", "cuda_oom", "host_oom", "disk_full", "time_limit", "bad_model", "bad_dataset",
    "network", "cuda_unavailable", "service_lost", "user_cancel", "resume_refused",
]  # fmt: skip
"""Why a job ended: the closed set that records and answers use."""


class PipelineError(Exception):
    """An error with a sentence for the person who caused or met it."""

    exit_code: int = 1
    reason: Reason = "exit_code"
    is_told = False
    """Whether the person has read it already, so that it need not be told once more"""


class InvalidInput(PipelineError):
    """What was given cannot be used; nothing was touched.

    Args:
        message: what was given, what is wrong, what to do.
        field: name of the parameter at fault, when there is one.
    """

    exit_code = 2

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class BadDataset(InvalidInput):
    """The dataset cannot be read, or holds nothing to learn from."""

    reason = "bad_dataset"


class Unrecognised(BadDataset):
    """The dataset's records have none of the known forms: its columns must be named."""


class BadModel(InvalidInput):
    """The base model or adapter cannot be found, reached or used."""

    reason = "bad_model"


class UnsafeFormat(BadModel):
    """A model's folder holds what could run code when it is opened, or leads out of itself."""


class UnsafeConfig(BadModel):
    """A key of a model's configuration asks for what is not done here."""


class CorruptWeights(BadModel):
    """A model's weights are no whole safetensors file."""


class TemplateRejected(BadModel):
    """A model's chat template takes more time, memory or room than any honest one."""


class ContextTooLong(InvalidInput):
    """The prompt does not fit into the model's context."""


class NotWritable(InvalidInput):
    """The place cannot be written: no permission, a read-only disk, a file that is mounted by itself."""


class NotFound(PipelineError):
    """The named thing does not exist."""

    exit_code = 2


class Conflict(PipelineError):
    """The thing exists already, is in use, or is past the state that the request needs."""

    exit_code = 2


class InUse(Conflict):
    """An unfinished job makes or reads the thing."""


class MissingDependency(PipelineError):
    """A package, device or program is needed that this machine lacks."""

    exit_code = 2


class DeviceUnavailable(MissingDependency):
    """The asked device is not on this machine."""

    reason = "cuda_unavailable"


class FinishedBelow(PipelineError):
    """The work is done and falls short of what was asked; what there is, is kept."""

    exit_code = 3


class Unreachable(PipelineError):
    """The model hub cannot be reached, or answers that it cannot serve now: the same may work later."""

    reason = "network"


class DiskFull(PipelineError):
    """No room was left on the disk while writing."""

    reason = "disk_full"


class OutOfMemory(PipelineError):
    """The run does not fit into this machine's memory."""

    reason: Reason = "host_oom"


class GpuOutOfMemory(OutOfMemory):
    """The run does not fit into the GPU's memory."""

    reason = "cuda_oom"


class ResumeRefused(PipelineError):
    """What is there cannot be continued without becoming something else."""

    exit_code = 2
    reason = "resume_refused"


class Stopped(PipelineError):
    """The run was asked to stop and can be resumed."""

    exit_code = 4
    reason: Reason = "user_cancel"


class OneProcessFailed(PipelineError):
    """One of the processes that train a model together has failed, and all end as it does.

    Args:
        message: in which process what went wrong.
        exit_code, reason: as of its error.
        is_told: whether another process tells it.
    """

    def __init__(self, message: str, exit_code: int, reason: Reason, *, is_told: bool) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.reason = reason
        self.is_told = is_told
