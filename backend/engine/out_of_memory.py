"""The end of a run that ran out of memory: with the next step in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from backend.core.errors import GpuOutOfMemory, OutOfMemory
from backend.core.params import TrainParams
from backend.core.runs.remedy import fits_within, remedy
from backend.engine.device import Device
from backend.engine.memory import is_memory_error
from backend.engine.plan import plan
from backend.engine.preparation import Prepared


@contextmanager
def next_step_told(params: TrainParams, prepared: Prepared, device: Device) -> Iterator[None]:
    """Within it, memory that is refused ends in what to change so that the run fits by the estimate.

    Raises:
        GpuOutOfMemory, OutOfMemory: in place of what PyTorch raises.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_memory_error(error):
            raise
        on_gpu = device.kind == "cuda" and not isinstance(error, MemoryError)
        kind, what = (GpuOutOfMemory, "The GPU") if on_gpu else (OutOfMemory, "This machine")
        first = next(iter(str(error).splitlines()), "").rstrip(".")
        reason = f" ({first})" if first else ""
        raise kind(f"{what} ran out of memory{reason}. {_next_step(params, prepared, device, kind)}") from error


def _next_step(params: TrainParams, prepared: Prepared, device: Device, kind: type[OutOfMemory]) -> str:
    def total(changed: Mapping[str, Any]) -> int:
        given = TrainParams.model_validate(changed)
        return plan(given, prepared.base, prepared.train, None, device=device.kind).memory.total_bytes

    died = params.model_dump(mode="json")
    found = remedy(kind.reason, died, fits_within(device.total_bytes(), total, died))
    return found.sentence if found else ""
