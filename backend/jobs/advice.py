"""What a job that ran out of memory is advised to change, so that by the estimate it fits this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from backend.core.errors import PipelineError, Reason
from backend.core.estimates.estimate import estimate
from backend.core.estimates.memory import DeviceKind
from backend.core.models.shapes import shape_of
from backend.core.params import TrainParams
from backend.core.runs.remedy import Fits, Remedy, fits_within, remedy
from backend.jobs.confine import base_model, dataset_path
from backend.jobs.machine import machine
from backend.jobs.models import Job

if TYPE_CHECKING:
    from backend.jobs.service import Service


class Adviser:
    """Advises each job once: what its data take is counted for it, and does not change any more.

    Args:
        service: whose data, models and machine are looked at.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._told: dict[str, Remedy | None] = {}

    def advice(self, job: Job) -> Remedy | None:
        """What would make the job fit; None when memory was not what it lacked.

        A page asks every second and must not wait for a dataset to be read: it is told the first step at once, and
        what fits by the estimate when that has been counted beside it.
        """
        if job.reason not in ("cuda_oom", "host_oom") or job.kind != "train":
            return None
        if job.id not in self._told:
            self._told[job.id] = remedy(job.reason, job.params)
            Thread(target=self._count, args=(job,), daemon=True).start()
        return self._told[job.id]

    def estimated(self, job: Job) -> Remedy | None:
        """The advice that rests on an estimate; reads the job's data."""
        fits = self._fits(job.reason, job.params) if job.reason else None
        return remedy(job.reason, job.params, fits)

    def _count(self, job: Job) -> None:
        found = self.estimated(job)
        if job.id in self._told:  # else it was deleted meanwhile
            self._told[job.id] = found

    def forget(self, job_id: str) -> None:
        """Drop what is kept of a deleted job."""
        self._told.pop(job_id, None)

    def _fits(self, reason: Reason, params: Mapping[str, Any]) -> Fits | None:
        """None where nothing can be estimated any more: the data are gone, or the job is of an older version."""
        from backend.jobs.planning import characters_as_tokens  # it needs the service, which needs this

        try:
            given = TrainParams.model_validate(params)
            settings = self._service.settings
            data = characters_as_tokens(
                self._service.datasets.load_path(dataset_path(given.dataset_path, settings)), given
            )
            base = base_model(given.base_model_name, settings)
        except (PipelineError, ValueError):
            return None
        model = shape_of(given.base_model_name, Path(base) if Path(base).is_absolute() else None)
        here = machine(settings.model_output_dir)
        device: DeviceKind = "cuda" if reason == "cuda_oom" else "cpu"
        cards = max((gpu.memory_total_bytes for gpu in here.gpus), default=here.memory_total_bytes)

        def total(params: Mapping[str, Any]) -> int:
            return estimate(TrainParams.model_validate(params), data, model, device=device).memory.total_bytes

        return fits_within(cards if reason == "cuda_oom" else here.memory_total_bytes, total, params)
