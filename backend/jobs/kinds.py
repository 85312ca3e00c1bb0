"""THE list of what the service can run. A further kind is a params class, a program and one line in `JOB_KINDS`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backend.core.params import Params, TrainParams
from backend.core.paths import PROJECT_ROOT


@dataclass(frozen=True)
class JobKind:
    """A kind of job.

    Args:
        name: as in requests and records.
        title: as people read it.
        params: the class that declares every parameter; its docstring describes the kind.
        program: what runs it, started as `python <program> --config <params.json>`.
        path: route that takes its submissions.
        needs_gpu: whether it waits in the GPU's queue, one job at a time, or in the other one.
        secrets: keys of the service that the program may see; the others are taken out of its environment.
    """

    name: str
    title: str
    params: type[Params]
    program: Path
    path: str
    needs_gpu: bool = True
    secrets: frozenset[str] = frozenset()

    @property
    def description(self) -> str:
        """What the kind does, in a sentence."""
        return (self.params.__doc__ or "").strip().partition("\n")[0]

    @property
    def can_resume(self) -> bool:
        """Whether an unfinished run can go on from a checkpoint."""
        return "resume" in self.params.model_fields


JOB_KINDS: dict[str, JobKind] = {
    kind.name: kind for kind in (JobKind("train", "Training", TrainParams, PROJECT_ROOT / "train.py", "/train"),)
}
